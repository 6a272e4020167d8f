import * as z from "zod";
import { Principal } from "../caller.ts";
import { ItemCode } from "../catalogue/item.ts";
import { route } from "../route.ts";
import { tag, Ulid } from "./fields.ts";
import { pick } from "./texts.ts";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Scope = z.union([z.literal("all"), z.array(ItemCode).min(1).max(100)]);
const Mandate = z
  .object({
    id: Ulid,
    version: z.int().positive(),
    principal: Principal,
    principalName: z.string().describe("a person's is masked"),
    agent: Ulid,
    agentName: z.string().describe("masked"),
    scope: z.union([z.literal("all"), z.array(z.string())]),
    validUntil: z.iso.datetime(),
    status: z.enum(["active", "expired", "revoked"]),
    grantedAt: z.iso.datetime(),
    evidence: z
      .object({ file: z.string(), sha256: z.string() })
      .optional()
      .describe(
        "the letter of authority as the principal named it; nobody has looked at the file: whoever is shown it compares the digest",
      ),
  })
  .meta({ id: "Mandate" });
const mandate = { status: 200, schema: Mandate, version: (view: { version: number }) => view.version } as const;

export const grantMandate = route({
  operation: "grantMandate",
  tag,
  summary: "Grant a mandate (委托授权) for oneself or for the organisation one acts for",
  method: "POST",
  path: "/v1/mandates",
  scopes: ["mandates:manage"],
  keyed: true,
  body: z.object({
    agent: Ulid,
    scope: Scope,
    validUntil: z.iso.datetime(),
    evidence: z
      .object({ file: Ulid.describe("id of the uploaded file"), sha256: Sha256 })
      .optional()
      .describe("the signed letter of authority"),
  }),
  success: { ...mandate, status: 201 },
  refusals: pick(
    "mandate.not-yours-to-grant",
    "mandate.unknown-agent",
    "mandate.agent-is-principal",
    "mandate.invalid-period",
    "person.assurance-too-low",
    "person.not-at-the-counter",
  ),
});

export const listMandates = route({
  operation: "listMandates",
  tag,
  summary: "Mandates that the principal one acts for has given, or that one holds oneself",
  method: "GET",
  path: "/v1/mandates",
  scopes: ["mandates:manage"],
  query: z.object({ as: z.enum(["principal", "agent"]).default("principal") }),
  success: { status: 200, schema: z.object({ items: z.array(Mandate) }) },
  refusals: pick("mandate.not-yours-to-grant"),
});

const byMandate = z.object({ id: Ulid });

export const revokeMandate = route({
  operation: "revokeMandate",
  tag,
  summary: "Revoke a mandate, or lay it down; effective at once, in tokens that are out too",
  method: "POST",
  path: "/v1/mandates/{id}/revoke",
  scopes: ["mandates:manage"],
  pathParams: byMandate,
  keyed: true,
  success: mandate,
  refusals: pick("mandate.not-found"),
});

export const verifyMandate = route({
  operation: "verifyMandate",
  tag,
  summary: "Whether a mandate is good now; for departments",
  method: "GET",
  path: "/v1/mandates/{id}/validity",
  scopes: ["identity:verify"],
  pathParams: byMandate,
  success: mandate,
  refusals: pick("mandate.not-found"),
});
