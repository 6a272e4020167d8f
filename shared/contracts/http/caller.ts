import * as z from "zod";
import { isWithin } from "#shared/kernel/divisions.ts";
import { StaffRole } from "../events/identity.ts";

/** Where an application came in (渠道). */
export const Channel = z.enum(["portal", "mobile", "terminal", "window", "hotline", "partner"]);
export type Channel = z.infer<typeof Channel>;

/** For whom someone acts: a natural person by id, a legal person by unified social credit code. */
export const Principal = z
  .object({ kind: z.enum(["natural", "legal"]), id: z.string().min(1).max(64) })
  .meta({ id: "Principal" });
export type Principal = z.infer<typeof Principal>;

/** The applicant a person's token stands for, as identity vouches for it. Personal data: never logged, never passed on. */
const KnownApplicant = z.object({
  kind: z.enum(["natural", "legal"]),
  name: z.string(),
  idNumber: z.string(),
  phone: z.string().optional(),
});
export type KnownApplicant = z.infer<typeof KnownApplicant>;

/** Who is calling, as the authorizer read it from a token of our own issuer. */
export const Caller = z.object({
  client: z.string(),
  scopes: z.string().transform((value) => value.split(" ").filter(Boolean)),
  /** Set for clients that bring applications. */
  channel: Channel.optional(),
  /** Set for departments and staff: the unified social credit code, and the division they serve. */
  department: z.string().optional(),
  division: z.string().optional(),
  /** Set when a person acts: who, for whom (themselves, usually), and by what right: "mandate:<id>", "member", "guardian". */
  person: z.string().optional(),
  actFor: Principal.optional(),
  ground: z.string().optional(),
  /**
   * When they signed in, in seconds since 1970, however often the token was refreshed. An account that was taken from somebody
   * since then is not theirs to act on, though the authorizer has let them pass.
   */
  signedInAt: z.number().optional(),
  /**
   * Set when the ground is a mandate for some items only: their codes. The person may do nothing for the principal that has to
   * do with another item. Absent: no such limit.
   */
  items: z.array(z.string()).optional(),
  /**
   * Whom `actFor` names, as the account says at this very request; set for a person's token that may submit or read
   * applications. An organisation has no phone, nor has a child. Personal data: compare it, keep it sealed, never log it.
   */
  applicant: KnownApplicant.optional(),
  /** How sure it is that they are who they say: "0" to "3". */
  acr: z.enum(["0", "1", "2", "3"]).optional(),
  /** Set when a member of staff acts. */
  staff: z.string().optional(),
  roles: z.array(StaffRole).optional(),
  /** The account they have as a person, as their appointment says at this very request: they decide nothing of their own. */
  staffPerson: z.string().optional(),
  /** Set while a clerk helps a person at the counter: the clerk's staff number, and the visit. */
  helper: z.string().optional(),
  counter: z.string().optional(),
});
export type Caller = z.infer<typeof Caller>;

/** A department, and whoever serves it, acts on what is its own house's, in the divisions it serves. */
export const isOfDepartment = (
  { department, division }: Caller,
  concerned: { readonly department: string; readonly division: string },
): boolean =>
  department !== undefined &&
  division !== undefined &&
  concerned.department === department &&
  isWithin(concerned.division, division);

/** What the authorizer tells the endpoint: the caller, or why there is none. The endpoint answers, not the gateway. */
export const Verdict = z.union([
  Caller,
  z.object({ refusal: z.enum(["request.token-missing", "request.token-invalid"]) }),
]);
export type Verdict = z.input<typeof Verdict>;
