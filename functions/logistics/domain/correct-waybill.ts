import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { isWaybillOf, waybillOf } from "./carriers.ts";
import { EARLIER_KEPT, maySpeak } from "./follow-parcel.ts";
import type { Waybill } from "./request-shipment.ts";
import {
  type Change,
  type Command,
  changed,
  commanded,
  type Following,
  hasParcel,
  inPhase,
  type SentShipment,
  type Shipment,
  withStep,
} from "./shipment.ts";
import { emptyTrack } from "./track.ts";

export type CorrectionRefusal =
  | "shipment.not-sent"
  | "shipment.already-delivered"
  | "shipment.address-erased"
  | "shipment.nothing-to-settle"
  | "shipment.waybill-malformed";

interface Correction {
  readonly state: SentShipment;
  readonly waybill: Waybill;
}

/** Whether the parcel's number may be replaced by that one. Once delivered, the case may have concluded on it. */
export const mayCorrect = (state: Shipment, waybill: Waybill): Decision<Correction, CorrectionRefusal> => {
  if (!hasParcel(state)) return refuse("shipment.not-sent");
  if (state.status === "delivered") return refuse("shipment.already-delivered");
  if (!state.address) return refuse("shipment.address-erased");
  const number = waybillOf(waybill.number);
  if (!isWaybillOf(waybill.carrier, number)) return refuse("shipment.waybill-malformed");
  const { parcel } = state;
  return parcel.waybill === number && parcel.carrier === waybill.carrier
    ? refuse("shipment.nothing-to-settle")
    : accept({ state, waybill: { carrier: waybill.carrier, number } });
};

/** Whether all that was told is the parcel's own still: carriers tell each event once, and never again of the same number. */
const isStillItsOwn = ({ parcel }: SentShipment, { carrier, number }: Waybill, following: Following): boolean =>
  parcel.waybill === number &&
  parcel.track.events.every(
    ({ source }) => (source === "sf" || source === "ems") && maySpeak({ carrier, following }, source),
  );

/**
 * The parcel travels under another number than was typed, or with another carrier. What was told of the wrong one is a stranger's
 * journey: nothing of it is kept, and what needed a person for its sake is over. Unless it was told by who still tells of it.
 */
export const correctWaybill = (
  { state, waybill }: Correction,
  following: Following,
  reason: string,
  command: Command,
): Change => {
  const { at, by } = command;
  const { parcel } = state;
  const { carrier, number } = waybill;
  if (isStillItsOwn(state, waybill, following)) {
    const same = inPhase(state, { status: state.status, parcel: { ...parcel, carrier, following } });
    const renamed = withStep(same, { at, step: "waybill-corrected", by, reason });
    return commanded(changed(renamed, at, [{ type: "attention-settled" }]), command);
  }
  const earlier = [...state.earlier, { ...parcel, track: emptyTrack, mistyped: true } as const].slice(-EARLIER_KEPT);
  const next = inPhase(
    { ...state, earlier, attentions: state.attentions.filter((each) => each === "order-open") },
    {
      status: "sent",
      parcel: { ...parcel, carrier, waybill: number, following, track: emptyTrack, heardAt: at, taken: [] },
    },
  );
  const corrected = withStep(next, { at, step: "waybill-corrected", by, reason });
  return commanded(changed(corrected, at, [{ type: "attention-settled" }]), command);
};

/** Numbers that were claimed for it and are not its own. */
export const strangersNumbers = (state: Shipment): readonly string[] => {
  const own = hasParcel(state) ? state.parcel.waybill : undefined;
  return state.earlier.flatMap(({ mistyped, waybill }) => (mistyped && waybill !== own ? [waybill] : []));
};
