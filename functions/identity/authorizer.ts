import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import * as z from "zod";
import { Channel, Principal, type Verdict } from "#shared/contracts/http/caller.ts";
import { personScopes, type Scope, staffScopes } from "#shared/contracts/http/scopes.ts";
import { type Clock, systemClock } from "#shared/kernel/clock.ts";
import {
  type Applicant,
  type Applicants,
  isFromBefore,
  type LiveGrounds,
  type Standing,
} from "./domain/live-grounds.ts";
import { API_AUDIENCE } from "./issuer/audience.ts";

const StaffRole = z.enum(["clerk", "officer", "approver", "supervisor", "catalogue-manager", "operator"]);

const Claims = z.object({
  client_id: z.string(),
  sub: z.string().optional(),
  scope: z.string().default(""),
  channel: Channel.optional(),
  department: z.string().optional(),
  division: z.string().optional(),
  act_for: Principal.optional(),
  ground: z
    .string()
    .regex(/^(member|guardian|mandate:[0-9A-Z]{26})$/)
    .optional(),
  acr: z.enum(["0", "1", "2", "3"]).optional(),
  staff: z.string().optional(),
  roles: z.string().optional(),
  helper: z.string().optional(),
  counter: z.string().optional(),
  iat: z.number().default(0),
  /** Of the sign-in that the token goes back to, however often it was refreshed; a visit's token has none. */
  auth_time: z.number().optional(),
});
type Claims = z.infer<typeof Claims>;

const faultsOfTheToken = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

interface AuthorizerParts {
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
  /** Where accounts and grounds are looked up. */
  readonly live: LiveGrounds;
  /** Who principals are. */
  readonly applicants: Applicants;
  readonly now?: Clock;
}

const INVALID = { refusal: "request.token-invalid" } as const satisfies Verdict;

/**
 * Says who is calling. It lets everyone pass and reports: the endpoint answers with problem details, which the gateway's own
 * refusal could not be. What a token rests on and may be taken away - the account itself, a mandate, a membership, a guardianship,
 * an appointment, a visit to the counter - is looked up at every request, and so is whom a person brings applications for. Throws
 * when the token could not be looked at, as when the issuer's keys or the table are out of reach.
 */
export const authorizer =
  (parts: AuthorizerParts) =>
  async ({ headers }: Pick<APIGatewayRequestAuthorizerEventV2, "headers">) => ({
    isAuthorized: true,
    context: await verdictOn(headers?.authorization, parts),
  });

const verdictOn = async (header: string | undefined, parts: AuthorizerParts): Promise<Verdict> => {
  const token = /^Bearer +(.*)$/i.exec(header ?? "")?.[1];
  if (token === undefined) return { refusal: "request.token-missing" };
  try {
    const { payload } = await jwtVerify(token, parts.keys, {
      issuer: parts.issuer,
      audience: API_AUDIENCE,
      algorithms: ["ES256"],
      typ: "at+jwt",
      requiredClaims: ["exp", "client_id"],
    });
    const claims = Claims.safeParse(payload);
    return claims.success ? await callerOf(claims.data, parts) : INVALID;
  } catch (error) {
    if (faultsOfTheToken.some((fault) => error instanceof fault)) return INVALID;
    throw error;
  }
};

const callerOf = (claims: Claims, parts: AuthorizerParts): Promise<Verdict> | Verdict => {
  if (claims.staff !== undefined) return staffCaller(claims, claims.staff, parts);
  if (claims.act_for || claims.ground || claims.helper || claims.counter) return personCaller(claims, parts);
  const { client_id: client, scope, channel, department, division } = claims;
  return {
    client,
    scopes: scope,
    ...(channel && { channel }),
    ...(department && { department }),
    ...(division && { division }),
  };
};

const only = (scope: string, allowed: readonly string[]): string =>
  scope
    .split(" ")
    .filter((name) => allowed.includes(name))
    .join(" ");

const namesTheApplicant: readonly string[] = ["applications:submit", "applications:read"] satisfies Scope[];

const handedOn = ({ isVerified: _verified, notBefore: _before, ...applicant }: Applicant) => applicant;

const without = (taken: readonly string[], scopes: string): string =>
  scopes
    .split(" ")
    .filter((name) => !taken.includes(name))
    .join(" ");

/** Who acts, for whom, by what right, and in which visit to a counter; none when the claims contradict each other. */
const actingIn = ({ sub: person, act_for: actFor, ground, helper, counter }: Claims) => {
  if (!person || !actFor) return undefined;
  const forThemselves = actFor.kind === "natural" && actFor.id === person;
  if (forThemselves === (ground !== undefined)) return undefined;
  if ((helper === undefined) !== (counter === undefined)) return undefined;
  return {
    person,
    actFor,
    ground,
    visit: helper === undefined || counter === undefined ? undefined : { helper, counter },
  };
};

const personCaller = async (
  claims: Claims,
  { live, applicants, now = systemClock }: AuthorizerParts,
): Promise<Verdict> => {
  const acting = actingIn(claims);
  if (!acting) return INVALID;
  const { person, actFor, ground, visit } = acting;
  const scopes = only(claims.scope, personScopes);
  const isAboutApplications = scopes.split(" ").some((scope) => namesTheApplicant.includes(scope));
  const at = now();
  const everything: Standing = {};
  const isTheApplicant = ground === undefined && isAboutApplications;
  const [standing, isServed, account, other] = await Promise.all([
    ground === undefined ? everything : live.standing(ground, { person, principal: actFor }, at),
    !visit || live.isVisitOpen(visit.counter, { person, staff: visit.helper, issuedAt: claims.iat }, at),
    isAboutApplications ? applicants.find(actFor) : undefined,
    // One row tells both whom the applications are for and whether the sign-in still counts.
    isTheApplicant ? undefined : live.account(person),
  ]);
  if (!standing || !isServed || (isAboutApplications && !account)) return INVALID;
  const own = isTheApplicant ? account : other;
  const signedInAt = claims.auth_time ?? claims.iat;
  if (!own || isFromBefore(signedInAt, own.notBefore)) return INVALID;
  // Anyone can register with a stranger's number: until it is verified, it opens no applications. A child is its guardian's word.
  const isKnown = account?.isVerified || ground !== undefined;
  return {
    client: claims.client_id,
    scopes: isAboutApplications && !isKnown ? without(namesTheApplicant, scopes) : scopes,
    ...(claims.channel && { channel: claims.channel }),
    person,
    actFor,
    ...(ground && { ground }),
    signedInAt,
    ...(standing.items && { items: [...standing.items] }),
    ...(account && isKnown && { applicant: handedOn(account) }),
    acr: claims.acr ?? "0",
    ...visit,
  };
};

const staffCaller = async (claims: Claims, staff: string, { live }: AuthorizerParts): Promise<Verdict> => {
  // One token is one party's: staff who are served at a counter sign in as persons.
  if (claims.act_for || claims.ground || claims.helper || claims.counter) return INVALID;
  const serving = await live.rolesOf(staff);
  const claimed = (claims.roles ?? "").split(" ").filter(Boolean);
  if (serving.department !== claims.department || serving.division !== claims.division) return INVALID;
  if (isFromBefore(claims.auth_time ?? claims.iat, serving.notBefore)) return INVALID;
  const roles = StaffRole.options.filter((role) => claimed.includes(role) && serving.roles.includes(role));
  if (roles.length === 0) return INVALID;
  const allowed = Object.entries(staffScopes).flatMap(([scope, able]) =>
    able.some((role) => roles.includes(role)) ? [scope] : [],
  );
  return {
    client: claims.client_id,
    scopes: only(claims.scope, allowed),
    ...(claims.channel && { channel: claims.channel }),
    ...(claims.department && { department: claims.department }),
    ...(claims.division && { division: claims.division }),
    staff,
    ...(serving.person && { staffPerson: serving.person }),
    roles,
    acr: claims.acr ?? "0",
  };
};
