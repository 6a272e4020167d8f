import * as z from "zod";
import { Principal } from "../caller.ts";
import { route } from "../route.ts";
import { IdNumber, Name, Phone, tag, Ulid, Uscc } from "./fields.ts";
import { pick } from "./texts.ts";

const CounterSession = z
  .object({
    id: Ulid,
    staff: z.string(),
    department: z.string(),
    person: Ulid,
    principal: Principal,
    openedAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    status: z.enum(["open", "ended"]),
  })
  .meta({ id: "CounterSession" });

export const openCounterSession = route({
  operation: "openCounterSession",
  tag,
  summary: "Serve someone who is present and shows a document (窗口代办); ends by itself after 30 minutes",
  method: "POST",
  path: "/v1/counter-sessions",
  scopes: ["counter:assist"],
  keyed: true,
  body: z.object({ name: Name, idNumber: IdNumber, phone: Phone.optional(), actFor: Principal.optional() }),
  success: { status: 201, schema: CounterSession },
  refusals: pick(
    "person.invalid-id-number",
    "person.guardian-needed",
    "counter.not-a-clerk",
    "counter.name-differs",
    "mandate.none",
  ),
});

const Evidence = z.object({
  document: z
    .string()
    .trim()
    .min(4)
    .max(100)
    .describe("what was shown, with its number: 准予变更登记通知书 …, 出生医学证明 …"),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe("of the scan that the department keeps"),
});

export const replaceRepresentative = route({
  operation: "replaceRepresentative",
  tag,
  summary:
    "The visitor has shown that they are an organisation's legal representative now: they are its admin, and the one before is no member any longer and is told",
  method: "POST",
  path: "/v1/counter-sessions/{id}/representative",
  scopes: ["counter:assist"],
  pathParams: z.object({ id: Ulid }),
  keyed: true,
  body: z.object({
    uscc: Uscc,
    evidence: Evidence,
  }),
  success: { status: 200, schema: z.object({ uscc: Uscc, version: z.int().positive(), representative: Ulid }) },
  refusals: pick(
    "counter.not-a-clerk",
    "counter.not-found",
    "organisation.not-found",
    "organisation.replaced-since",
    "person.acting-for-another",
  ),
});

export const replaceGuardian = route({
  operation: "replaceGuardian",
  tag,
  summary:
    "The visitor has shown that they are a child's guardian, or a child of 14 or more that whoever acts for it is not: the one before acts for it no longer, and is told",
  method: "POST",
  path: "/v1/counter-sessions/{id}/guardian",
  scopes: ["counter:assist"],
  pathParams: z.object({ id: Ulid }),
  keyed: true,
  body: z.object({
    name: Name.describe("the child's"),
    idNumber: IdNumber.describe("the child's; the visitor's own when the child came itself"),
    evidence: Evidence,
  }),
  success: {
    status: 200,
    schema: z.object({
      person: Ulid.describe("the child's account"),
      version: z.int().positive(),
      guardian: Ulid.optional().describe("who acts for it from now on"),
    }),
  },
  refusals: pick(
    "counter.not-a-clerk",
    "counter.not-found",
    "counter.name-differs",
    "guardian.none",
    "guardian.replaced-since",
    "person.acting-for-another",
  ),
});

export const endCounterSession = route({
  operation: "endCounterSession",
  tag,
  summary: "The visit is over: its tokens are refused from now on",
  method: "POST",
  path: "/v1/counter-sessions/{id}/end",
  scopes: ["counter:assist"],
  pathParams: z.object({ id: Ulid }),
  keyed: true,
  success: { status: 200, schema: CounterSession },
  refusals: pick("counter.not-found"),
});
