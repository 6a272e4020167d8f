import { PersonalDataReadV1 } from "#shared/contracts/events/applications.ts";
import type { AnyEvent, EventContract } from "#shared/contracts/events/envelope.ts";
import {
  ShipmentAttentionNeededV1,
  ShipmentAttentionSettledV1,
  ShipmentCancelledV1,
  ShipmentDeliveredV1,
  ShipmentDifferenceResolvedV1,
  ShipmentDiffersV1,
  ShipmentFeeDueV1,
  ShipmentMovedV1,
  ShipmentReadyV1,
  ShipmentRequestedV1,
  ShipmentReturnedV1,
  ShipmentSentV1,
} from "#shared/contracts/events/logistics.ts";
import type { Task } from "#shared/contracts/events/parts.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { Reading } from "../domain/ports.ts";
import type { Change, Shipment, ShipmentEvent } from "../domain/shipment.ts";

const contracts = {
  requested: ShipmentRequestedV1,
  "fee-due": ShipmentFeeDueV1,
  ready: ShipmentReadyV1,
  sent: ShipmentSentV1,
  moved: ShipmentMovedV1,
  delivered: ShipmentDeliveredV1,
  returned: ShipmentReturnedV1,
  cancelled: ShipmentCancelledV1,
  "attention-needed": ShipmentAttentionNeededV1,
  "attention-settled": ShipmentAttentionSettledV1,
  differs: ShipmentDiffersV1,
  "difference-resolved": ShipmentDifferenceResolvedV1,
} as const satisfies Record<ShipmentEvent["type"], EventContract>;

/** What waits for an official in a state (待办). */
export const tasksOf = ({ status, attentions, difference }: Shipment): readonly Task[] => [
  ...(status === "to-send" ? [{ kind: "send-parcel", role: "clerk" } as const] : []),
  ...(attentions.length > 0 ? [{ kind: "settle-parcel", role: "clerk" } as const] : []),
  ...(difference && !difference.resolved ? [{ kind: "settle-difference", role: "operator" } as const] : []),
];

const extensionsOf = ({ department, division, itemCode }: Shipment) => ({ department, division, itemcode: itemCode });

const dataOf = (event: ShipmentEvent): Readonly<Record<string, unknown>> => {
  const { type, ...data } = event;
  return type === "fee-due" ? { ...data, charges: [{ name: "快递费", amount: event.total }] } : data;
};

/** The CloudEvents of a change: references and codes, nothing of the address or of what a carrier wrote. */
export const cloudEventsOf = ({ state, at, events }: Change): AnyEvent[] => {
  const tasks = tasksOf(state);
  const { application, number, direction, applicant } = state;
  return eventsOf(
    { source: "/logistics", subject: state.id, version: state.version, at, extensions: extensionsOf(state) },
    events.map((event) => ({
      contract: contracts[event.type],
      data: {
        application,
        number,
        direction,
        ...(applicant && { applicant }),
        ...(tasks.length > 0 && { tasks }),
        ...dataOf(event),
      },
    })),
  );
};

export const readingEventsOf = ({ id, shipment, at, client, officer, purpose }: Reading): AnyEvent[] =>
  eventsOf({ source: "/logistics/readings", subject: id, version: 1, at, extensions: extensionsOf(shipment) }, [
    {
      contract: PersonalDataReadV1,
      data: {
        number: shipment.number,
        client,
        officer,
        purpose: `shipment-${purpose}`,
        ...(shipment.applicant && { applicant: shipment.applicant }),
      },
    },
  ]);
