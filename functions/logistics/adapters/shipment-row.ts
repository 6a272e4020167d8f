import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as z from "zod";
import { positionOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { CARRIERS } from "../domain/carriers.ts";
import type { OpenDifference, ToSend } from "../domain/ports.ts";
import { ATTENTIONS, hasParcel, paidFor, type Shipment } from "../domain/shipment.ts";
import { nextLookAt, type Patience } from "../domain/watch-shipment.ts";

const Actor = z.object({ client: z.string(), channel: z.string().optional(), officer: z.string().optional() });
const Direction = z.enum(["to-counter", "to-applicant"]);
const Carrier = z.enum(CARRIERS);
const DifferenceKind = z.enum(["shipped-unpaid", "paid-unshipped", "fee-differs"]);

export const TrackEvent = z.object({
  key: z.string(),
  at: z.string(),
  state: z.enum([
    "collected",
    "in-transit",
    "out-for-delivery",
    "forwarded",
    "customs",
    "problem",
    "refused",
    "returning",
    "returned",
    "delivered",
  ]),
  text: z.string(),
  place: z.string().optional(),
  code: z.string(),
  source: z.enum(["kuaidi100", "sf", "ems", "clerk"]),
  signedBy: z.string().optional(),
});

const Parcel = z.object({
  carrier: Carrier,
  waybill: z.string(),
  sentAt: z.string(),
  sentBy: Actor,
  following: z.union([
    z.object({
      by: z.literal("kuaidi100"),
      state: z.enum(["wanted", "followed", "aborted", "refused"]),
      code: z.string(),
      subscriptions: z.array(z.string()),
    }),
    z.object({ by: z.enum(["carrier", "nobody"]) }),
  ]),
  track: z.object({ events: z.array(TrackEvent), voided: z.array(z.string()), truncated: z.boolean() }),
  heardAt: z.string(),
  taken: z.array(z.string()).optional(),
  mistyped: z.literal(true).optional(),
});

const Facts = z.object({
  id: z.string(),
  version: z.int().positive(),
  application: z.string(),
  serial: z.int().nonnegative(),
  number: z.string(),
  itemCode: z.string(),
  department: z.string(),
  division: z.string(),
  direction: Direction,
  applicant: z.object({ kind: z.enum(["natural", "legal"]), id: z.string() }).optional(),
  address: z
    .object({
      name: z.string(),
      phone: z.string(),
      division: z.string(),
      region: z.string(),
      street: z.string(),
    })
    .optional(),
  carrier: Carrier,
  fee: z.union([
    z.object({ kind: z.enum(["online", "on-delivery"]), total: z.int(), assumed: z.boolean() }),
    z.object({ kind: z.literal("free"), total: z.literal(0), assumed: z.boolean() }),
  ]),
  payments: z.array(z.object({ id: z.string(), amount: z.int(), at: z.string() })),
  contentReady: z.boolean(),
  attentions: z.array(z.enum(ATTENTIONS)),
  difference: z
    .object({
      kind: DifferenceKind,
      foundAt: z.string(),
      resolved: z.object({ at: z.string(), by: Actor, reason: z.string(), paid: z.int() }).optional(),
    })
    .optional(),
  requestedAt: z.string(),
  earlier: z.array(Parcel),
  steps: z.array(
    z.object({
      at: z.string(),
      step: z.enum([
        "requested",
        "ready",
        "sent",
        "cancelled",
        "sent-again",
        "waybill-corrected",
        "settled",
        "difference-resolved",
      ]),
      by: Actor.optional(),
      reason: z.string().optional(),
    }),
  ),
  commands: z.array(
    z.object({
      key: z.string(),
      fingerprint: z.string(),
      receipt: z.object({
        id: z.string(),
        application: z.string(),
        direction: Direction,
        status: z.enum([
          "awaiting-payment",
          "awaiting-result",
          "to-send",
          "sent",
          "delivered",
          "returned",
          "cancelled",
        ]),
        fee: z.int().optional(),
        waybill: z.string().optional(),
        version: z.int(),
      }),
    }),
  ),
});

const Phase = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["awaiting-payment", "awaiting-result"]) }),
  z.object({ status: z.literal("to-send"), readyAt: z.string(), ordered: Carrier.optional() }),
  z.object({ status: z.enum(["sent", "delivered", "returned"]), parcel: Parcel }),
  z.object({ status: z.literal("cancelled"), cancelledAt: z.string() }),
]);

const State = z.intersection(Facts, Phase) as z.ZodType<Shipment>;

export const SHIPMENT = "shipment";

/** Spread over more than one key: a partition takes 1,000 writes a second. */
export const WATCH_SHARDS = ["watch#0", "watch#1", "watch#2", "watch#3"] as const;
const shardOf = (id: string): string =>
  `watch#${(createHash("sha256").update(id).digest()[0] ?? 0) % WATCH_SHARDS.length}`;

/** Few and short-lived: one key for the whole city. */
export const DIFFERENCES = "differences";

const placeOf = (key: string) => ({ owner: "logistics", key, attribute: "sealed" });

/**
 * A shipment as one row. In the clear stands only what lists show and indexes need; all else, address and carrier's texts
 * among it, is one sealed attribute.
 */
export const rowOf = (cipher: FieldCipher, patience: Patience, state: Shipment) => {
  const sealed = cipher.seal(deflateRawSync(JSON.stringify(state)), placeOf(state.id));
  const { id, version, application, number, direction, carrier, department, division, difference } = state;
  const lookAt = nextLookAt(state, patience);
  return {
    pk: id,
    sk: SHIPMENT,
    version,
    application,
    number,
    direction,
    carrier: hasParcel(state) ? state.parcel.carrier : carrier,
    department,
    division,
    ...(state.status === "to-send" && {
      sendKey: department,
      sendAt: `${state.readyAt}#${id}`,
      readyAt: state.readyAt,
    }),
    ...(difference &&
      !difference.resolved && {
        differenceKey: DIFFERENCES,
        differenceAt: `${difference.foundAt}#${id}`,
        difference: difference.kind,
        foundAt: difference.foundAt,
        due: state.fee.kind === "online" ? state.fee.total : 0,
        paid: paidFor(state),
      }),
    ...(lookAt && { watchShard: shardOf(id), watchAt: lookAt }),
    keyId: sealed.keyId,
    sealed: sealed.data,
  };
};
export type ShipmentRow = ReturnType<typeof rowOf>;

const Row = z.object({ pk: z.string(), keyId: z.string(), sealed: z.instanceof(Uint8Array) });

/** Throws when the row was altered or moved. */
export const stateOf = (cipher: FieldCipher, row: unknown): Shipment => {
  const { pk, keyId, sealed } = Row.parse(row);
  return State.parse(JSON.parse(inflateRawSync(cipher.open({ keyId, data: sealed }, placeOf(pk))).toString("utf8")));
};

const listed = { pk: z.string(), application: z.string(), number: z.string(), division: z.string() };
const ToSendRow = z.object({ ...listed, direction: Direction, carrier: Carrier, readyAt: z.string() });
const DifferenceRow = z.object({
  ...listed,
  department: z.string(),
  difference: DifferenceKind,
  foundAt: z.string(),
  due: z.int(),
  paid: z.int(),
});

export const toSendOf = (row: unknown): ToSend => {
  const { pk: id, ...rest } = ToSendRow.parse(row);
  return { id, ...rest };
};

export const differenceOf = (row: unknown): OpenDifference => {
  const { pk: id, ...rest } = DifferenceRow.parse(row);
  return { id, ...rest };
};

const Position = z.object({ pk: z.string().min(1), at: z.string().min(1) });

/** Where a page ended; undefined for a cursor that no list has given. */
export const pageEndOf = (cursor: string): z.infer<typeof Position> | undefined =>
  Position.safeParse(positionOf(cursor)).data;
