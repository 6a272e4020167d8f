import { describe, expect, it } from "vitest";
import { dynamoApplications } from "#functions/applications/adapters/dynamo-applications.ts";
import { dynamoDrafts } from "#functions/applications/adapters/dynamo-drafts.ts";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { memoryDrafts } from "#functions/applications/adapters/memory-drafts.ts";
import type { Application } from "#functions/applications/domain/application.ts";
import { type Draft, saveDraft } from "#functions/applications/domain/drafts.ts";
import { type Applications, type Drafts, DUE_SHARDS } from "#functions/applications/domain/ports.ts";
import { reopenCase } from "#functions/applications/domain/reopening.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import {
  applicant,
  caseIn,
  cipher,
  command,
  company,
  givenOf,
  granted,
  otherPerson,
  rules,
  stages,
  submitted,
} from "#test/support/applications.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

interface Subject {
  readonly drafts: Drafts;
  readonly store: Applications;
}

let tables = 0;
let now = "";

const onDynamo = async (): Promise<Subject> => {
  const client = ownDocuments();
  const table = `drafts-${++tables}`;
  await createDeployedTable(client, table, (scope) => new ApplicationsData(scope, local));
  return {
    drafts: dynamoDrafts(client, { table, cipher, now: () => now }),
    store: dynamoApplications(client, { table, cipher }),
  };
};

const inMemory = async (): Promise<Subject> => ({
  drafts: memoryDrafts(cipher, () => now),
  store: memoryApplications(cipher),
});

const day = (days: number): string =>
  new Date(Date.parse("2026-11-22T02:00:00.000Z") + days * 86_400_000).toISOString();

const draft = (serial: number, more: Partial<Draft> = {}): Draft => ({
  id: derivedId("draft", `${serial}`),
  version: 1,
  itemCode: rules().code,
  applicant: applicant(),
  content: { situation: { use: "other" }, form: { 房屋坐落: "环市东路8号" }, materials: [] },
  client: "portal",
  savedAt: day(serial),
  expiresAt: day(serial + 30),
  fingerprint: "print",
  ...more,
});

/** The whole list, page by page, and no page longer than was asked for. */
const listed = async (
  page: (
    cursor: string | undefined,
  ) => Promise<
    { readonly items: readonly { readonly id: string }[]; readonly next?: string | undefined } | "bad-cursor"
  >,
  limit: number,
): Promise<string[]> => {
  const ids: string[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const found = await page(cursor);
    if (found === "bad-cursor") throw new Error("its own cursor is refused");
    expect(found.items.length).toBeLessThanOrEqual(limit);
    ids.push(...found.items.map(({ id }) => id));
    cursor = found.next;
  }
  return ids;
};

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("in %s", (_name, create) => {
  describe("drafts", () => {
    const ofAll = (drafts: Drafts, whose = applicant(), limit = 10) =>
      listed((cursor) => drafts.ofApplicant(whose, { limit, cursor }), limit);

    it("are read back as they were saved, and saved again in place of it", async () => {
      const { drafts } = await create();
      now = day(0);
      expect(await drafts.find(draft(0).id)).toBeUndefined();
      await drafts.save(draft(0));
      expect(await drafts.find(draft(0).id)).toEqual(draft(0));
      const next = granted(saveDraft(draft(0), { form: {} }, day(1)));
      await drafts.save(next);
      expect(await drafts.find(draft(0).id)).toEqual(next);
    });

    it("are not begun twice, and of many who save the same version one wins", async () => {
      const { drafts } = await create();
      now = day(0);
      await drafts.save(draft(0));
      await expect(drafts.save(draft(0))).rejects.toThrow(StaleVersionError);
      const saved = await Promise.allSettled(
        Array.from({ length: 6 }, (_, n) => drafts.save(granted(saveDraft(draft(0), { form: { n } }, day(1))))),
      );
      const won = saved.flatMap(({ status }, n) => (status === "fulfilled" ? [n] : []));
      expect(won).toHaveLength(1);
      expect((await drafts.find(draft(0).id))?.content).toEqual({ form: { n: won[0] } });
    });

    it("are gone when they are thrown away, which may be done twice, and when their time is over", async () => {
      const { drafts } = await create();
      now = day(0);
      await drafts.save(draft(0));
      await drafts.save(draft(1));
      await drafts.remove(draft(0).id);
      await drafts.remove(draft(0).id);
      expect(await drafts.find(draft(0).id)).toBeUndefined();
      expect(await ofAll(drafts)).toEqual([draft(1).id]);
      now = draft(1).expiresAt;
      expect(await drafts.find(draft(1).id)).toBeUndefined();
    });

    it("are listed for their applicant only, the latest first, whatever the limit", async () => {
      const { drafts } = await create();
      now = day(0);
      for (const serial of [2, 0, 1, 3]) await drafts.save(draft(serial));
      await drafts.save(draft(9, { applicant: otherPerson }));
      const all = [3, 2, 1, 0].map((serial) => draft(serial).id);
      for (const limit of [1, 2, 3, 4, 10]) expect(await ofAll(drafts, applicant(), limit)).toEqual(all);
      expect(await ofAll(drafts, otherPerson)).toEqual([draft(9).id]);
      expect(await ofAll(drafts, company)).toEqual([]);
      expect(await drafts.ofApplicant(applicant(), { limit: 10, cursor: "junk" })).toBe("bad-cursor");
    });

    it("do not stand among the cases of the same applicant, nor those among them", async () => {
      const { drafts, store } = await create();
      now = day(0);
      const { state } = submitted();
      await drafts.save(draft(0));
      await store.save({ state, at: day(0), events: [] });
      expect(await ofAll(drafts)).toEqual([draft(0).id]);
      expect(await listed((cursor) => store.ofApplicant(applicant(), { limit: 5, cursor }), 5)).toEqual([state.id]);
      expect(await store.find(draft(0).id)).toBeUndefined();
    });
  });

  describe("what is due", () => {
    const dueBy = async (store: Applications, until: string | undefined, limit = 10): Promise<string[]> => {
      const shards = Array.from({ length: DUE_SHARDS }, (_, shard) =>
        listed((cursor) => store.due(shard, until, { limit, cursor }), limit),
      );
      return (await Promise.all(shards)).flat().sort();
    };

    const kept = async (store: Applications, serial: number, wake: string | undefined) => {
      const { state } = submitted(rules(), { id: derivedId("due", `${serial}`) });
      await store.save({ state: { ...state, wake }, at: day(0), events: [] });
      return { ...state, wake };
    };

    it("is what has to be looked at by then, each once, whatever the limit", async () => {
      const { store } = await create();
      const all = await Promise.all(Array.from({ length: 40 }, (_, serial) => kept(store, serial, day(serial % 4))));
      await kept(store, 99, undefined);
      const idsUpTo = (days: number) =>
        all
          .filter((_, serial) => serial % 4 <= days)
          .map(({ id }) => id)
          .sort();
      expect(await dueBy(store, day(-1))).toEqual([]);
      for (const days of [0, 2, 3]) expect(await dueBy(store, day(days))).toEqual(idsUpTo(days));
      for (const limit of [1, 3]) expect(await dueBy(store, day(3), limit)).toEqual(idsUpTo(3));
      expect(await dueBy(store, undefined)).toEqual(idsUpTo(3));
      expect(await store.due(0, undefined, { limit: 10, cursor: "junk" })).toBe("bad-cursor");
      const late = cursorOf({ pk: all[3]?.id, at: day(3) });
      expect(await store.due(0, day(2), { limit: 10, cursor: late })).toBe("bad-cursor");
    });

    it("moves without a change of the case, and only for the version that was seen", async () => {
      const { store } = await create();
      const state = await kept(store, 1, day(1));
      expect(await store.reschedule({ ...state, version: 2 }, day(9))).toBe(false);
      expect(await dueBy(store, day(1))).toEqual([state.id]);
      expect(await store.reschedule(state, day(5))).toBe(true);
      expect(await dueBy(store, day(4))).toEqual([]);
      expect(await dueBy(store, day(5))).toEqual([state.id]);
      expect(await store.find(state.id)).toEqual({ ...state, wake: day(5) });
      expect(await store.reschedule(state, undefined)).toBe(true);
      expect(await dueBy(store, undefined)).toEqual([]);
      expect((await store.find(state.id))?.wake).toBeUndefined();
    });
  });

  describe("a broken promise", () => {
    it("stands on record with the revocation, for that applicant only", async () => {
      const { store } = await create();
      const revoked = { ...caseIn("revoked", rules({ stages: stages("approval"), commitment: true })), version: 1 };
      expect(await store.hasBrokenCommitment(applicant())).toBe(false);
      await store.save({ state: revoked, at: day(0), events: [], brokenCommitment: true });
      const { kind, idNumber } = applicant();
      expect(await store.hasBrokenCommitment({ kind, idNumber })).toBe(true);
      expect(await store.hasBrokenCommitment(otherPerson)).toBe(false);
      expect(await store.hasBrokenCommitment({ kind: "legal", idNumber })).toBe(false);
    });

    it("is not on record when the revocation lost a race", async () => {
      const { store } = await create();
      const revoked = { ...caseIn("revoked", rules({ stages: stages("approval"), commitment: true })), version: 2 };
      const lost = store.save({ state: revoked, at: day(0), events: [], brokenCommitment: true });
      await expect(lost).rejects.toThrow(StaleVersionError);
      expect(await store.hasBrokenCommitment(applicant())).toBe(false);
    });

    it("is on record no more once its case is reopened; that of another case stays", async () => {
      const { store } = await create();
      const promised = rules({ stages: stages("approval"), commitment: true });
      const [first, second] = ["1", "2"].map((serial) => ({
        ...caseIn("revoked", promised),
        id: derivedId("promise", serial),
        version: 1,
      }));
      if (!first || !second) throw new Error("no cases");
      for (const state of [first, second]) await store.save({ state, at: day(0), events: [], brokenCommitment: true });
      const reopened = (state: Application) =>
        granted(reopenCase(state, givenOf(promised), { complaint: "FY-1", reason: "复议撤销原决定" }, command()));
      await store.save(reopened(second));
      expect(await store.hasBrokenCommitment(applicant())).toBe(true);
      await store.save(reopened(first));
      expect(await store.hasBrokenCommitment(applicant())).toBe(false);
    });

    it("may be found again in another case", async () => {
      const { store } = await create();
      for (const serial of ["1", "2"]) {
        const revoked = { ...caseIn("revoked"), id: derivedId("promise", serial), version: 1 };
        await store.save({ state: revoked, at: day(0), events: [], brokenCommitment: true });
      }
      expect(await store.hasBrokenCommitment(applicant())).toBe(true);
    });
  });
});
