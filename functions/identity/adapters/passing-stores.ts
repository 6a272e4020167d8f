import { timingSafeEqual } from "node:crypto";
import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { Challenges, CounterVisits, Limits, Tickets } from "../domain/account-ports.ts";
import type { CounterVisit } from "../domain/counter-visit.ts";
import { CURRENT, type IdentityRows, seconds } from "./identity-rows.ts";

/** Tries at a one-time code. */
const MOST_TRIES = 5;

const StoredChallenge = z.object({
  purpose: z.string(),
  phone: z.string(),
  code: z.string(),
  subject: z.string().optional(),
});
const StoredUse = z.object({
  answered: z.string(),
  opens: z.string().optional(),
  asOf: z.int().optional(),
  subject: z.string().optional(),
});
const same = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** What a phone was sent stands there as keyed hashes only. */
export const challengesStore = (rows: IdentityRows, cipher: FieldCipher): Challenges => {
  const keyOf = (id: string) => `challenge#${id}`;
  const codes = (id: string, code: string) => cipher.lookups(`${id}:${code}`, "one-time-code");
  return {
    open: ({ id, purpose, phone, code, expiresAt, subject }) =>
      rows.add({
        pk: keyOf(id),
        sk: CURRENT,
        purpose,
        phone: cipher.lookup(phone, "challenge-phone"),
        code: cipher.lookup(`${id}:${code}`, "one-time-code"),
        ...(subject && { subject }),
        tries: 0,
        expiresAt: seconds(expiresAt),
      }),
    async opened(id, { phone, purpose }) {
      const row = await rows.find(keyOf(id));
      if (!row) return undefined;
      const stored = StoredChallenge.parse(row);
      const isSame = stored.purpose === purpose && cipher.lookups(phone, "challenge-phone").includes(stored.phone);
      return { expiresAt: new Date(Number(row.expiresAt) * 1000).toISOString(), isSame };
    },
    async attempt(id, { purpose, code, phone }, at, use) {
      const repeated = async () => {
        const used = use && StoredUse.safeParse(await rows.find(keyOf(id))).data;
        if (!used || !cipher.lookups(use.request, "answered").includes(used.answered)) return { right: false } as const;
        const { opens, asOf, subject } = used;
        const first = { ...(opens && { opens }), ...(asOf !== undefined && { asOf }), isRepeat: true };
        return { right: true, ...(subject && { subject }), use: first } as const;
      };
      const row = await rows.tryRow(keyOf(id), MOST_TRIES, at);
      if (!row) return repeated();
      const stored = StoredChallenge.parse(row);
      const isRight =
        stored.purpose === purpose &&
        codes(id, code).some((hash) => same(hash, stored.code)) &&
        (phone === undefined || cipher.lookups(phone, "challenge-phone").some((hash) => same(hash, stored.phone)));
      if (!isRight) return { right: false };
      const { request, ...kept } = use ?? {};
      const marks = { usedAt: at, ...(request && { answered: cipher.lookup(request, "answered"), ...kept }) };
      if (!(await rows.use(keyOf(id), marks, at))) return repeated();
      return { right: true, ...(stored.subject && { subject: stored.subject }), use: { ...kept, isRepeat: false } };
    },
    async keepChoices(id, persons, at) {
      await rows.use(keyOf(id), { choices: [...persons] }, at);
    },
    async choose(id, person, at) {
      const row = await rows.find(keyOf(id));
      const choices = z.array(z.string()).safeParse(row?.choices).data ?? [];
      return choices.includes(person) && rows.use(keyOf(id), { chosenAt: at }, at);
    },
  };
};

/** Counters stand under keyed hashes: whom they count is personal data. */
export const limitsStore = (rows: IdentityRows, cipher: FieldCipher): Limits => {
  const keyOf = (name: string, of: string) => `limit#${name}#${cipher.lookup(of, "limit")}`;
  return {
    within: async (name, of, most, windowSeconds, at) => (await rows.hit(keyOf(name, of), windowSeconds, at)) <= most,
    clear: (name, of) => rows.remove(keyOf(name, of)),
  };
};

const StoredVisit = z.object({
  id: z.string(),
  version: z.int().positive(),
  staff: z.string(),
  department: z.string(),
  person: z.string(),
  by: z.object({ kind: z.enum(["natural", "legal"]), id: z.string() }),
  ground: z.string().optional(),
  openedAt: z.string(),
  endsAt: z.string(),
  endedAt: z.string().optional(),
  request: z.string().optional(),
});

export const visitKey = (id: string): string => `counter#${id}`;

/** Who helped whom can be asked for three years. */
const VISIT_KEPT_SECONDS = 3 * 366 * 24 * 3600;

const VISIT = visitKey("");
const visitorReference = (person: string): string => `visitor#${person}`;

export const visitsStore = (rows: IdentityRows, cipher: Pick<FieldCipher, "lookups">): CounterVisits => {
  const find = async (key: string): Promise<CounterVisit | undefined> => {
    const row = await rows.find(key);
    if (!row) return undefined;
    const { by, ...visit } = StoredVisit.parse(row);
    return { ...visit, principal: by };
  };
  return {
    marksOf: (request) => cipher.lookups(request, "counter-request"),
    find: (id) => find(visitKey(id)),
    async ofPerson(person) {
      const keys = await rows.keysBy("reference", visitorReference(person));
      const visits = await Promise.all(keys.filter((key) => key.startsWith(VISIT)).map(find));
      return visits
        .filter((visit) => visit !== undefined)
        .sort((one, other) => other.openedAt.localeCompare(one.openedAt));
    },
    save: ({ principal, ...visit }) =>
      rows.save(
        {
          pk: visitKey(visit.id),
          sk: CURRENT,
          ...visit,
          by: principal,
          reference: visitorReference(visit.person),
          expiresAt: seconds(visit.endsAt) + VISIT_KEPT_SECONDS,
        },
        [],
      ),
  };
};

const TICKET_SECONDS = 30 * 60;

export const ticketsStore = (rows: IdentityRows): Tickets => ({
  async open(ticket, person, at) {
    await rows.add({ pk: `ticket#${ticket}`, sk: CURRENT, person, expiresAt: seconds(at) + TICKET_SECONDS });
  },
  async personOf(ticket) {
    const row = await rows.find(`ticket#${ticket}`);
    return z.string().optional().parse(row?.person);
  },
});
