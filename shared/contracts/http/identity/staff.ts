import * as z from "zod";
import { StaffRole } from "../../events/identity.ts";
import { DivisionCode } from "../catalogue/item.ts";
import { PageQuery, pageOf, route } from "../route.ts";
import { Name, Phone, tag, Ulid } from "./fields.ts";
import { pick } from "./texts.ts";

const StaffNumber = z.string().regex(/^[\w.@-]{1,64}$/);

const StaffMember = z
  .object({
    staff: StaffNumber.describe("staff number; the same account name in the government chat"),
    version: z.int().positive(),
    name: z.string(),
    phone: z.string().optional().describe("masked; where the second step of a sign-in is sent"),
    person: Ulid.optional().describe("their own account as a person"),
    department: z.string(),
    division: DivisionCode,
    roles: z.array(StaffRole).describe("none for someone who has left"),
  })
  .meta({ id: "StaffMember" });
const member = { status: 200, schema: StaffMember, version: (view: { version: number }) => view.version } as const;
const byNumber = z.object({ staff: StaffNumber });

export const listStaff = route({
  operation: "listStaff",
  tag,
  summary: "The staff of one's department and division, by number; who has left is not among them",
  method: "GET",
  path: "/v1/staff",
  scopes: ["staff:manage"],
  query: PageQuery,
  success: { status: 200, schema: pageOf(StaffMember) },
  refusals: {},
});

export const readStaff = route({
  operation: "readStaff",
  tag,
  summary: "A member of one's department's staff",
  method: "GET",
  path: "/v1/staff/{staff}",
  scopes: ["staff:manage"],
  pathParams: byNumber,
  success: member,
  refusals: pick("staff.not-found"),
});

export const appointStaff = route({
  operation: "appointStaff",
  tag,
  summary: "Appoint someone to one's department, or change their appointment; in live tokens at once",
  method: "PUT",
  path: "/v1/staff/{staff}",
  scopes: ["staff:manage"],
  pathParams: byNumber,
  body: z.object({
    name: Name,
    division: DivisionCode,
    roles: z.array(StaffRole).min(1).max(6).describe("to take all away, dismiss"),
    phone: Phone.optional().describe(
      "needed by who does not serve yet: they set their password by a code sent to it; left out, it stays as it is",
    ),
    person: Ulid.optional().describe(
      "their own account as a person: whose token it is decides no case of that person; left out, it stays as it is",
    ),
  }),
  success: member,
  refusals: pick(
    "staff.oneself",
    "staff.elsewhere",
    "staff.division-not-yours",
    "staff.person-unknown",
    "staff.phone-needed",
    "challenge.phone-invalid",
  ),
});

export const dismissStaff = route({
  operation: "dismissStaff",
  tag,
  summary: "Someone has left: their tokens are refused from now on, and their password and phone are deleted",
  method: "POST",
  path: "/v1/staff/{staff}/dismiss",
  scopes: ["staff:manage"],
  pathParams: byNumber,
  keyed: true,
  success: member,
  refusals: pick("staff.oneself", "staff.not-found"),
});
