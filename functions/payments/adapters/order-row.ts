import { createHash } from "node:crypto";
import * as z from "zod";
import { AttentionWhat } from "#shared/contracts/events/payments.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { Attempt, Handle } from "../domain/attempt.ts";
import { dueAt, type Movement, type Order } from "../domain/order.ts";
import { DAY_PARTS } from "../domain/ports.ts";
import type { Receipt } from "../domain/receipt.ts";
import type { Refund } from "../domain/refund.ts";

export const Provider = z.enum(["wechat", "alipay", "unionpay", "nontax"]);
const Command = z.object({ key: z.string(), fingerprint: z.string() });

const HandleState = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("qr"), content: z.string() }),
  z.object({ kind: z.literal("redirect"), url: z.string() }),
  z.object({ kind: z.literal("form"), action: z.string(), fields: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal("jsapi"), parameters: z.record(z.string(), z.string()) }),
]) satisfies z.ZodType<Handle>;

const attemptFacts = {
  number: z.string(),
  provider: Provider,
  way: z.enum(["native-qr", "jsapi", "h5", "page"]),
  startedAt: z.string(),
  keys: z.array(Command),
};
const watched = { checks: z.int(), checkAt: z.string() };
const AttemptState = z.discriminatedUnion("state", [
  z.object({ ...attemptFacts, ...watched, state: z.literal("opening") }),
  z.object({ ...attemptFacts, ...watched, state: z.literal("open"), handle: HandleState }),
  z.object({ ...attemptFacts, ...watched, state: z.literal("closing"), handle: HandleState.optional() }),
  z.object({ ...attemptFacts, state: z.enum(["paid", "closed"]) }),
]) satisfies z.ZodType<Attempt>;

const refundFacts = {
  id: z.string(),
  of: z.string(),
  amount: z.int().positive(),
  reason: z.string(),
  requestedAt: z.string(),
  automatic: z.boolean(),
  requestedBy: z.string().optional(),
  decidedBy: z.string().optional(),
};
const RefundRow = z.discriminatedUnion("state", [
  z.object({ ...refundFacts, state: z.literal("requested") }),
  z.object({ ...refundFacts, state: z.literal("approved"), tryAt: z.string(), tries: z.int() }),
  z.object({ ...refundFacts, state: z.literal("processing"), acceptedAt: z.string(), ...watched }),
  z.object({
    ...refundFacts,
    state: z.literal("completed"),
    at: z.string(),
    after: z
      .object({
        state: z.enum(["closed", "returned", "kept"]),
        at: z.string(),
        by: z.string().optional(),
        note: z.string().optional(),
      })
      .optional(),
  }),
  z.object({ ...refundFacts, state: z.literal("rejected"), at: z.string() }),
  z.object({ ...refundFacts, state: z.literal("closed"), at: z.string() }),
  z.object({ ...refundFacts, state: z.literal("abnormal"), at: z.string() }),
  z.object({
    ...refundFacts,
    state: z.enum(["returned", "kept"]),
    at: z.string(),
    by: z.string(),
    note: z.string(),
    booked: z.literal(false).optional(),
  }),
]) satisfies z.ZodType<Refund>;

const receiptNumber = { code: z.string(), number: z.string(), check: z.string(), date: z.string() };
const ReceiptRow = z.discriminatedUnion("state", [
  z.object({ state: z.literal("due"), tryAt: z.string(), tries: z.int() }),
  z.object({ state: z.literal("issued"), ...receiptNumber }),
  z.object({ state: z.literal("voiding"), tryAt: z.string(), tries: z.int(), ...receiptNumber }),
  z.object({ state: z.literal("voided"), ...receiptNumber }),
  z.object({ state: z.literal("none") }),
]) satisfies z.ZodType<Receipt>;

const PaymentRow = z.object({
  number: z.string(),
  provider: Provider,
  trade: z.string(),
  amount: z.int(),
  at: z.string(),
  billDate: z.string().optional(),
  lateFee: z.int().optional(),
  toldAt: z.string(),
});

const facts = {
  id: z.string(),
  version: z.int().positive(),
  purpose: z.object({
    kind: z.enum(["application", "shipment"]),
    id: z.string(),
    due: z.enum(["acceptance", "issue", "shipment"]),
  }),
  application: z.string(),
  number: z.string(),
  charges: z.array(z.object({ name: z.string(), amount: z.int(), chargeItem: z.string().optional() })),
  total: z.int(),
  applicant: z.object({ kind: z.enum(["natural", "legal"]), id: z.string() }).optional(),
  department: z.string(),
  division: z.string().optional(),
  itemCode: z.string().optional(),
  /** Rows from before it was kept were asked for by an event older than any that comes. */
  asked: z.int().default(0),
  openedAt: z.string(),
  changedAt: z.string(),
  payBy: z.object({ date: z.string(), provisional: z.boolean() }),
  attempts: z.array(AttemptState),
  surplus: z.array(PaymentRow),
  refunds: z.array(RefundRow),
  attention: z.array(
    z.object({
      what: AttentionWhat,
      reference: z.string(),
      since: z.string(),
    }),
  ),
  commands: z.array(Command),
  payer: z.object({ keyId: z.string(), data: z.instanceof(Uint8Array) }).optional(),
};

const OrderRow = z.discriminatedUnion("status", [
  z.object({ ...facts, status: z.literal("open") }),
  z.object({ ...facts, status: z.literal("settled"), settlement: PaymentRow, receipt: ReceiptRow.optional() }),
  z.object({ ...facts, status: z.literal("closed"), reason: z.enum(["expired", "cancelled"]), closedAt: z.string() }),
]);

const Payer = z.object({ name: z.string(), code: z.string().optional() });

/** Spread over more than one key: a partition takes 1,000 writes a second. */
export const DUE_SHARDS = ["due#0", "due#1", "due#2", "due#3"] as const;

const placed = (text: string, places: number): number =>
  createHash("sha256").update(text).digest().readUInt16BE() % places;

/** The part of a day in which a number is compared. */
export const dayPartOf = (number: string): number => placed(number, DAY_PARTS);

const placeOf = (id: string) => ({ owner: "payments", key: id, attribute: "payer" });

export const orderKey = (id: string) => ({ pk: `order#${id}`, sk: "order" });

/** An order as one row. Only the payer is personal, and sealed. */
export const rowOf = (cipher: FieldCipher, order: Order) => {
  const { payer, ...rest } = order;
  const due = dueAt(order);
  return {
    ...orderKey(order.id),
    ...rest,
    caseKey: order.application,
    openedKey: `${order.openedAt}#${order.id}`,
    ...(payer && { payer: cipher.seal(Buffer.from(JSON.stringify(payer)), placeOf(order.id)) }),
    ...(due && { dueShard: DUE_SHARDS[placed(order.id, DUE_SHARDS.length)], dueAt: due }),
  };
};

/** Throws when the row was altered or moved. */
export const orderOf = (cipher: FieldCipher, row: unknown): Order => {
  const { payer, ...order } = OrderRow.parse(row);
  if (!payer) return order;
  return { ...order, payer: Payer.parse(JSON.parse(cipher.open(payer, placeOf(order.id)).toString("utf8"))) };
};

const MovementRow = z.object({
  provider: Provider,
  date: z.string(),
  kind: z.enum(["payment", "refund"]),
  number: z.string(),
  trade: z.string(),
  amount: z.int(),
  order: z.string(),
}) satisfies z.ZodType<Movement>;

export const movementPart = (provider: string, date: string, part: number): string => `day#${provider}#${date}#${part}`;

export const movementRow = (movement: Movement) => ({
  pk: movementPart(movement.provider, movement.date, dayPartOf(movement.number)),
  sk: `${movement.kind}#${movement.number}`,
  ...movement,
});

export const movementOf = (row: unknown): Movement => MovementRow.parse(row);
