import * as z from "zod";
import { route } from "../route.ts";
import { IdNumber, Name, NewConsent, Password, Phone, Proof, Source, tag, Ulid } from "./fields.ts";
import { pick } from "./texts.ts";

export const startPhoneChallenge = route({
  operation: "startPhoneChallenge",
  tag,
  summary: "Send a one-time code (验证码); the answer is the same whoever has that phone, or nobody",
  method: "POST",
  path: "/v1/phone-challenges",
  scopes: ["persons:register"],
  keyed: true,
  body: z.object({ phone: Phone, purpose: z.enum(["register", "change-phone", "close-account"]), source: Source }),
  success: {
    status: 201,
    schema: z
      .object({ challenge: Ulid, expiresAt: z.iso.datetime(), resendAfterSeconds: z.int() })
      .meta({ id: "PhoneChallenge" }),
  },
  refusals: pick("challenge.phone-invalid", "challenge.not-sent", "identity.too-many-attempts"),
});

export const registerPerson = route({
  operation: "registerPerson",
  tag,
  summary: "Register a natural person; the answer is the same when the ID number has an account already",
  method: "POST",
  path: "/v1/persons",
  scopes: ["persons:register"],
  keyed: true,
  body: z.object({
    name: Name,
    idNumber: IdNumber,
    phone: Phone,
    password: Password,
    ...Proof,
    consents: z.array(NewConsent).max(10),
    source: Source,
  }),
  success: { status: 201, schema: z.object({ next: z.literal("sign-in") }) },
  refusals: pick(
    "person.invalid-id-number",
    "person.guardian-needed",
    "person.consent-missing",
    "person.password-weak",
    "challenge.wrong-code",
    "identity.too-many-attempts",
  ),
});

export const verifyPerson = route({
  operation: "verifyPerson",
  tag,
  summary: "Whether an account is that of a name and an ID number; every question is recorded with its purpose",
  method: "POST",
  path: "/v1/persons/{id}/verifications",
  scopes: ["identity:verify"],
  pathParams: z.object({ id: Ulid }),
  keyed: true,
  body: z.object({ name: Name, idNumber: IdNumber, purpose: z.enum(["acceptance", "decision", "delivery"]) }),
  success: { status: 200, schema: z.object({ matches: z.boolean(), assurance: z.int().min(0).max(3).optional() }) },
  refusals: {},
});

export const readContact = route({
  operation: "readContact",
  tag,
  summary: "Where a person can be reached, for one message; the person sees it in their access log",
  method: "POST",
  path: "/v1/persons/{id}/contact",
  scopes: ["persons:contact"],
  pathParams: z.object({ id: Ulid }),
  keyed: true,
  body: z.object({
    purpose: z
      .enum(["progress-message", "statutory-notice"])
      .describe(
        "a statutory notice is sent whether it is wanted or not; other messages are not when consent was withdrawn",
      ),
    reference: z.string().min(1).max(64).optional().describe("the case or the message; shown to the person"),
  }),
  success: {
    status: 200,
    schema: z
      .object({
        phone: z.string().optional().describe("none when they have none, or do not want such messages"),
        of: z.enum(["person", "guardian"]).describe("a child is told through its guardian"),
        notices: z
          .enum(["agreed", "withdrawn", "not-asked"])
          .describe("their consent to being told of what is not about a case of theirs"),
      })
      .meta({ id: "PersonContact" }),
  },
  refusals: pick("person.closed"),
});
