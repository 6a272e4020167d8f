import * as z from "zod";
import { route } from "../route.ts";
import { IdNumber, Name, tag, Ulid, Uscc } from "./fields.ts";
import { pick } from "./texts.ts";

const MemberRole = z.enum(["admin", "handler"]);
const Organisation = z
  .object({
    uscc: Uscc,
    version: z.int().positive(),
    name: z.string(),
    kind: z.enum(["enterprise", "public-institution", "social-organisation", "government-organ"]),
    members: z.array(z.object({ person: Ulid, name: z.string(), roles: z.array(MemberRole), since: z.iso.datetime() })),
    checked: z.boolean().describe("false for an early code whose check character is wrong"),
    representativeVerified: z
      .boolean()
      .describe("whether a register has confirmed the legal representative; false until the city connects one"),
    registeredAt: z.iso.datetime(),
  })
  .meta({ id: "Organisation" });
const organisation = {
  status: 200,
  schema: Organisation,
  version: (view: { version: number }) => view.version,
} as const;

export const registerOrganisation = route({
  operation: "registerOrganisation",
  tag,
  summary: "Register a legal person; done by its legal representative, who is its first admin",
  method: "POST",
  path: "/v1/organisations",
  scopes: ["organisations:manage"],
  keyed: true,
  body: z.object({
    uscc: Uscc,
    name: z.string().trim().min(2).max(200),
    kind: Organisation.shape.kind,
    representative: z.object({ name: Name, idNumber: IdNumber }),
  }),
  success: { ...organisation, status: 201 },
  refusals: pick(
    "organisation.invalid-code",
    "organisation.not-representative",
    "organisation.assurance-too-low",
    "organisation.exists",
    "person.acting-for-another",
    "person.not-at-the-counter",
  ),
});

const byUscc = z.object({ uscc: Uscc });

export const readOrganisation = route({
  operation: "readOrganisation",
  tag,
  summary: "An organisation one is a member of",
  method: "GET",
  path: "/v1/organisations/{uscc}",
  scopes: ["organisations:manage"],
  pathParams: byUscc,
  success: organisation,
  refusals: pick("organisation.not-found"),
});

const byMember = byUscc.extend({ person: Ulid });

export const setMember = route({
  operation: "setOrganisationMember",
  tag,
  summary: "Take a member in, or change their roles; by an admin",
  method: "PUT",
  path: "/v1/organisations/{uscc}/members/{person}",
  scopes: ["organisations:manage"],
  pathParams: byMember,
  body: z.object({ roles: z.array(MemberRole).min(1).max(2) }),
  success: organisation,
  refusals: pick("organisation.not-found", "member.unknown-person", "member.last-admin", "member.is-representative"),
});

export const removeMember = route({
  operation: "removeOrganisationMember",
  tag,
  summary: "Let a member go; effective at once, in tokens that are out too",
  method: "DELETE",
  path: "/v1/organisations/{uscc}/members/{person}",
  scopes: ["organisations:manage"],
  pathParams: byMember,
  success: organisation,
  refusals: pick("organisation.not-found", "member.not-found", "member.last-admin", "member.is-representative"),
});
