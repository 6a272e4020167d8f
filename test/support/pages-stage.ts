import { randomUUID } from "node:crypto";
import type {
  Accounts,
  Consent,
  MandateView,
  OrganisationView,
  OwnAccount,
  PrincipalChoice,
} from "#functions/identity/accounts/accounts.ts";
import type {
  DeviceSession,
  Interactions,
  Outcome,
  PendingInteraction,
  Visit,
} from "#functions/identity/issuer/interactions.ts";
import { identityPages } from "#functions/identity/pages/identity-pages.ts";
import type { OutsideSignIn } from "#functions/identity/upstreams/upstreams.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";

/** A well-formed number of nobody. */
export const ID_NUMBER = "11010519491231002X";
export const PASSWORD = "一句只有自己知道的话 2026";
export const PHONE = "13800138000";
export const CODE = "246810";
export const STAFF = "sd-zr-0102";
export const PERSON = "01KAJ0000000000000000000AA";
/** Whom the province signed in for the first time: no password, and agreed to nothing in our words. */
export const NEWCOMER = "01KAJ0000000000000000000DD";
export const COMPANY = "91350100M000100Y43";

const ring = {
  id: "k1",
  key: "a seed of sixty-four characters, or nearly so, for the tests only",
  previous: [],
};

type Call = readonly [use: string, ...what: unknown[]];

const at = "2026-11-20T01:30:00.000Z";
const until = "2027-05-20T01:30:00.000Z";

const choices: PrincipalChoice[] = [
  { principal: { kind: "natural", id: PERSON }, name: "王**", scope: "all" },
  {
    principal: { kind: "legal", id: COMPANY },
    ground: { type: "member" },
    name: "佛山市三水区一门早茶店（演示）",
    scope: "all",
  },
  {
    principal: { kind: "natural", id: "01KAJ0000000000000000000BB" },
    ground: { type: "mandate", id: "01KAJ0000000000000000000M1" },
    name: "李*",
    scope: ["11440607MB2D2689X84440111001000"],
    validUntil: until,
  },
];

const company: OrganisationView = {
  uscc: COMPANY,
  version: 2,
  name: "佛山市三水区一门早茶店（演示）",
  kind: "enterprise",
  members: [
    { person: PERSON, name: "王**", roles: ["admin", "handler"], since: at },
    { person: "01KAJ0000000000000000000BB", name: "李*", roles: ["handler"], since: at },
  ],
  checked: true,
  representativeVerified: false,
  registeredAt: at,
};

const mandate = (over: Partial<MandateView>): MandateView => ({
  id: "01KAJ0000000000000000000M1",
  version: 1,
  principal: { kind: "natural", id: PERSON },
  principalName: "王**",
  agent: "01KAJ0000000000000000000BB",
  agentName: "李*",
  scope: "all",
  validUntil: until,
  status: "active",
  grantedAt: at,
  ...over,
});

/**
 * Accounts of one person and one member of staff as the pages meet them. The rules are tested where they are made; here they are
 * only those that a page must be able to show.
 */
const stagedAccounts = (calls: Call[]) => {
  let consents: Consent[] = (["account", "sensitive-data", "notices"] as const).map((purpose) => ({
    purpose,
    textVersion: `${purpose}-2026-11`,
    at,
    channel: "portal",
  }));
  let mandates = [
    mandate({}),
    mandate({
      id: "01KAJ0000000000000000000M2",
      agentName: "赵**",
      status: "expired",
      scope: ["11440607MB2D2689X84440111001000"],
    }),
  ];
  const account = (person: string = PERSON): OwnAccount => ({
    id: person,
    version: 3,
    name: "王**",
    idNumber: "1****************X",
    phone: "138****8000",
    assurance: { level: 2, method: "upstream", at, by: "gd" },
    hasPassword: person !== NEWCOMER,
    consents: person === NEWCOMER ? consents.map((one) => ({ ...one, textVersion: "upstream:gd" })) : consents,
    upstreams: ["广东省统一身份认证平台"],
    registeredAt: at,
  });
  const signedIn = (amr: string) => ({ person: PERSON, assurance: account().assurance, amr: [amr] });
  const all: Partial<Accounts> = {
    startPhoneChallenge: async ({ phone, purpose }) => {
      if (!/^1[3-9]\d{9}$/.test(phone)) return refuse("challenge.phone-invalid");
      if (phone === "13900000000") return refuse("identity.too-many-attempts");
      return accept({ challenge: `challenge-${purpose}-${phone}`, expiresAt: until, resendAfterSeconds: 60 });
    },
    register: async ({ password, proof }) => {
      if (password.length < 10) return refuse("person.password-weak");
      return proof.code === CODE ? accept({ next: "sign-in" }) : refuse("challenge.wrong-code");
    },
    signInWithPassword: async ({ identifier, password }) =>
      (identifier === ID_NUMBER || identifier === PHONE) && password === PASSWORD
        ? accept(signedIn("pwd"))
        : refuse("sign-in.failed"),
    signInWithPhoneCode: async ({ phone, code }) => {
      if (code !== CODE) return refuse("sign-in.failed");
      if (phone === PHONE) return accept({ kind: "signed-in", signedIn: signedIn("otp") });
      return accept({
        kind: "choose",
        challenge: "challenge-choose",
        accounts: [
          { person: PERSON, name: "王**", idNumber: "1****************X" },
          { person: "01KAJ0000000000000000000CC", name: "王*", idNumber: "4****************4" },
        ],
      });
    },
    chooseAccount: async (_challenge, person) => accept({ ...signedIn("otp"), person }),
    account: async (person) => account(person),
    principalsOf: async () => choices,
    mayActFor: async (person, principal) => {
      const choice = choices.find((one) => one.principal.id === principal.id);
      return choice
        ? accept({ choice, claims: { sub: person, act_for: principal, acr: "2" } })
        : refuse("mandate.none");
    },
    giveConsent: async (_person, given) => {
      consents = [...consents, { ...given, at }];
      return accept(consents);
    },
    withdrawConsent: async (_person, purpose) => {
      consents = consents.map((one) => (one.purpose === purpose ? { ...one, withdrawnAt: at } : one));
      return accept(consents);
    },
    changePassword: async (_person, { current, wanted }) => {
      if (current !== PASSWORD) return refuse("person.password-wrong");
      return wanted.length < 10 ? refuse("person.password-weak") : accept({ version: 4 });
    },
    resetPassword: async ({ code }) => (code === CODE ? accept({ next: "sign-in" }) : refuse("sign-in.failed")),
    changePhone: async (_person, { code, current }) => {
      if (current !== PASSWORD) return refuse("person.password-wrong");
      return code === CODE ? accept({ version: 4 }) : refuse("challenge.wrong-code");
    },
    exportOwnData: async () => accept({ name: "王小明", idNumber: ID_NUMBER }),
    closeAccount: async (_person, proof) =>
      "password" in proof && proof.password === PASSWORD ? accept({ closedAt: at }) : refuse("person.password-wrong"),
    accessLog: async (_person, { cursor }) => {
      if (cursor && cursor !== "older") return "bad-cursor";
      return {
        items: ["核对申请人身份", "联系补正材料"].map((purpose, i) => ({
          id: `entry-${cursor ?? ""}${i}`,
          at,
          by: { client: "land-bureau", staff: STAFF },
          purpose,
          what: "application",
          reference: "11440607MB2D2689X8444011100100020261120000001",
        })),
        ...(!cursor && { next: "older" }),
      };
    },
    mandatesOf: async (by) =>
      "principal" in by
        ? mandates
        : [mandate({ id: "01KAJ0000000000000000000M3", principalName: "佛山市三水区一门早茶店（演示）" })],
    revokeMandate: async (_person, id) => {
      const found = mandates.find((one) => one.id === id);
      mandates = mandates.map((one) => (one.id === id ? { ...one, status: "revoked" } : one));
      return found ? accept({ ...found, status: "revoked" }) : refuse("mandate.not-found");
    },
    grantMandate: async () => accept(mandate({})),
    organisation: async () => accept(company),
    registerOrganisation: async (_person, { representative }) =>
      representative.idNumber === ID_NUMBER ? accept(company) : refuse("organisation.not-representative"),
    setMember: async (_person, _uscc, { person }) =>
      person === "01KAJ0000000000000000000BB" ? accept(company) : refuse("member.unknown-person"),
    removeMember: async (_person, _uscc, member) => (member === PERSON ? refuse("member.last-admin") : accept(company)),
    registerWard: async () => accept({ next: "act-for-ward" }),
    beginStepUp: async (_person, { method, returnTo }) =>
      accept({ ticket: "t1", url: `${returnTo}?ticket=t-${method}` }),
    finishStepUp: async (_person, ticket) =>
      ticket === "t-face"
        ? accept({ person: PERSON, assurance: { level: 3, method: "face", at }, amr: ["face"] })
        : refuse("step-up.rejected"),
    startStaffPassword: async () => accept({ challenge: "challenge-password", resendAfterSeconds: 60 }),
    setStaffPassword: async ({ code }) => (code === CODE ? accept({ next: "sign-in" }) : refuse("sign-in.failed")),
    startOwnCode: async () => accept({ challenge: "challenge-close", maskedPhone: "138****8000" }),
    startStaffSignIn: async ({ staff, password }) =>
      staff === STAFF && password === PASSWORD
        ? accept({ challenge: "challenge-staff", maskedPhone: "139****0102", expiresAt: until })
        : refuse("sign-in.failed"),
    finishStaffSignIn: async ({ code }) =>
      code === CODE
        ? accept({ sub: `staff:${STAFF}`, staff: STAFF, roles: "clerk", department: "D", division: "440607", acr: "2" })
        : refuse("sign-in.failed"),
  };
  return new Proxy(all as Accounts, {
    get: (target, use: keyof Accounts) => {
      const method = target[use] as ((...what: unknown[]) => unknown) | undefined;
      if (!method) throw new Error(`the stage has no ${use}`);
      return (...what: unknown[]) => {
        calls.push([use, ...what]);
        return method(...what);
      };
    },
  });
};

type Asked = Partial<Omit<PendingInteraction, "uid">>;

const cookieIn = ({ cookies = [] }: Visit, name: string): string | undefined =>
  cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1);

/** The protocol as the pages meet it: interactions bound to a cookie each, sessions to another. */
const stagedInteractions = (origin: () => string, clientOrigin: () => string) => {
  const waiting = new Map<string, PendingInteraction>();
  const outcomes: Outcome[] = [];
  const sessions = new Map<
    string,
    { subject: { kind: "person"; person: string } | { kind: "staff"; staff: string }; acr: "2"; at: number }
  >();
  let devices: DeviceSession[] = [
    {
      kind: "session",
      id: "s1",
      since: at,
      until,
      device: "Firefox，Windows",
      clients: [{ id: "portal", name: "互联网政务服务门户" }],
      scopes: [],
      current: true,
    },
    {
      kind: "grant",
      id: "g1",
      since: at,
      until,
      clients: [{ id: "mini", name: "移动端小程序" }],
      scopes: ["profile", "persons:self"],
      current: false,
    },
  ];

  const open = (asked: Asked = {}) => {
    const uid = randomUUID().replaceAll("-", "");
    waiting.set(uid, {
      uid,
      prompt: "sign-in",
      client: { id: "portal", name: "互联网政务服务门户", users: "persons", channel: "portal" },
      acr: "1",
      scopes: ["openid"],
      formTargets: [clientOrigin()],
      device: false,
      ...asked,
    });
    return { uid, path: `/interaction/${uid}`, cookie: `_interaction=${uid}` };
  };
  const signIn = (
    subject: { kind: "person"; person: string } | { kind: "staff"; staff: string } = { kind: "person", person: PERSON },
    at: number = Number.MAX_SAFE_INTEGER,
  ) => {
    const session = randomUUID();
    sessions.set(session, { subject, acr: "2", at });
    return `_session=${session}`;
  };

  const interactions: Interactions = {
    async pending(visit) {
      const uid = /^\/interaction\/(\w+)/.exec(visit.rawPath)?.[1] ?? "";
      return cookieIn(visit, "_interaction") === uid ? waiting.get(uid) : undefined;
    },
    async finish(visit, outcome) {
      const pending = await this.pending(visit);
      if (!pending) return undefined;
      outcomes.push(outcome);
      waiting.delete(pending.uid);
      const cookies =
        outcome.kind === "signed-in" ? [`${signIn(outcome.subject as never)}; Path=/; HttpOnly; SameSite=Lax`] : [];
      return {
        location: `${pending.client.id === "account" ? `${origin()}/account` : `${clientOrigin()}/back`}?code=c`,
        cookies,
      };
    },
    async signedIn(visit) {
      const session = cookieIn(visit, "_session") ?? "";
      const found = sessions.get(session);
      return found && { ...found, session };
    },
    signInLocation: ({ users = "persons" } = {}) => `/oidc/auth?users=${users}`,
    signOutLocation: () => "/oidc/session/end",
    sessionsOf: async () => devices,
    async endSession(_subject, id) {
      const had = devices.length;
      devices = devices.filter((device) => device.id !== id);
      return devices.length < had;
    },
    async endAllSessions(_subject, except) {
      devices = devices.filter(({ current }) => current && except !== undefined);
      return 1;
    },
  };
  return { interactions, open, signIn, outcomes };
};

/** When the stage's outside vouches for anybody, in seconds since 1970. */
const ARRIVED_AT = Math.floor(Date.parse(at) / 1000);

const outsideFor = (person: string): OutsideSignIn => ({
  upstreams: [{ name: "gd", label: "广东省统一身份认证" }],
  staffSignIn: true,
  startUpstream: async ({ returnTo }) => ({
    ok: true,
    location: returnTo ?? "/account",
    cookies: ["arrived=person; Path=/; HttpOnly"],
  }),
  finishUpstream: async () => ({
    ok: false,
    refusal: { code: "upstream.declined" },
    cookies: [],
    returnTo: "/account",
  }),
  startStaffSignIn: async ({ returnTo }) => ({
    ok: true,
    location: returnTo ?? "/account",
    cookies: ["arrived=staff; Path=/; HttpOnly"],
  }),
  finishStaffSignIn: async () => ({
    ok: false,
    refusal: { code: "staff-sign-in.declined" },
    cookies: [],
    returnTo: "/account",
  }),
  async arrival({ cookies = [] }) {
    const spent = ["arrived=; Path=/; Max-Age=0"];
    if (cookies.includes("arrived=person"))
      return {
        who: { kind: "person", person, acr: "2", amr: ["fed"], upstream: "gd", at: ARRIVED_AT },
        cookies: spent,
      };
    if (cookies.includes("arrived=staff"))
      return { who: { kind: "staff", staff: STAFF, acr: "2", amr: ["fed"], at: ARRIVED_AT }, cookies: spent };
    return undefined;
  },
});

/** The real pages over staged accounts and a staged protocol, at an origin that may be known only later. */
export const pagesStage = ({
  origin = "https://api.example.gov.cn",
  clientOrigin = () => "https://portal.example.gov.cn",
  accounts,
  arrives = PERSON,
  now = () => new Date().toISOString(),
}: {
  readonly origin?: string;
  readonly clientOrigin?: () => string;
  /** Real ones, where what they decide matters. */
  readonly accounts?: Accounts;
  /** Whom an upstream signs in. */
  readonly arrives?: string;
  readonly now?: () => string;
} = {}) => {
  const calls: Call[] = [];
  const staged = stagedInteractions(() => origin, clientOrigin);
  const answer = identityPages({
    accounts: accounts ?? stagedAccounts(calls),
    interactions: staged.interactions,
    outside: outsideFor(arrives),
    clients: {
      find: async (id) => ({ id, version: 1, name: "三水区自然资源局审批系统", secretHash: "", scopes: [] }) as never,
    },
    ring,
    origin,
    now,
  });
  return { ...staged, answer, calls, origin };
};
