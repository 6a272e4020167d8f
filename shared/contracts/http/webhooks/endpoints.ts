import * as z from "zod";
import { PageQuery, pageOf, type RefusalText, route } from "../route.ts";
import { EVENT_PATTERN } from "./event-patterns.ts";

const EndpointId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);
const EventTypes = z
  .array(z.string().regex(new RegExp(`^${EVENT_PATTERN}$`)))
  .min(1)
  .max(50);
const ItemCodes = z.array(z.string().regex(/^[0-9A-Z]{1,40}$/)).min(1);
const DivisionCodes = z.array(z.string().regex(/^(\d{6}|\d{9}|\d{12})$/)).min(1);
const StaffNumber = z.string().regex(/^[\x21-\x7e]{1,64}$/);

const EndpointFields = z.object({
  url: z.url().max(2000).describe("https; where the department receives its events"),
  types: EventTypes.describe("event types; a trailing .* takes all that begin so, gov.yimen.* all there are"),
  items: ItemCodes.max(200).optional().describe("only events of these items, by implementation code"),
  divisions: DivisionCodes.max(50).optional().describe("only events of these divisions and those below them"),
  description: z.string().max(200).optional(),
  contact: StaffNumber.optional().describe("staff number of whoever is told when the endpoint fails"),
  ordered: z
    .boolean()
    .optional()
    .describe("an event of a case waits until the one before it has arrived or is given up; false unless told"),
  ratePerSecond: z.int().min(1).max(200).optional().describe("requests a second at most; 50 unless told"),
});

const EndpointView = EndpointFields.required({ ordered: true, ratePerSecond: true })
  .extend({
    id: EndpointId,
    version: z.int().positive(),
    enabled: z.boolean(),
    disabledBecause: z.enum(["department", "gone", "failing"]).optional(),
    failingSince: z.iso.datetime().optional().describe("told to the contact; it is disabled after five days"),
    publicKey: z.string().startsWith("whpk_").describe("verifies the v1a signatures (ed25519)"),
    previousKeys: z
      .array(z.object({ publicKey: z.string().startsWith("whpk_"), until: z.iso.datetime() }))
      .optional()
      .describe("messages are signed with these too, each until its time"),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "WebhookEndpoint" });
export type EndpointView = z.infer<typeof EndpointView>;

const WithSecret = EndpointView.extend({
  secret: z.string().startsWith("whsec_").describe("verifies the v1 signatures (HMAC-SHA256)"),
});

const Status = z.enum(["pending", "delivered", "failed"]);

const DeliveryView = z
  .object({
    event: z.string().describe("the event's id, sent as webhook-id"),
    type: z.string(),
    subject: z.string(),
    status: Status,
    createdAt: z.iso.datetime(),
    nextAttemptAt: z.iso.datetime().optional(),
    attempts: z.array(
      z.object({
        at: z.iso.datetime(),
        status: z.int().optional().describe("HTTP status; absent when there was no answer"),
        error: z.string().optional(),
        milliseconds: z.int().nonnegative(),
        answer: z.string().optional().describe("the first KB of what was answered, when it was text"),
      }),
    ),
  })
  .meta({ id: "WebhookDelivery" });
export type DeliveryView = z.infer<typeof DeliveryView>;

const RecoveryView = z
  .object({
    id: EndpointId,
    state: z.enum(["running", "done"]),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
    examined: z.int().nonnegative().describe("deliveries or events looked at so far"),
    renewed: z.int().nonnegative().describe("deliveries begun anew so far"),
  })
  .meta({ id: "WebhookRecovery" });
export type RecoveryView = z.infer<typeof RecoveryView>;

const texts = {
  "webhook.endpoint-not-found": { status: 404, zh: "没有这个回调地址。", en: "No such webhook endpoint." },
  "webhook.url-not-allowed": {
    status: 422,
    zh: "回调地址不被允许：须为 https 公网地址，或在允许清单内。",
    en: "The URL is not allowed: it must be https and public, or on the allow-list.",
  },
  "webhook.too-many-endpoints": {
    status: 409,
    zh: "每个部门最多 50 个回调地址。",
    en: "A department has at most 50 endpoints.",
  },
  "webhook.too-many-keys": {
    status: 409,
    zh: "轮换过于频繁：已有四组旧密钥仍在有效重叠期内。请等待其到期，或以 overlapHours=0 立即作废全部旧密钥。",
    en: "Four sets of old keys still sign: wait until one of them ends, or rotate with overlapHours 0, which ends them all.",
  },
  "webhook.endpoint-disabled": {
    status: 409,
    zh: "该回调地址已停用，请先启用。",
    en: "The endpoint is disabled: enable it first.",
  },
  "webhook.event-not-found": {
    status: 404,
    zh: "没有该事件，或已超过 30 天保存期。",
    en: "There is no such event, or it is past the 30 days for which events are kept.",
  },
  "webhook.recovery-not-found": { status: 404, zh: "没有该补发任务。", en: "There is no such recovery." },
  "webhook.cursor-unknown": {
    status: 422,
    zh: "该游标不是本部门事件流给出的游标。",
    en: "This is not a cursor of the department's event feed.",
  },
} as const satisfies Record<string, RefusalText>;

const notFound = { "webhook.endpoint-not-found": texts["webhook.endpoint-not-found"] };
const disabled = { "webhook.endpoint-disabled": texts["webhook.endpoint-disabled"] };
const byId = z.object({ id: EndpointId });
const byEvent = z.object({ id: EndpointId, event: z.string().min(1).max(120) });
const versionOf = ({ version }: { version: number }) => version;

const common = { tag: "webhooks", scopes: ["webhooks:manage"] } as const;
const path = "/v1/webhook-endpoints";

export const createEndpoint = route({
  ...common,
  operation: "createWebhookEndpoint",
  summary: "Register an endpoint; the answer holds the signing secret (Standard Webhooks), shown this once",
  method: "POST",
  path,
  keyed: true,
  body: EndpointFields,
  success: { status: 201, schema: WithSecret, version: versionOf },
  refusals: {
    "webhook.url-not-allowed": texts["webhook.url-not-allowed"],
    "webhook.too-many-endpoints": texts["webhook.too-many-endpoints"],
  },
});

export const listEndpoints = route({
  ...common,
  operation: "listWebhookEndpoints",
  summary: "The department's endpoints",
  method: "GET",
  path,
  query: PageQuery,
  success: { status: 200, schema: pageOf(EndpointView) },
  refusals: {},
});

export const readEndpoint = route({
  ...common,
  operation: "readWebhookEndpoint",
  summary: "An endpoint, and how it fares",
  method: "GET",
  path: `${path}/{id}`,
  pathParams: byId,
  success: {
    status: 200,
    version: versionOf,
    schema: EndpointView.extend({
      behind: z.int().nonnegative().describe("events of the department that it has not been tried with"),
      failedInARow: z.int().nonnegative(),
      pausedUntil: z.iso.datetime().optional().describe("no request before then"),
    }),
  },
  refusals: notFound,
});

export const changeEndpoint = route({
  ...common,
  operation: "changeWebhookEndpoint",
  summary: "Change what an endpoint receives, where, and how; what is left out stays, null takes it away",
  method: "PATCH",
  path: `${path}/{id}`,
  pathParams: byId,
  body: z
    .object({
      url: z.url().max(2000),
      types: EventTypes,
      items: ItemCodes.max(200).nullable(),
      divisions: DivisionCodes.max(50).nullable(),
      description: z.string().max(200).nullable(),
      contact: StaffNumber.nullable(),
      ordered: z.boolean(),
      ratePerSecond: z.int().min(1).max(200),
    })
    .partial(),
  success: { status: 200, schema: EndpointView, version: versionOf },
  refusals: { ...notFound, "webhook.url-not-allowed": texts["webhook.url-not-allowed"] },
});

export const enableEndpoint = route({
  ...common,
  operation: "enableWebhookEndpoint",
  summary: "Deliver again: what came in the meantime follows, unless it is to start from now",
  method: "POST",
  path: `${path}/{id}/enable`,
  pathParams: byId,
  keyed: true,
  body: z
    .object({ from: z.enum(["stopped", "now"]).describe("from where it had stopped, unless told") })
    .partial()
    .optional(),
  success: { status: 200, schema: EndpointView, version: versionOf },
  refusals: notFound,
});

export const disableEndpoint = route({
  ...common,
  operation: "disableWebhookEndpoint",
  summary: "Deliver nothing until it is enabled again",
  method: "POST",
  path: `${path}/{id}/disable`,
  pathParams: byId,
  keyed: true,
  success: { status: 200, schema: EndpointView, version: versionOf },
  refusals: notFound,
});

export const rotateSecret = route({
  ...common,
  operation: "rotateWebhookSecret",
  summary: "New signing keys; for a while messages are signed with the old ones too. The new secret is shown this once",
  method: "POST",
  path: `${path}/{id}/rotate-secret`,
  pathParams: byId,
  keyed: true,
  body: z
    .object({
      overlapHours: z
        .int()
        .min(0)
        .max(168)
        .describe(
          "for how long the keys until now sign too; 24 unless told. 0 when a secret has become known to others: it ends all old keys",
        ),
    })
    .partial()
    .optional(),
  success: { status: 200, schema: WithSecret, version: versionOf },
  refusals: { ...notFound, "webhook.too-many-keys": texts["webhook.too-many-keys"] },
});

export const testEndpoint = route({
  ...common,
  operation: "testWebhookEndpoint",
  summary: "Send a test event, gov.yimen.webhook.test.v1, the way every event goes",
  method: "POST",
  path: `${path}/{id}/test`,
  pathParams: byId,
  keyed: true,
  success: {
    status: 201,
    schema: z.object({ event: z.string().describe("its id, by which the delivery log knows it") }),
  },
  refusals: { ...notFound, ...disabled },
});

export const deleteEndpoint = route({
  ...common,
  operation: "deleteWebhookEndpoint",
  summary: "Remove an endpoint; what is still to be delivered to it is dropped",
  method: "DELETE",
  path: `${path}/{id}`,
  pathParams: byId,
  success: { status: 204, schema: z.undefined() },
  refusals: notFound,
});

export const listDeliveries = route({
  ...common,
  operation: "listWebhookDeliveries",
  summary: "The delivery log of an endpoint, newest first, kept for 30 days; a page may hold fewer than asked for",
  method: "GET",
  path: `${path}/{id}/deliveries`,
  pathParams: byId,
  query: PageQuery.extend({ status: Status.optional() }),
  success: { status: 200, schema: pageOf(DeliveryView) },
  refusals: notFound,
});

export const redeliverEvent = route({
  ...common,
  operation: "redeliverWebhookEvent",
  summary: "Deliver an event of the last 30 days again, whatever became of it",
  method: "POST",
  path: `${path}/{id}/deliveries/{event}/redeliver`,
  pathParams: byEvent,
  keyed: true,
  success: { status: 200, schema: z.object({ event: z.string() }) },
  refusals: { ...notFound, ...disabled, "webhook.event-not-found": texts["webhook.event-not-found"] },
});

export const startRecovery = route({
  ...common,
  operation: "startWebhookRecovery",
  summary: "Deliver again, step by step, all that failed since a time, or all that stands behind a cursor of the feed",
  method: "POST",
  path: `${path}/{id}/recoveries`,
  pathParams: byId,
  keyed: true,
  body: z.union([
    z.strictObject({ failedSince: z.iso.datetime().describe("by the time of the event") }),
    z.strictObject({ replayAfter: z.string().max(500).describe("a cursor of GET /v1/events, or `oldest`") }),
  ]),
  success: { status: 201, schema: RecoveryView },
  refusals: { ...notFound, ...disabled, "webhook.cursor-unknown": texts["webhook.cursor-unknown"] },
});

export const readRecovery = route({
  ...common,
  operation: "readWebhookRecovery",
  summary: "How far a recovery has come",
  method: "GET",
  path: `${path}/{id}/recoveries/{recovery}`,
  pathParams: z.object({ id: EndpointId, recovery: EndpointId }),
  success: { status: 200, schema: RecoveryView },
  refusals: { ...notFound, "webhook.recovery-not-found": texts["webhook.recovery-not-found"] },
});
