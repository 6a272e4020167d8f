import { beforeAll, describe, expect, it } from "vitest";
import { ajvForms } from "#functions/applications/adapters/ajv-forms.ts";
import { caseLicences } from "#functions/applications/adapters/case-licences.ts";
import { RANGES_AT_ONCE } from "#functions/applications/adapters/case-pages.ts";
import { dynamoApplications } from "#functions/applications/adapters/dynamo-applications.ts";
import { dynamoDrafts } from "#functions/applications/adapters/dynamo-drafts.ts";
import { dynamoItems } from "#functions/applications/adapters/dynamo-items.ts";
import { memoryFiles } from "#functions/applications/adapters/memory-files.ts";
import type { Application } from "#functions/applications/domain/application.ts";
import { claimTask } from "#functions/applications/domain/claims.ts";
import { deskOf, desks } from "#functions/applications/domain/desk.ts";
import { DUE_SHARDS } from "#functions/applications/domain/ports.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { applicationEndpoints } from "#functions/applications/http/index.ts";
import { sweepDue } from "#functions/applications/sweep-due.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { beginDraft, listWorklist, searchApplications, searchDrafts } from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import {
  applicant,
  caseIn,
  cipher,
  command,
  givenOf,
  granted,
  otherPerson,
  RECEIVED,
  rules,
  stages,
} from "#test/support/applications.ts";
import { cityOffice, department, portal } from "#test/support/applications-api.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { explain, type Read } from "#test/support/explain.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

const DIVISIONS = ["440604", "440606", "440606001", "440606002"];
const itemIn = (division: string) =>
  rules({
    code: `11440606MB2D26310W4440712${division.padEnd(6, "0").slice(-6)}`,
    division,
    stages: stages("approval"),
  });
const items = DIVISIONS.map(itemIn);
const statuses = ["submitted", "returned", "accepted", "suspended", "approved", "concluded", "declined"] as const;
const PER_KIND = 6;

let reads: Read[];
let lambda: ReturnType<typeof httpLambda>;
let store: ReturnType<typeof dynamoApplications>;
let itemStore: ReturnType<typeof dynamoItems>;
const cases: Application[] = [];

beforeAll(async () => {
  const client = ownDocuments();
  await createDeployedTable(client, "queries", (scope) => new ApplicationsData(scope, local));
  store = dynamoApplications(client, { table: "queries", cipher });
  itemStore = dynamoItems(client, { table: "queries", now: () => RECEIVED });
  for (const item of items) await itemStore.keep(item);
  for (const item of items)
    for (const status of statuses)
      for (let serial = 0; serial < PER_KIND; serial++) {
        const id = derivedId("query", item.division, status, `${serial}`);
        let state: Application = { ...caseIn(status, item), id };
        // Half of what can be taken is taken, by one of two officers.
        if (deskOf(state) && deskOf(state) !== "waiting" && serial % 2 === 0)
          state = granted(claimTask(state, givenOf(item), serial % 4 === 0 ? "o-1" : "o-2", command())).state;
        const receivedAt = new Date(Date.parse(RECEIVED) + cases.length * 60_000).toISOString();
        state = {
          ...state,
          version: 1,
          receivedAt,
          applicant: serial === 1 ? otherPerson : applicant(),
        };
        cases.push(state);
      }
  await Promise.all(cases.map((state) => store.save({ state, at: RECEIVED, events: [] })));
  reads = explain(client);
  lambda = httpLambda(
    applicationEndpoints({
      applications: store,
      items: itemStore,
      files: memoryFiles(),
      licences: caseLicences(store, () => RECEIVED),
      forms: ajvForms(),
      drafts: dynamoDrafts(client, { table: "queries", cipher, now: () => RECEIVED }),
      settings: defaultSettings,
      now: () => RECEIVED,
    }),
  );
  for (let serial = 0; serial < 15; serial++)
    await call(
      beginDraft,
      portal,
      {},
      { itemCode: items[0]?.code, applicant: applicant(), content: {} },
      `d-${serial}`,
    );
  // The divisions of a department are read once and believed for a minute: here the clock stands.
  await call(listWorklist, department, {});
});

const call = async (
  contract: { readonly method: string; readonly path: `/${string}` },
  as: Verdict,
  query: Record<string, string>,
  body?: unknown,
  key = "k",
) => {
  const answer = said(
    await lambda(requestTo(contract as never, { verdict: as, query, body, headers: { "idempotency-key": key } })),
  );
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body;
};

/** All pages of a list: each reads at most twice what it shows, and what is in it comes once. */
const allPages = async (
  read: (query: Record<string, string>) => Promise<{ items: { id: string }[]; next?: string }>,
  limit: number,
) => {
  const ids: string[] = [];
  const queries: number[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    reads.length = 0;
    const page = await read({ limit: `${limit}`, ...(cursor && { cursor }) });
    const scanned = reads.reduce((sum, each) => sum + each.scanned, 0);
    expect(reads.every(({ command: name }) => name === "QueryCommand")).toBe(true);
    expect(scanned, `${page.items.length} shown`).toBeLessThanOrEqual(page.items.length * 2);
    queries.push(reads.length);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next;
  }
  expect(new Set(ids).size).toBe(ids.length);
  return { ids, queries };
};

const sorted = (ids: readonly string[]) => [...ids].sort();
const idsWhere = (wanted: (state: Application) => boolean) => sorted(cases.filter(wanted).map(({ id }) => id));
const isFree = (state: Application) => isDeskWork(state) && deskOf(state) !== "waiting" && !state.claimedBy;
const isDeskWork = (state: Application) => deskOf(state) !== undefined;

describe("every list, on a table with much else in it", () => {
  it.each([1, 7, 100])("of an applicant's cases is one query a page, of %i", async (limit) => {
    const { kind, idNumber } = applicant();
    const { ids, queries } = await allPages(
      (query) => call(searchApplications, portal, query, { applicant: { kind, idNumber } }),
      limit,
    );
    expect(sorted(ids)).toEqual(idsWhere(({ applicant: whose }) => whose.idNumber === idNumber));
    expect(Math.max(...queries)).toBe(1);
  });

  it("of an applicant's drafts is one query a page", async () => {
    const { kind, idNumber } = applicant();
    const { ids, queries } = await allPages(
      (query) => call(searchDrafts, portal, query, { applicant: { kind, idNumber } }),
      4,
    );
    expect(ids).toHaveLength(15);
    expect(Math.max(...queries)).toBe(1);
  });

  const views: readonly (readonly [string, Record<string, string>, (state: Application) => boolean])[] = [
    ["all open cases", { list: "open" }, isDeskWork],
    ["what nobody has taken", { list: "unassigned" }, isFree],
    ["what one officer has taken", { list: "mine", officer: "o-1" }, ({ claimedBy }) => claimedBy === "o-1"],
    ...desks.map(
      (desk) =>
        [
          `what is free at the desk ${desk}`,
          { list: "unassigned", at: desk },
          (state: Application) => deskOf(state) === desk && !state.claimedBy,
        ] as const,
    ),
  ];

  it.each(views)("%s, of one division: one query a page", async (_what, query, belongs) => {
    const as = { ...department, division: "440604" };
    for (const limit of [3, 100]) {
      const { ids, queries } = await allPages((page) => call(listWorklist, as, { ...query, ...page }), limit);
      expect(sorted(ids)).toEqual(idsWhere((state) => state.item.division === "440604" && belongs(state)));
      expect(Math.max(...queries)).toBe(1);
    }
  });

  it.each(views)("%s, of a division and those below it", async (_what, query, belongs) => {
    for (const limit of [5, 100]) {
      const { ids } = await allPages((page) => call(listWorklist, department, { ...query, ...page }), limit);
      expect(sorted(ids)).toEqual(idsWhere((state) => isWithin(state.item.division, "440606") && belongs(state)));
    }
  });

  it("of a city's office shows all below it, and one town of it when asked", async () => {
    const whole = await allPages((page) => call(listWorklist, cityOffice, page), 50);
    expect(sorted(whole.ids)).toEqual(idsWhere(isDeskWork));
    const town = await allPages((page) => call(listWorklist, cityOffice, { division: "440606001", ...page }), 50);
    expect(sorted(town.ids)).toEqual(idsWhere((state) => state.item.division === "440606001" && isDeskWork(state)));
  });

  it("asked for a division that is not the caller's shows the caller's own", async () => {
    const { ids } = await allPages((page) => call(listWorklist, department, { division: "440604", ...page }), 50);
    expect(sorted(ids)).toEqual(idsWhere((state) => isWithin(state.item.division, "440606") && isDeskWork(state)));
  });

  it("is by desk, and at each the most urgent first", async () => {
    const as = { ...department, division: "440604" };
    const { items: shown } = await call(listWorklist, as, { list: "unassigned", limit: "100" });
    const order = shown.map(({ id, dueBy }: { id: string; dueBy: { date: string } }) => {
      const state = cases.find((each) => each.id === id);
      return `${desks.indexOf((state && deskOf(state)) ?? "waiting")} ${dueBy.date}`;
    });
    expect(order).toEqual(sorted(order));
  });
});

describe("a worklist over many divisions in which little stands", () => {
  const MANY = ["440606", ...Array.from({ length: 36 }, (_, i) => `4406069${String(i).padStart(2, "0")}`), "440606001"];

  it.each(["o-1", "nobody"])(
    "of %s costs a bounded number of queries a page, and none of it is lost",
    async (officer) => {
      const found: string[] = [];
      const queries: number[] = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        reads.length = 0;
        const page = await store.worklist(department.department, MANY, { list: "mine", officer }, { limit: 2, cursor });
        if (page === "bad-cursor") throw new Error(page);
        queries.push(reads.length);
        found.push(...page.items.map(({ id }) => id));
        cursor = page.next;
      }
      expect(Math.max(...queries)).toBeLessThanOrEqual(RANGES_AT_ONCE);
      expect(queries.length).toBeLessThanOrEqual(Math.ceil(MANY.length / RANGES_AT_ONCE) + found.length);
      expect(sorted(found)).toEqual(
        idsWhere(({ claimedBy, item }) => claimedBy === officer && ["440606", "440606001"].includes(item.division)),
      );
    },
  );
});

describe("the due index", () => {
  it("holds every open case once, spread over its shards, and no other", async () => {
    const found: string[][] = [];
    for (let shard = 0; shard < DUE_SHARDS; shard++) {
      const page = await store.due(shard, undefined, { limit: 1000 });
      if (page === "bad-cursor") throw new Error(page);
      found.push(page.items.map(({ id }) => id));
    }
    expect(sorted(found.flat())).toEqual(idsWhere(({ wake }) => wake !== undefined));
    expect(found.filter(({ length }) => length > 0).length).toBeGreaterThan(DUE_SHARDS / 2);
    expect(Math.max(...found.map(({ length }) => length))).toBeLessThan(found.flat().length / 3);
  });

  it("is read no further than to now, and a whole sweep of it ends with nothing due", async () => {
    reads.length = 0;
    const now = "2027-02-01T00:00:00.000Z";
    const sweep = sweepDue({
      applications: store,
      items: itemStore,
      settings: defaultSettings,
      now: () => now,
      left: () => 60_000,
    });
    const first = await sweep();
    expect(first.changed).toBeGreaterThan(0);
    for (const { scanned, returned } of reads) expect(scanned).toBeLessThanOrEqual(returned);
    expect(await sweep()).toMatchObject({ looked: 0 });
  });
});

it("looks for broken promises as they stand, and not as they stood a moment ago", async () => {
  reads.length = 0;
  expect(await store.hasBrokenCommitment(applicant())).toBe(false);
  expect(reads).toEqual([{ command: "QueryCommand", returned: 0, scanned: 0, consistent: true }]);
});
