import type { Actor } from "#functions/identity/accounts/accounts.ts";
import { storedAccounts } from "#functions/identity/accounts/stored-accounts.ts";
import type { IdentityRows } from "#functions/identity/adapters/identity-rows.ts";
import { knownApplicants } from "#functions/identity/adapters/known-applicants.ts";
import { liveGrounds } from "#functions/identity/adapters/live-grounds.ts";
import { memoryOidcModels } from "#functions/identity/adapters/memory-oidc-models.ts";
import { memoryRows } from "#functions/identity/adapters/memory-rows.ts";
import { casesStore } from "#functions/identity/adapters/records-store.ts";
import { scryptPasswords } from "#functions/identity/adapters/scrypt-passwords.ts";
import { sessionsIn } from "#functions/identity/adapters/sessions-end.ts";
import { staffStore } from "#functions/identity/adapters/staff-store.ts";
import type { Passwords } from "#functions/identity/domain/account-ports.ts";
import type { Messages, PersonVerifier } from "#functions/identity/domain/outside-ports.ts";
import type { Staff } from "#functions/identity/domain/staff.ts";
import { identityEndpoints } from "#functions/identity/http/index.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher, type KeyRing } from "#shared/runtime/key-ring.ts";
import { requestTo, type Said, said } from "./http-request.ts";

/** Someone who has signed in just now, whenever that is. */
export const justNow = (person: string): Actor => ({ person, signedInAt: Number.MAX_SAFE_INTEGER });

export const START = "2026-11-22T02:00:00.000Z";
export const ring: KeyRing = { id: "k1", key: "k".repeat(40), previous: [] };
export const origin = { source: "203.0.113.7", channel: "portal", client: "portal" };
export const consents = [
  { purpose: "account", textVersion: "2026-1" },
  { purpose: "sensitive-data", textVersion: "2026-1" },
] as const;
const guardianConsents = [...consents, { purpose: "guardian", textVersion: "2026-1" }] as const;

/** Made up; the numbers are well-formed. */
export const zhang = {
  name: "张三丰",
  idNumber: "11010519491231002X",
  phone: "13800138000",
  password: "correct horse 1",
};
export const li = {
  name: "李小龙",
  idNumber: "440524188001010014",
  phone: "13900139000",
  password: "battery staple 2",
};
export const wang = {
  name: "王港生",
  idNumber: "810000199408230021",
  phone: "13700137000",
  password: "four more words",
};

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/** A number with the right check character. */
export const residentId = (first17: string): string =>
  first17 + "10X98765432"[WEIGHTS.reduce((sum, weight, i) => sum + weight * Number(first17[i]), 0) % 11];

export const clerk: Staff = {
  staff: "sd-zr-0102",
  version: 1,
  name: "梁小华",
  phone: "13600136000",
  department: "11440606MB2D26310W",
  division: "440606",
  roles: ["clerk"],
};

/** The real hash, at a cost that suits tests. */
export const fast = scryptPasswords({ cost: 2 ** 8, blockSize: 8, parallelization: 1 });

export const identityStage = ({
  rows: given,
  keys = ring,
  endSessions,
  passwords = fast,
}: {
  rows?: (now: () => string) => IdentityRows;
  keys?: KeyRing;
  endSessions?: (account: string) => Promise<void>;
  passwords?: Passwords;
} = {}) => {
  let now = START;
  let tick = 0;
  const clock = () => new Date(Date.parse(now) + tick++).toISOString();
  const memory = memoryRows(clock);
  const rows = given?.(clock) ?? memory;
  const sent: { phone: string; code?: string; notice?: string }[] = [];
  const ended: string[] = [];
  const messages: Messages = {
    sendCode: async ({ phone, code }) => {
      sent.push({ phone, code });
      return { result: "sent" };
    },
    sendNotice: async ({ phone, notice }) => {
      sent.push({ phone, notice });
      return { result: "sent" };
    },
  };
  let outcome: Awaited<ReturnType<PersonVerifier["outcome"]>> = { result: "pending" };
  const verifier: PersonVerifier = {
    begin: async () => ({ result: "begun", ticket: "ticket-1", url: "https://verifier.example/ticket-1" }),
    outcome: async () => outcome,
  };
  let evened = 0;
  const models = memoryOidcModels(() => Date.parse(now));
  const cipher = fieldCipher(keys);
  const staff = staffStore(rows, cipher);
  const accounts = storedAccounts({
    rows,
    cipher,
    messages,
    verifier,
    endSessions: async (account) => {
      ended.push(account);
      await endSessions?.(account);
    },
    sessionsOf: sessionsIn(models),
    now: clock,
    passwords,
    evenly: (work) => {
      evened++;
      return work();
    },
  });
  const lambda = httpLambda(identityEndpoints(accounts));
  let calls = 0;

  const codeFor = async (phone: string, purpose: Parameters<typeof accounts.startPhoneChallenge>[0]["purpose"]) => {
    const started = await accounts.startPhoneChallenge({ phone, purpose }, { source: `198.51.100.${++calls % 250}` });
    if (!started.ok) throw new Error(started.refusal.code);
    const code = sent.findLast((message) => message.phone === phone && message.code)?.code ?? "000000";
    return { challenge: started.value.challenge, code };
  };
  const later = (minutes: number) => {
    now = new Date(Date.parse(now) + minutes * 60_000).toISOString();
  };

  return {
    accounts,
    rows,
    memory,
    cipher,
    staff,
    sent,
    ended,
    messages,
    /** What the issuer keeps. */
    models,
    /** How many answers were kept back until the time of others. */
    evened: () => evened,
    cases: casesStore(rows),
    live: liveGrounds(rows),
    applicants: knownApplicants(rows, async () => cipher),
    clock,
    later,
    codeFor,
    verified: (result: typeof outcome) => {
      outcome = result;
    },
    /** Registers, and answers the id. */
    async person(who: typeof zhang = zhang, level: 1 | 2 = 2): Promise<string> {
      later(2);
      const proof = await codeFor(who.phone, "register");
      const done = await accounts.register({ ...who, proof, consents }, origin);
      if (!done.ok) throw new Error(done.refusal.code);
      const signedIn = await accounts.signInWithPassword({ identifier: who.idNumber, password: who.password }, origin);
      if (!signedIn.ok) throw new Error(signedIn.refusal.code);
      const id = signedIn.value.person;
      if (level === 2) {
        verifier.begin = async () => ({ result: "begun", ticket: `up-${id}`, url: "https://verifier.example/" });
        const consent = { textVersion: "biometric-2026-11" };
        await accounts.beginStepUp(justNow(id), { method: "face", returnTo: "https://api.example/", consent }, origin);
        outcome = { result: "verified", method: "face", at: clock() };
        const raised = await accounts.finishStepUp(id, `up-${id}`);
        if (!raised.ok) throw new Error(raised.refusal.code);
      }
      return id;
    },
    async ward(guardian: string, idNumber = residentId("44060620180601001"), name = "小明"): Promise<string> {
      const done = await accounts.registerWard(
        justNow(guardian),
        { name, idNumber, consents: guardianConsents },
        origin,
      );
      if (!done.ok) throw new Error(done.refusal.code);
      const wards = (await accounts.principalsOf(guardian)).filter(({ ground }) => ground?.type === "guardian");
      return wards.at(-1)?.principal.id ?? "";
    },
    async call(
      contract: Pick<Route, "method" | "path">,
      {
        as,
        params,
        query,
        body,
        key,
        headers: more,
      }: {
        as: Verdict;
        params?: Readonly<Record<string, string>>;
        query?: Readonly<Record<string, string>>;
        body?: unknown;
        key?: string;
        headers?: Readonly<Record<string, string>>;
      },
    ): Promise<Said> {
      const headers = { "idempotency-key": key ?? `key-${++calls}`, ...more };
      return said(await lambda(requestTo(contract, { verdict: as, params, query, body, headers })));
    },
  };
};
export type IdentityStage = ReturnType<typeof identityStage>;

export const personScopesText = "persons:self persons:manage organisations:manage mandates:manage";
export const self = (person: string) => ({
  client: "portal",
  scopes: personScopesText,
  channel: "portal" as const,
  person,
  actFor: { kind: "natural" as const, id: person },
  acr: "2" as const,
  signedInAt: Number.MAX_SAFE_INTEGER,
});
