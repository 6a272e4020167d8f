import { endOfLegalDate, type Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { deadlineAfter } from "#shared/kernel/working-days.ts";
import { forgetAt, forgotten } from "./forget-shipment.ts";
import {
  type Change,
  type Command,
  changed,
  commanded,
  type DifferenceKind,
  hasParcel,
  isPaid,
  paidFor,
  type Shipment,
  type ShipmentEvent,
  withStep,
} from "./shipment.ts";

export interface Patience {
  /** Working days for which a parcel may be silent. */
  readonly quietWorkingDays: number;
  /** Working days for which a paid parcel may lie. */
  readonly unsentWorkingDays: number;
  /** Days for which address and carriers' words are kept after the end. */
  readonly addressKeptDays: number;
}

const after = (at: Instant, workingDays: number): Instant => endOfLegalDate(deadlineAfter(at, workingDays).date);

const quietAt = (state: Shipment, { quietWorkingDays }: Patience): Instant | undefined =>
  state.status === "sent" && !state.attentions.includes("not-moving")
    ? after(state.parcel.heardAt, quietWorkingDays)
    : undefined;

/** When money that is there should long have become a parcel, or have gone back. */
const unsentAt = (state: Shipment, { unsentWorkingDays }: Patience): Instant | undefined => {
  const last = state.payments.at(-1);
  if (!last || paidFor(state) <= 0) return undefined;
  if (state.status === "to-send") return after(state.readyAt, unsentWorkingDays);
  // Until the decision nothing can be sent: that is the case's own delay.
  return state.status === "cancelled"
    ? after(last.at > state.cancelledAt ? last.at : state.cancelledAt, unsentWorkingDays)
    : undefined;
};

const differs = (state: Shipment, patience: Patience, now: Instant): DifferenceKind | undefined => {
  if (state.fee.kind !== "online") return paidFor(state) === 0 ? undefined : "fee-differs";
  if (hasParcel(state)) {
    if (!isPaid(state) && paidFor(state) <= 0) return "shipped-unpaid";
    return paidFor(state) === state.fee.total ? undefined : "fee-differs";
  }
  const unsent = unsentAt(state, patience);
  if (unsent !== undefined && unsent <= now) return "paid-unshipped";
  return state.status === "to-send" && paidFor(state) !== state.fee.total ? "fee-differs" : undefined;
};

/** A difference that a person has explained stays explained while the amounts are the same. */
const isExplained = (state: Shipment, kind: DifferenceKind): boolean =>
  state.difference?.kind === kind && state.difference.resolved?.paid === paidFor(state);

const openDifference = ({ difference }: Shipment): DifferenceKind | undefined =>
  difference && !difference.resolved ? difference.kind : undefined;

/** When it has to be looked at again although nothing happens; undefined: never. */
export const nextLookAt = (state: Shipment, patience: Patience): Instant | undefined => {
  const unsent = openDifference(state) || isExplained(state, "paid-unshipped") ? undefined : unsentAt(state, patience);
  const due = [quietAt(state, patience), unsent, forgetAt(state, patience.addressKeptDays)].filter(
    (at) => at !== undefined,
  );
  return due.length > 0 ? due.sort()[0] : undefined;
};

/** The events and the state after a change, with parcel and payment compared. */
export const reconciled = (change: Change, patience: Patience): Change => {
  const found = differs(change.state, patience, change.at);
  const open = openDifference(change.state);
  if (found === open || (found && isExplained(change.state, found))) return change;
  const { difference: before, ...rest } = change.state;
  const agreed: ShipmentEvent[] = open ? [{ type: "difference-resolved", difference: open }] : [];
  if (!found) return { ...change, state: rest as Shipment, events: [...change.events, ...agreed] };
  return {
    ...change,
    state: { ...rest, difference: { kind: found, foundAt: change.at } } as Shipment,
    events: [...change.events, ...agreed, { type: "differs", difference: found }],
  };
};

/** What the hourly look finds. Undefined when nothing is to be done. */
export const look = (state: Shipment, patience: Patience, now: Instant): Change | undefined => {
  const quiet = quietAt(state, patience);
  const silent = quiet !== undefined && quiet <= now;
  const forget = forgetAt(state, patience.addressKeptDays);
  const left = forget !== undefined && forget <= now ? forgotten(state) : state;
  const looked: Change = silent
    ? changed({ ...left, attentions: [...left.attentions, "not-moving"] }, now, [
        { type: "attention-needed", what: "not-moving" },
      ])
    : changed(left, now, []);
  const change = reconciled(looked, patience);
  return silent || left !== state || change !== looked ? change : undefined;
};

/** A person has said why parcel and payment do not agree. */
export const resolveDifference = (
  state: Shipment,
  reason: string,
  command: Command,
): Decision<Change, "shipment.difference-not-found"> => {
  const open = openDifference(state);
  if (!open || !state.difference) return refuse("shipment.difference-not-found");
  const { at, by } = command;
  const resolved = { at, by, reason, paid: paidFor(state) };
  const next = withStep(
    { ...state, difference: { ...state.difference, resolved } },
    { at, step: "difference-resolved", by, reason },
  );
  return accept(commanded(changed(next, at, [{ type: "difference-resolved", difference: open }]), command));
};

/** A store that compares parcel and payment in every change it writes. */
export const reconciling = <S extends { save(change: Change): Promise<void> }>(
  shipments: S,
  patience: Patience,
): S => ({
  ...shipments,
  save: (change: Change) => shipments.save(reconciled(change, patience)),
});
