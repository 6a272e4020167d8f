import { randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import type { Refusal } from "#shared/kernel/decision.ts";
import type { Accounts, Origin, SignedIn } from "../accounts/accounts.ts";
import { returnPath } from "./return-path.ts";
import type { CookieKind, SealedCookies } from "./sealed-cookies.ts";
import type { SpentMarks } from "./spent-marks.ts";
import type {
  Arrival,
  CallbackVisit,
  Came,
  OutsideSignIn,
  StaffRefusal,
  Turned,
  Upstream,
  UpstreamIdentity,
  UpstreamRefusal,
} from "./upstreams.ts";
import type { StaffChat } from "./wecom-staff.ts";

export interface OutsideSignInParts {
  readonly upstreams: readonly Upstream[];
  /** None when the city's staff do not sign in with the chat. */
  readonly staffChat?: StaffChat | undefined;
  readonly accounts: Pick<Accounts, "linkUpstream" | "staffClaims">;
  readonly cookies: SealedCookies;
  readonly spent: SpentMarks;
  /** Where browsers see us, without a trailing slash. */
  readonly publicUrl: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** An upstream that has not verified whose ID number it is would open anybody's account to whoever typed that number there. */
const ASSURANCE_AT_LEAST = 2;

const UPSTREAM_COOKIE: CookieKind = { name: "yimen-upstream", seconds: 600 };
const STAFF_COOKIE: CookieKind = { name: "yimen-staff-sign-in", seconds: 600 };
const ARRIVAL_COOKIE: CookieKind = { name: "yimen-arrival", seconds: 120 };

export const upstreamPath = (name: string): string => `/account/upstreams/${name}`;
export const STAFF_PATH = "/account/staff/wecom";

const sealedOnce = { jti: z.string(), exp: z.int() };
const Departure = z.object({
  ...sealedOnce,
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** An upstream's name; none for the staff's chat. */
  upstream: z.string().optional(),
  person: z.string().optional(),
  returnTo: z.string(),
});
type Departure = z.infer<typeof Departure>;

const Arrived = z.object({
  ...sealedOnce,
  path: z.string(),
  who: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("person"),
      person: z.string(),
      acr: z.enum(["0", "1", "2", "3"]),
      amr: z.array(z.string()),
      upstream: z.string(),
      at: z.int(),
    }),
    z.object({
      kind: z.literal("staff"),
      staff: z.string(),
      acr: z.literal("2"),
      amr: z.array(z.string()),
      at: z.int(),
    }),
  ]),
});

const random = (): string => randomBytes(32).toString("base64url");

/** Why nobody is linked, as these pages tell it. */
const refusalOf = {
  "person.invalid-id-number": "upstream.id-number-invalid",
  "person.guardian-needed": "upstream.guardian-needed",
  "upstream.assurance-too-low": "upstream.assurance-too-low",
  "upstream.another-person": "upstream.another-person",
  "upstream.name-differs": "upstream.name-differs",
  "identity.too-many-attempts": "identity.too-many-attempts",
} as const satisfies Record<string, UpstreamRefusal>;

/** Signing in through upstreams and the staff's chat; see OutsideSignIn. */
export const outsideSignIn = (parts: OutsideSignInParts): OutsideSignIn => {
  const { upstreams, staffChat, accounts, cookies, spent, publicUrl, now } = parts;
  const second = () => Math.floor(now() / 1000);
  const upstreamOf = (name: string) => upstreams.find((known) => known.name === name);

  const depart = (kind: CookieKind, path: string, departure: Omit<Departure, "jti" | "exp">): Promise<string> =>
    cookies.seal(kind, path, { ...departure, jti: random() });

  /** The departure this browser comes back from, spent by this very call; none when it is not the one that set out, or came before. */
  const departureOf = async (
    kind: CookieKind,
    visit: CallbackVisit,
    states: readonly string[],
    upstream?: string,
  ): Promise<Departure | undefined> => {
    const parsed = Departure.safeParse(await cookies.open(kind, visit.cookies));
    const [state] = states;
    if (!parsed.success || states.length !== 1 || state === undefined) return undefined;
    const departure = parsed.data;
    if (departure.upstream !== upstream || !isSame(departure.state, state)) return undefined;
    return (await spent.spend(departure.jti, departure.exp)) ? departure : undefined;
  };

  /** On to the page that was wanted, with a proof of who came that only this page can read, once. */
  const arriveAt = async (returnTo: string, who: Arrival, cleared: string): Promise<Came<never>> => {
    const path = new URL(returnTo, publicUrl).pathname;
    const arrival = await cookies.seal(ARRIVAL_COOKIE, path, { jti: random(), path, who });
    return { ok: true, location: returnTo, cookies: [cleared, arrival] };
  };

  const signedInBy = async (
    identity: UpstreamIdentity,
    signedIn: string | undefined,
    origin: Origin,
  ): Promise<{ ok: true; value: SignedIn } | { ok: false; refusal: Refusal<UpstreamRefusal> }> => {
    if (identity.assurance < ASSURANCE_AT_LEAST) return { ok: false, refusal: { code: "upstream.assurance-too-low" } };
    const { upstream, name, idNumber, assurance } = identity;
    const linked = await accounts.linkUpstream({ upstream, name, idNumber, assurance, signedIn }, origin);
    if (linked.ok) return linked;
    return { ok: false, refusal: { code: refusalOf[linked.refusal.code] } };
  };

  return {
    upstreams: upstreams.map(({ name, label }) => ({ name, label })),
    staffSignIn: staffChat !== undefined,

    async startUpstream({ upstream: name, returnTo, person }) {
      const upstream = upstreamOf(name);
      if (!upstream) return turned({ code: "upstream.unknown" }, []);
      const ticket = { state: random(), nonce: random(), verifier: random() };
      const start = await upstream.start(ticket);
      if (!start.ok) return turned(start.refusal, [], returnPath(returnTo));
      const departure = { ...ticket, upstream: name, returnTo: returnPath(returnTo), ...(person && { person }) };
      return {
        ok: true,
        location: start.value.href,
        cookies: [await depart(UPSTREAM_COOKIE, upstreamPath(name), departure)],
      };
    },

    async finishUpstream(visit) {
      const upstream = upstreamOf(visit.upstream);
      if (!upstream) return turned({ code: "upstream.unknown" }, []);
      const cleared = cookies.clear(UPSTREAM_COOKIE, upstreamPath(upstream.name));
      const callback = new URL(`${publicUrl}${upstreamPath(upstream.name)}/callback?${visit.rawQueryString}`);
      const departure = await departureOf(
        UPSTREAM_COOKIE,
        visit,
        callback.searchParams.getAll(upstream.stateParameter),
        upstream.name,
      );
      if (!departure) return turned({ code: "upstream.state-invalid" }, [cleared]);

      const { returnTo } = departure;
      const identity = await upstream.finish(callback, departure);
      if (!identity.ok) return turned(identity.refusal, [cleared], returnTo);
      const signedIn = await signedInBy(identity.value, departure.person, visit.origin);
      if (!signedIn.ok) return turned(signedIn.refusal, [cleared], returnTo);
      const { value } = signedIn;
      // From after it: linking may itself have voided all that was signed in until then.
      const at = second();
      const acr = String(value.assurance.level) as "0" | "1" | "2" | "3";
      const { person, amr } = value;
      return arriveAt(returnTo, { kind: "person", person, acr, amr, upstream: upstream.name, at }, cleared);
    },

    async startStaffSignIn({ returnTo }) {
      if (!staffChat) return turned({ code: "staff-sign-in.unavailable" }, []);
      const ticket = { state: random(), nonce: random(), verifier: random() };
      const cookie = await depart(STAFF_COOKIE, STAFF_PATH, { ...ticket, returnTo: returnPath(returnTo) });
      return { ok: true, location: staffChat.start(ticket.state).href, cookies: [cookie] };
    },

    async finishStaffSignIn(visit) {
      if (!staffChat) return turned({ code: "staff-sign-in.unavailable" }, []);
      const cleared = cookies.clear(STAFF_COOKIE, STAFF_PATH);
      const query = new URLSearchParams(visit.rawQueryString);
      const departure = await departureOf(STAFF_COOKIE, visit, query.getAll("state"));
      if (!departure) return turned({ code: "staff-sign-in.state-invalid" }, [cleared]);

      const { returnTo } = departure;
      const code = query.get("code");
      if (!code) return turned({ code: "staff-sign-in.declined" }, [cleared], returnTo);
      const member = await staffChat.member(code);
      if (!member.ok) return turned(member.refusal, [cleared], returnTo);
      const at = second();
      const claims = await accounts.staffClaims(member.value);
      if (!claims) return turned({ code: "staff-sign-in.not-staff" }, [cleared], returnTo);
      return arriveAt(returnTo, { kind: "staff", staff: claims.staff, acr: "2", amr: ["fed"], at }, cleared);
    },

    async arrival({ rawPath, cookies: sent }) {
      const parsed = Arrived.safeParse(await cookies.open(ARRIVAL_COOKIE, sent));
      if (!parsed.success || parsed.data.path !== rawPath) return undefined;
      const { jti, exp, who } = parsed.data;
      if (!(await spent.spend(jti, exp))) return undefined;
      return { who, cookies: [cookies.clear(ARRIVAL_COOKIE, rawPath)] };
    },
  };
};

const turned = <E extends UpstreamRefusal | StaffRefusal>(
  refusal: Refusal<E>,
  cookies: readonly string[],
  returnTo?: string,
): Turned<E> => ({ ok: false, refusal, cookies, ...(returnTo !== undefined && { returnTo }) });

/** In constant time. */
const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};
