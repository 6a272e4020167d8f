import * as z from "zod";
import { PageQuery, pageOf, type RefusalText, route } from "./route.ts";

const EndpointId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);

const EndpointFields = z.object({
  url: z.url().max(2000).describe("https; where the department receives its events"),
  types: z
    .array(z.string().regex(/^gov\.yimen\.[a-z0-9.-]+(\.\*)?$/))
    .min(1)
    .max(50)
    .describe("event types; a trailing .* takes all that begin so"),
  description: z.string().max(200).optional(),
});

const EndpointView = EndpointFields.extend({
  id: EndpointId,
  enabled: z.boolean(),
  createdAt: z.iso.datetime(),
}).meta({ id: "WebhookEndpoint" });
export type EndpointView = z.infer<typeof EndpointView>;

const DeliveryView = z
  .object({
    event: z.string().describe("the event's id, sent as webhook-id"),
    type: z.string(),
    subject: z.string(),
    status: z.enum(["pending", "delivered", "failed"]),
    createdAt: z.iso.datetime(),
    nextAttemptAt: z.iso.datetime().optional(),
    attempts: z.array(
      z.object({
        at: z.iso.datetime(),
        status: z.int().optional().describe("HTTP status; absent when there was no answer"),
        error: z.string().optional(),
        milliseconds: z.int().nonnegative(),
      }),
    ),
  })
  .meta({ id: "WebhookDelivery" });
export type DeliveryView = z.infer<typeof DeliveryView>;

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
} as const satisfies Record<string, RefusalText>;

const byId = z.object({ id: EndpointId });

export const createEndpoint = route({
  operation: "createWebhookEndpoint",
  tag: "webhooks",
  summary: "Register an endpoint; the answer holds the signing secret (Standard Webhooks), shown this once",
  method: "POST",
  path: "/v1/webhook-endpoints",
  scopes: ["webhooks:manage"],
  keyed: true,
  body: EndpointFields,
  success: { status: 201, schema: EndpointView.extend({ secret: z.string().startsWith("whsec_") }) },
  refusals: {
    "webhook.url-not-allowed": texts["webhook.url-not-allowed"],
    "webhook.too-many-endpoints": texts["webhook.too-many-endpoints"],
  },
});

export const listEndpoints = route({
  operation: "listWebhookEndpoints",
  tag: "webhooks",
  summary: "The department's endpoints",
  method: "GET",
  path: "/v1/webhook-endpoints",
  scopes: ["webhooks:manage"],
  query: PageQuery,
  success: { status: 200, schema: pageOf(EndpointView) },
  refusals: {},
});

export const deleteEndpoint = route({
  operation: "deleteWebhookEndpoint",
  tag: "webhooks",
  summary: "Remove an endpoint; what is still to be delivered to it is dropped",
  method: "DELETE",
  path: "/v1/webhook-endpoints/{id}",
  scopes: ["webhooks:manage"],
  pathParams: byId,
  success: { status: 204, schema: z.undefined() },
  refusals: { "webhook.endpoint-not-found": texts["webhook.endpoint-not-found"] },
});

export const listDeliveries = route({
  operation: "listWebhookDeliveries",
  tag: "webhooks",
  summary: "The delivery log of an endpoint, newest first, kept for 30 days",
  method: "GET",
  path: "/v1/webhook-endpoints/{id}/deliveries",
  scopes: ["webhooks:manage"],
  pathParams: byId,
  query: PageQuery,
  success: { status: 200, schema: pageOf(DeliveryView) },
  refusals: { "webhook.endpoint-not-found": texts["webhook.endpoint-not-found"] },
});
