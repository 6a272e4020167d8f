import * as z from "zod";
import { Principal } from "../caller.ts";
import { PageQuery, pageOf, route } from "../route.ts";
import {
  AccessedThing,
  ConsentPurpose,
  IdNumber,
  Name,
  NewConsent,
  Password,
  Phone,
  Proof,
  tag,
  Ulid,
} from "./fields.ts";
import { pick } from "./texts.ts";

export const registerWard = route({
  operation: "registerWard",
  tag,
  summary: "A guardian registers a child under 14, and acts for it",
  method: "POST",
  path: "/v1/me/wards",
  scopes: ["persons:manage"],
  keyed: true,
  body: z.object({ name: Name, idNumber: IdNumber, consents: z.array(NewConsent).max(10) }),
  success: { status: 201, schema: z.object({ next: z.literal("act-for-ward") }) },
  refusals: pick(
    "person.invalid-id-number",
    "person.not-a-child",
    "person.assurance-too-low",
    "person.consent-missing",
    "person.acting-for-another",
    "person.not-at-the-counter",
    "identity.too-many-attempts",
  ),
});

const Consent = NewConsent.extend({
  at: z.iso.datetime(),
  channel: z.string().optional(),
  withdrawnAt: z.iso.datetime().optional(),
}).meta({ id: "Consent" });

const OwnAccount = z
  .object({
    id: Ulid,
    version: z.int().positive(),
    name: z.string().describe("one character is kept"),
    idNumber: z.string().describe("first and last character are kept"),
    phone: z.string().optional().describe("first 3 and last 4 digits are kept"),
    assurance: z.object({
      level: z.int().min(0).max(3),
      method: z.string(),
      at: z.iso.datetime(),
      by: z.string().optional(),
    }),
    hasPassword: z.boolean(),
    consents: z.array(Consent),
    upstreams: z.array(z.string()),
    registeredAt: z.iso.datetime(),
  })
  .meta({ id: "OwnAccount" });

export const readMe = route({
  operation: "readMe",
  tag,
  summary: "One's own account, masked; a guardian reads the ward's",
  method: "GET",
  path: "/v1/me",
  scopes: ["persons:self"],
  success: { status: 200, schema: OwnAccount, version: (view) => view.version },
  refusals: pick("person.closed", "person.acting-for-another"),
});

export const listPrincipals = route({
  operation: "listPrincipals",
  tag,
  summary: "For whom one may act now; oneself first",
  method: "GET",
  path: "/v1/me/principals",
  scopes: ["persons:self"],
  success: {
    status: 200,
    schema: z.object({
      items: z.array(
        z.object({
          principal: Principal,
          ground: z.enum(["mandate", "member", "guardian"]).optional(),
          name: z.string(),
          scope: z.union([z.literal("all"), z.array(z.string())]),
          validUntil: z.iso.datetime().optional(),
        }),
      ),
    }),
  },
  refusals: {},
});

export const changePhone = route({
  operation: "changePhone",
  tag,
  summary:
    "Change one's phone, the new one proven by a code, and oneself by the password or a code to the present phone",
  method: "POST",
  path: "/v1/me/phone",
  scopes: ["persons:manage"],
  keyed: true,
  body: z.object({
    phone: Phone,
    ...Proof,
    current: Password.optional().describe("one's password; needed where the account has one"),
    present: z
      .object(Proof)
      .optional()
      .describe("a code for change-phone sent to the phone of the account; needed where it has one and no password"),
  }),
  success: { status: 200, schema: z.object({ version: z.int() }) },
  refusals: pick(
    "challenge.wrong-code",
    "person.password-wrong",
    "person.present-phone-wrong",
    "person.closed",
    "person.acting-for-another",
    "person.not-at-the-counter",
    "identity.too-many-attempts",
  ),
});

export const changePassword = route({
  operation: "changePassword",
  tag,
  summary:
    "Change one's password; whoever was signed in until then is so no longer, whose token this came with too: a repeat with it is answered 401, and the new password tells whether the first was done",
  method: "POST",
  path: "/v1/me/password",
  scopes: ["persons:manage"],
  keyed: true,
  body: z.object({ current: Password, wanted: Password }),
  success: { status: 200, schema: z.object({ version: z.int() }) },
  refusals: pick(
    "person.password-wrong",
    "person.password-weak",
    "person.acting-for-another",
    "person.not-at-the-counter",
    "identity.too-many-attempts",
  ),
});

export const giveConsent = route({
  operation: "giveConsent",
  tag,
  summary: "Agree to a purpose",
  method: "POST",
  path: "/v1/me/consents",
  scopes: ["persons:manage"],
  keyed: true,
  body: NewConsent,
  success: { status: 200, schema: z.object({ items: z.array(Consent) }) },
  refusals: pick("person.closed", "person.acting-for-another", "person.not-at-the-counter"),
});

export const withdrawConsent = route({
  operation: "withdrawConsent",
  tag,
  summary: "Withdraw a consent; what was lawful until then stays so",
  method: "DELETE",
  path: "/v1/me/consents/{purpose}",
  scopes: ["persons:manage"],
  pathParams: z.object({ purpose: ConsentPurpose }),
  success: { status: 200, schema: z.object({ items: z.array(Consent) }) },
  refusals: pick(
    "consent.not-given",
    "consent.needed",
    "person.closed",
    "person.acting-for-another",
    "person.not-at-the-counter",
  ),
});

export const listAccesses = route({
  operation: "listAccesses",
  tag,
  summary: "Who looked at one's data, when and why, newest first",
  method: "GET",
  path: "/v1/me/accesses",
  scopes: ["persons:self"],
  query: PageQuery,
  success: {
    status: 200,
    schema: pageOf(
      z
        .object({
          id: z.string(),
          at: z.iso.datetime(),
          by: z.object({ client: z.string(), staff: z.string().optional() }),
          department: z.string().optional(),
          purpose: z.string(),
          what: AccessedThing,
          reference: z.string().optional(),
        })
        .meta({ id: "AccessEntry" }),
    ),
  },
  refusals: pick("person.acting-for-another", "person.not-at-the-counter"),
});

export const exportMe = route({
  operation: "exportMe",
  tag,
  summary: "Everything that is held of oneself, unmasked",
  method: "POST",
  path: "/v1/me/export",
  scopes: ["persons:manage"],
  keyed: true,
  success: { status: 200, schema: z.record(z.string(), z.unknown()) },
  refusals: pick("person.closed", "person.acting-for-another", "person.not-at-the-counter"),
});

export const closeMe = route({
  operation: "closeMe",
  tag,
  summary: "Close one's account; what law requires stays under a pseudonym",
  method: "POST",
  path: "/v1/me/close",
  scopes: ["persons:manage"],
  keyed: true,
  body: z.union([z.object({ password: Password }), z.object(Proof)]),
  success: { status: 200, schema: z.object({ closedAt: z.iso.datetime() }) },
  refusals: pick(
    "person.closed",
    "person.open-cases",
    "person.organisation-admin",
    "person.password-wrong",
    "challenge.wrong-code",
    "person.acting-for-another",
    "person.not-at-the-counter",
    "identity.too-many-attempts",
  ),
});
