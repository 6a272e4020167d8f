import type { ShipmentView } from "#shared/contracts/http/logistics.ts";
import { type Address, hasParcel, type Parcel, paidFor, type Shipment } from "../domain/shipment.ts";
import { currentEvent, parcelState } from "../domain/track.ts";

const stars = (count: number): string => "*".repeat(Math.max(count, 1));

/** Name one character, phone 3 + 4, of the street its first two characters. */
const maskedAddress = ({ name, phone, street, ...place }: Address): Address => ({
  ...place,
  name: [...name][0] + stars([...name].length - 1),
  phone: phone.length >= 11 ? phone.slice(0, 3) + stars(phone.length - 7) + phone.slice(-4) : stars(phone.length),
  street: [...street].slice(0, 2).join("") + stars(4),
});

type Entry = ShipmentView["timeline"][number];

const entriesOf = ({ waybill, sentAt, track }: Parcel): Entry[] => [
  { at: sentAt, state: "sent", waybill },
  ...track.events.map(({ at, state, text, place }) => ({
    at,
    state,
    ...(text && { text }),
    ...(place && { place }),
    waybill,
  })),
];

const STEPS = ["requested", "ready", "cancelled", "sent-again"] as const;
const isShown = (step: string): step is (typeof STEPS)[number] => (STEPS as readonly string[]).includes(step);

/** Carriers tell whole seconds: of the second in which it was sent, what we did stands before what they did. */
const bySecond = (a: Entry, b: Entry): number => {
  const [one, two] = [a.at.slice(0, 19), b.at.slice(0, 19)];
  return one < two ? -1 : one > two ? 1 : 0;
};

const timelineOf = (shipment: Shipment): Entry[] => {
  const steps = shipment.steps.flatMap(({ at, step }): Entry[] => (isShown(step) ? [{ at, state: step }] : []));
  const earlier = shipment.earlier.filter(({ mistyped }) => !mistyped);
  const parcels = [...earlier, ...(hasParcel(shipment) ? [shipment.parcel] : [])];
  return [...steps, ...parcels.flatMap(entriesOf)].sort(bySecond);
};

/** Of a delivered parcel: the carrier's event that says so. */
const proofOf = (shipment: Shipment): Pick<ShipmentView, "proof"> => {
  if (shipment.status !== "delivered") return {};
  const event = currentEvent(shipment.parcel.track);
  if (!event) return {};
  return { proof: { at: event.at, text: event.text, ...(event.signedBy && { signedBy: event.signedBy }) } };
};

export const viewOf = (shipment: Shipment): ShipmentView => {
  const { fee, payments } = shipment;
  const parcel = hasParcel(shipment) ? shipment.parcel : undefined;
  const state = parcel && parcelState(parcel.track);
  const settled =
    fee.kind === "online" && fee.total > 0 && paidFor(shipment) >= fee.total ? payments.at(-1) : undefined;
  return {
    id: shipment.id,
    application: shipment.application,
    number: shipment.number,
    direction: shipment.direction,
    status: shipment.status,
    ...(state && { parcel: state }),
    carrier: parcel?.carrier ?? shipment.carrier,
    ...(parcel && { waybill: parcel.waybill }),
    payment: {
      kind: fee.kind,
      total: fee.total,
      ...(settled && { settledAt: settled.at }),
      assumed: fee.assumed,
    },
    ...(shipment.address && { address: maskedAddress(shipment.address) }),
    requestedAt: shipment.requestedAt,
    ...proofOf(shipment),
    attention: [...shipment.attentions],
    timeline: timelineOf(shipment),
    truncated: parcel?.track.truncated ?? false,
    version: shipment.version,
  };
};
