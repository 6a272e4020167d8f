import type { AccessEntry, Ground, Origin, PrincipalRef } from "#functions/identity/accounts/accounts.ts";
import { isFromBefore } from "#functions/identity/domain/live-grounds.ts";
import type { DirectAccounts } from "#functions/identity/issuer/direct-grants.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";

export const ZHANG = "01JZHANG000000000000000000";
export const WANG = "01JWANG0000000000000000000";
export const FIRM: PrincipalRef = { kind: "legal", id: "91350100M000100Y43" };
export const PASSWORD = "correct horse battery staple";

type Reading = Pick<AccessEntry, "purpose"> & { readonly client: string };

/** People as the issuer knows them, with what a test changes about them. */
export const issuerPeople = () => {
  const closed = new Set<string>();
  const voided = new Map<string, string>();
  const staff = new Map([["sd-zr-0102", { roles: "clerk", department: "11440606MB2D26310W", division: "440606" }]]);
  const mandates = new Map<string, Ground>([[`${ZHANG}>${FIRM.kind}:${FIRM.id}`, { type: "mandate", id: "m-1" }]]);
  const level: Record<string, 0 | 1 | 2 | 3> = { [ZHANG]: 2, [WANG]: 1 };
  const readings: Reading[] = [];
  const visits = new Set(["visit-1"]);
  const origins: Origin[] = [];
  let limited = false;

  const signedIn = (person: string) => ({
    person,
    assurance: { level: level[person] ?? 1, method: "self-declared", at: "2026-11-22T00:00:00.000Z" } as const,
    amr: ["pwd"],
  });

  const accounts: DirectAccounts = {
    account: async (id, signedInAt) =>
      closed.has(id) || !(id in level) || (signedInAt && isFromBefore(signedInAt, voided.get(id)))
        ? undefined
        : {
            id,
            version: 1,
            name: "张*",
            idNumber: "1****************X",
            assurance: signedIn(id).assurance,
            hasPassword: true,
            consents: [],
            upstreams: [],
            registeredAt: "2026-11-22T00:00:00.000Z",
          },
    async profile(_person, reading) {
      if (!reading) return { name: "张*", phone: "138****0000", masked: true };
      readings.push(reading);
      return { name: "张三", phone: "13800000000", masked: false };
    },
    staffClaims: async (number, signedInAt) => {
      const known = staff.get(number);
      if (signedInAt && isFromBefore(signedInAt, voided.get(number))) return undefined;
      return known && { sub: `staff:${number}`, staff: number, acr: "2", ...known };
    },
    async mayActFor(person, principal) {
      const base = { sub: person, act_for: principal, acr: String(level[person] ?? 0) };
      if (principal.kind === "natural" && principal.id === person)
        return accept({ choice: { principal, name: "张*", scope: "all" as const }, claims: base });
      const ground = mandates.get(`${person}>${principal.kind}:${principal.id}`);
      if (!ground) return refuse("mandate.none");
      const text = ground.type === "mandate" ? `mandate:${ground.id}` : ground.type;
      return accept({
        choice: { principal, ground, name: "某某公司", scope: "all" as const },
        claims: { ...base, ground: text },
      });
    },
    async signInWithPassword({ identifier, password }, origin) {
      origins.push(origin);
      if (limited) return refuse("identity.too-many-attempts");
      return identifier === "zhang" && password === PASSWORD ? accept(signedIn(ZHANG)) : refuse("sign-in.failed");
    },
    async signInWithPhoneCode({ challenge, code, phone }) {
      if (challenge !== "c-1" || code !== "123456") return refuse("sign-in.failed");
      return phone === "13800000000"
        ? accept({ kind: "signed-in", signedIn: signedIn(ZHANG) })
        : accept({
            kind: "choose",
            challenge: "c-2",
            accounts: [
              { person: ZHANG, name: "张*", idNumber: "1****************X" },
              { person: WANG, name: "王*", idNumber: "4****************4" },
            ],
          });
    },
    chooseAccount: async (challenge, person) =>
      challenge === "c-2" && person in level ? accept(signedIn(person)) : refuse("sign-in.failed"),
    counterClaims: async (clerk, session) =>
      staff.has(clerk) && visits.has(session)
        ? accept({
            sub: ZHANG,
            act_for: { kind: "natural", id: ZHANG },
            acr: "2",
            helper: clerk,
            counter: session,
          })
        : refuse("counter.not-found"),
  };

  return {
    accounts,
    readings,
    origins,
    close: (person: string) => closed.add(person),
    /** The account is somebody else's from now on, or the password of a member of staff is another. */
    takeOver: (account: string) => voided.set(account, new Date().toISOString()),
    giveBack: (account: string) => voided.delete(account),
    dismiss: (number: string) => staff.delete(number),
    revokeMandates: () => mandates.clear(),
    endVisit: (id: string) => visits.delete(id),
    limit: () => {
      limited = true;
    },
  };
};
