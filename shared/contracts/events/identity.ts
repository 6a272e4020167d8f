import * as z from "zod";
import { cloudEvent } from "./envelope.ts";

export const StaffRole = z.enum(["clerk", "officer", "approver", "supervisor", "catalogue-manager", "operator"]);
export type StaffRole = z.infer<typeof StaffRole>;

const Appointment = z.object({
  staff: z.string().describe("staff number; the same account name in the government chat"),
  department: z.string(),
  division: z.string(),
});
const exampleAppointment = { staff: "sd-zr-0102", department: "11440606MB2D26310W", division: "440606" };

export const StaffAppointedV1 = cloudEvent({
  type: "gov.yimen.identity.staff-appointed.v1",
  summary: "A member of staff holds these roles from now on; it replaces what was known of them.",
  data: Appointment.extend({ roles: z.array(StaffRole) }),
  example: { ...exampleAppointment, roles: ["clerk", "officer"] },
});

export const StaffDismissedV1 = cloudEvent({
  type: "gov.yimen.identity.staff-dismissed.v1",
  summary: "A member of staff has left: their tokens are refused from now on.",
  data: Appointment,
  example: exampleAppointment,
});

export const StaffPasswordSetV1 = cloudEvent({
  type: "gov.yimen.identity.staff-password-set.v1",
  summary:
    "A member of staff has set their password: whoever was signed in under their number until now is signed out everywhere.",
  data: Appointment,
  example: exampleAppointment,
});

const Person = z.string().describe("the person's id");
const Principal = z.object({
  kind: z.enum(["natural", "legal"]),
  id: z.string().describe("a person's id, or a unified social credit code"),
});

export const PersonRegisteredV1 = cloudEvent({
  type: "gov.yimen.identity.person-registered.v1",
  summary: "A person has an account from now on.",
  data: z.object({
    person: Person,
    assurance: z.int().min(0).max(3),
    guardian: Person.optional().describe("who acts for a child under 14"),
  }),
  example: { person: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D", assurance: 1 },
});

export const SessionsVoidedV1 = cloudEvent({
  type: "gov.yimen.identity.sessions-voided.v1",
  summary: "Whoever was signed in to this account until now is signed out, everywhere or but for one browser.",
  data: z.object({
    person: Person,
    reason: z
      .enum(["taken-over", "password-reset", "password-changed", "closed"])
      .describe("taken over: an account that was only self-declared is its owner's from now on"),
    except: z.string().optional().describe("the browser's session in which the password was changed; it stays"),
  }),
  example: { person: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D", reason: "taken-over" },
});

export const OrganisationRegisteredV1 = cloudEvent({
  type: "gov.yimen.identity.organisation-registered.v1",
  summary: "An organisation has an account from now on.",
  data: z.object({
    organisation: z.string().describe("unified social credit code"),
    kind: z.enum(["enterprise", "public-institution", "social-organisation", "government-organ"]),
  }),
  example: { organisation: "91440300708461136T", kind: "enterprise" },
});

export const RepresentativeReplacedV1 = cloudEvent({
  type: "gov.yimen.identity.representative-replaced.v1",
  summary:
    "An organisation has another legal representative from now on, who showed it at a counter; the one before is no member.",
  data: z.object({
    organisation: z.string().describe("unified social credit code"),
    visit: z.string().describe("the visit to the counter at which it was shown"),
    servedBy: z.string().describe("the department of the clerk who saw it"),
  }),
  example: {
    organisation: "91440300708461136T",
    visit: "01KB0M6A4B5C6D7E8F9G0H1J2M",
    servedBy: "11440606MB2D26310W",
  },
});

export const GuardianReplacedV1 = cloudEvent({
  type: "gov.yimen.identity.guardian-replaced.v1",
  summary:
    "A counter was shown who is the guardian of a child, or that whoever acted for it is not: that one acts for it no longer.",
  data: z.object({
    person: Person.describe("the child's id"),
    guardian: Person.optional().describe("who acts for it from now on; none when it came itself"),
    visit: z.string().describe("the visit to the counter at which it was shown"),
    servedBy: z.string().describe("the department of the clerk who saw it"),
  }),
  example: {
    person: "01KB0M5Q2W8ZC3T7N4XJ6VHR9E",
    guardian: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D",
    visit: "01KB0M6A4B5C6D7E8F9G0H1J2M",
    servedBy: "11440606MB2D26310W",
  },
});

const Mandate = z.object({ mandate: z.string().describe("the mandate's id"), principal: Principal, agent: Person });
const exampleMandate = {
  mandate: "01KB0M6A4B5C6D7E8F9G0H1J2K",
  principal: { kind: "legal", id: "91440300708461136T" },
  agent: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D",
} as const;

export const MandateGrantedV1 = cloudEvent({
  type: "gov.yimen.identity.mandate-granted.v1",
  summary: "A person may act for the principal from now on, until the mandate ends or is revoked.",
  data: Mandate.extend({ validUntil: z.iso.datetime() }),
  example: { ...exampleMandate, validUntil: "2027-11-22T16:00:00.000Z" },
});

export const MandateRevokedV1 = cloudEvent({
  type: "gov.yimen.identity.mandate-revoked.v1",
  summary: "The mandate is revoked: what its agent does from now on, they do not do for the principal.",
  data: Mandate,
  example: exampleMandate,
});
