import * as z from "zod";
import { cloudEvent } from "./envelope.ts";
import { ApplicantReference, Charge, Tasks } from "./parts.ts";

const Shipment = z.object({
  application: z.string().describe("the id of the case"),
  number: z.string().describe("case number"),
  direction: z.enum(["to-counter", "to-applicant"]).describe("materials to the counter, the result to the person"),
  applicant: ApplicantReference.optional(),
  tasks: Tasks,
});

const AttentionReason = z
  .enum(["tracking-aborted", "tracking-refused", "problem", "not-moving", "delivery-withdrawn", "order-open"])
  .describe(
    "the tracker gave up; it took no order; the carrier reports trouble; nothing was heard of it for days; a delivery was reported and taken back; the carrier may have an order for what is not sent with it",
  );

const exampleShipment = {
  application: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D",
  number: "11440606MB2D26310W4440712002040" + "20261122" + "7Z3K9M2QX4B",
  direction: "to-applicant",
  applicant: { kind: "natural", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" },
} as const;

export const ShipmentRequestedV1 = cloudEvent({
  type: "gov.yimen.shipment.requested.v1",
  summary: "A parcel is to be collected; where from and to is kept with the shipment.",
  data: Shipment,
  example: exampleShipment,
});

export const ShipmentFeeDueV1 = cloudEvent({
  type: "gov.yimen.shipment.fee-due.v1",
  summary: "The carriage is to be paid before the parcel is sent.",
  data: Shipment.extend({ charges: z.array(Charge).min(1).max(20), total: z.int().positive().describe("fen") }),
  example: { ...exampleShipment, charges: [{ name: "快递费", amount: 1200 }], total: 1200 },
});

export const ShipmentReadyV1 = cloudEvent({
  type: "gov.yimen.shipment.ready.v1",
  summary:
    "Nothing holds the parcel any more: the carriage is paid, or paid by the receiver, and what it holds is there.",
  data: Shipment,
  example: { ...exampleShipment, tasks: [{ kind: "send-parcel", role: "clerk" }] },
});

export const ShipmentSentV1 = cloudEvent({
  type: "gov.yimen.shipment.sent.v1",
  summary: "The parcel has a waybill and is on its way.",
  data: Shipment.extend({ carrier: z.string().describe("ems, sf, or another of the carriers in the contract") }),
  example: { ...exampleShipment, carrier: "ems" },
});

export const ShipmentMovedV1 = cloudEvent({
  type: "gov.yimen.shipment.moved.v1",
  summary: "The parcel is in another state; the track is in the shipment.",
  data: Shipment.extend({
    state: z.enum(["collected", "in-transit", "out-for-delivery", "forwarded", "customs", "problem", "returning"]),
  }),
  example: { ...exampleShipment, state: "out-for-delivery" },
});

export const ShipmentDeliveredV1 = cloudEvent({
  type: "gov.yimen.shipment.delivered.v1",
  summary: "The parcel was handed over; the proof is kept with the shipment.",
  data: Shipment.extend({ deliveredAt: z.iso.datetime() }),
  example: { ...exampleShipment, deliveredAt: "2026-11-24T07:12:00.000Z" },
});

export const ShipmentReturnedV1 = cloudEvent({
  type: "gov.yimen.shipment.returned.v1",
  summary: "The parcel was refused or came back; a person has to see to it.",
  data: Shipment.extend({ how: z.enum(["refused", "returned"]) }),
  example: { ...exampleShipment, how: "refused", tasks: [{ kind: "settle-parcel", role: "clerk" }] },
});

export const ShipmentCancelledV1 = cloudEvent({
  type: "gov.yimen.shipment.cancelled.v1",
  summary: "The parcel is not sent.",
  data: Shipment,
  example: exampleShipment,
});

export const ShipmentAttentionNeededV1 = cloudEvent({
  type: "gov.yimen.shipment.attention-needed.v1",
  summary: "Something about a parcel needs a person.",
  data: Shipment.extend({ what: AttentionReason }),
  example: { ...exampleShipment, what: "tracking-aborted", tasks: [{ kind: "settle-parcel", role: "clerk" }] },
});

export const ShipmentAttentionSettledV1 = cloudEvent({
  type: "gov.yimen.shipment.attention-settled.v1",
  summary: "A person has seen to it.",
  data: Shipment,
  example: exampleShipment,
});

const Difference = z.enum(["shipped-unpaid", "paid-unshipped", "fee-differs"]);

export const ShipmentDiffersV1 = cloudEvent({
  type: "gov.yimen.shipment.differs.v1",
  summary: "Parcel and payment do not agree (物流对账); a person has to say why.",
  data: Shipment.extend({ difference: Difference }),
  example: {
    ...exampleShipment,
    difference: "paid-unshipped",
    tasks: [{ kind: "settle-difference", role: "operator" }],
  },
});

export const ShipmentDifferenceResolvedV1 = cloudEvent({
  type: "gov.yimen.shipment.difference-resolved.v1",
  summary: "A person has said why parcel and payment do not agree, or they agree again.",
  data: Shipment.extend({ difference: Difference }),
  example: { ...exampleShipment, difference: "paid-unshipped" },
});
