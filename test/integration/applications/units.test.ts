import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { ajvForms } from "#functions/applications/adapters/ajv-forms.ts";
import { caseLicences } from "#functions/applications/adapters/case-licences.ts";
import { dynamoApplications } from "#functions/applications/adapters/dynamo-applications.ts";
import { dynamoDrafts } from "#functions/applications/adapters/dynamo-drafts.ts";
import { dynamoItems } from "#functions/applications/adapters/dynamo-items.ts";
import { memoryFiles } from "#functions/applications/adapters/memory-files.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { trueWake } from "#functions/applications/domain/wake.ts";
import { applicationEndpoints } from "#functions/applications/http/index.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import {
  acceptApplication,
  claimTask,
  concludeApplication,
  correctApplication,
  decideStage,
  declineApplication,
  extendApplication,
  listWorklist,
  readPersonalData,
  releaseTask,
  reopenApplication,
  requestCorrection,
  resumeApplication,
  searchApplications,
  submitApplication,
  supplyMaterial,
  suspendApplication,
  verifyCommitment,
  withdrawApplication,
} from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { applicant, cipher, materialRules, personalTexts, RECEIVED, rules } from "#test/support/applications.ts";
import { type Call, department, portal, submission } from "#test/support/applications-api.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import { observe, type Sent } from "#test/support/observed-client.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

let tables = 0;
beforeAll(async () => {
  await deployed();
});

/** The capability on a table as deployed, and what it sends there. */
const deployed = async (item = rules(), settings = defaultSettings) => {
  const table = `units-${++tables}`;
  const client = ownDocuments();
  await createDeployedTable(client, table, (scope) => new ApplicationsData(scope, local));
  const items = dynamoItems(client, { table, now: () => RECEIVED });
  await items.keep(item);
  const sent = observe(client);
  const applications = dynamoApplications(client, { table, cipher });
  let now = RECEIVED;
  const lambda = httpLambda(
    applicationEndpoints({
      applications,
      items,
      licences: caseLicences(applications, () => RECEIVED),
      files: memoryFiles(),
      forms: ajvForms(),
      drafts: dynamoDrafts(client, { table, cipher, now: () => RECEIVED }),
      settings,
      now: () => now,
    }),
  );
  let keys = 0;
  return {
    setNow: (at: string) => {
      now = at;
    },
    /** What the sweep does with a case that it has looked at too early. */
    async letSweepMove(id: string) {
      const state = await applications.find(id);
      if (!state) throw new Error("no such case");
      expect(await applications.reschedule(state, trueWake(state, settings))).toBe(true);
    },
    rowOfCase: async (id: string) =>
      (await client.send(new GetCommand({ TableName: table, Key: { pk: id, sk: "case" } }))).Item,
    /** One call, and the commands it made. */
    async call(contract: Pick<Route, "method" | "path">, { as, key, ...parts }: Call) {
      sent.length = 0;
      const headers = { "idempotency-key": key ?? `key-${++keys}` };
      const answer = said(await lambda(requestTo(contract, { verdict: as, headers, ...parts })));
      expect(answer.status, answer.text).toBeLessThan(300);
      return { ...answer, sent: [...sent] };
    },
  };
};

const writtenUnits = (sent: readonly Sent[]): number =>
  sent
    .filter(({ command }) => command === "PutItemCommand" || command === "TransactWriteItemsCommand")
    .flatMap(({ consumed }) => consumed ?? [])
    .reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);

const namesOf = (sent: readonly { command: string }[]) => sent.map(({ command }) => command);
/**
 * 3 KB of Chinese that compresses badly: 1,000 characters drawn evenly from 3,000, where real forms repeat themselves.
 */
const threeKilobytes = () => {
  let seed = 20261122;
  const character = () => {
    seed = (seed * 48271) % 2147483647;
    return String.fromCodePoint(0x4e00 + (seed % 3000));
  };
  return { 说明: Array.from({ length: 1000 }, character).join("") };
};

describe("what a submission with a 3 KB form costs", () => {
  it("is one write of at most 6 units, both indexes included", async () => {
    const { call } = await deployed();
    const form = threeKilobytes();
    expect(Buffer.byteLength(JSON.stringify(form))).toBeGreaterThan(3000);
    const { sent } = await call(submitApplication, { as: portal, body: submission({ form }) });
    expect(namesOf(sent)).toEqual(["GetItemCommand", "QueryCommand", "PutItemCommand"]);
    const put = sent[2]?.consumed;
    expect(Object.keys(put?.GlobalSecondaryIndexes ?? {}).sort()).toEqual(["by-applicant", "due", "worklist"]);
    expect(put?.Table?.CapacityUnits).toBeGreaterThan(0);
    const units = put?.CapacityUnits;
    expect(units).toBeGreaterThanOrEqual(3);
    expect(units).toBeLessThanOrEqual(6);
  });

  it("is one refused write when it is repeated, which leaves the row as it is", async () => {
    const { call, rowOfCase } = await deployed();
    const again = { as: portal, body: submission(), key: "k-1" };
    const first = await call(submitApplication, again);
    const row = await rowOfCase(first.body.id);
    const { text, sent } = await call(submitApplication, again);
    expect(text).toBe(first.text);
    expect(namesOf(sent)).toEqual(["GetItemCommand", "QueryCommand", "PutItemCommand", "GetItemCommand"]);
    expect(sent[2]?.consumed).toBeUndefined();
    expect(await rowOfCase(first.body.id)).toEqual(row);
  });
});

describe("what the steps of a case with a 3 KB form cost", () => {
  it("is at most 6 units each, all indexes included, from the first to the last", async () => {
    const checks = ["c1", "c2", "c3", "c4"].map((id) => ({ id, text: "材料齐全，符合法定形式" }));
    const answers = checks.map(({ id }) => ({ check: id, yes: true }));
    const item = rules({
      limits: { statutory: 20, promised: 10 },
      stages: (["handling", "review", "approval"] as const).map((name) => ({ name, checks })),
    });
    const { call } = await deployed(item);
    const client = { ...department, client: "department-11440606mb2d26310w" };
    const { body, sent } = await call(submitApplication, { as: portal, body: submission({ form: threeKilobytes() }) });
    const units = [sent];
    const params = { id: body.id };
    const decide = (stage: string, officer: string) =>
      call(decideStage, {
        as: client,
        params: { ...params, stage },
        body: { officer, outcome: "approve", answers },
      });
    units.push((await call(claimTask, { as: client, params, body: { officer: "sd-zr-0101" } })).sent);
    units.push((await call(acceptApplication, { as: client, params, body: { officer: "sd-zr-0101" } })).sent);
    units.push((await decide("handling", "sd-zr-0102")).sent);
    units.push((await decide("review", "sd-zr-0103")).sent);
    units.push((await decide("approval", "sd-zr-0104")).sent);
    units.push((await call(concludeApplication, { as: client, params, body: { officer: "sd-zr-0101" } })).sent);
    const written = units.map(
      (each) => each.find(({ command }) => command === "PutItemCommand")?.consumed?.CapacityUnits,
    );
    expect(Math.max(...written.map((each) => each ?? 99)), `${written}`).toBeLessThanOrEqual(6);
  });
});

describe("what every other step costs, at a case with a 3 KB form", () => {
  const checks = ["c1", "c2", "c3", "c4"].map((id) => ({ id, text: "材料齐全，符合法定形式" }));
  const answers = checks.map(({ id }) => ({ check: id, yes: true }));
  const item = rules({
    limits: { statutory: 20, promised: 10 },
    stages: (["handling", "review", "approval"] as const).map((name) => ({ name, checks })),
    materials: [materialRules({ id: "m1" }), materialRules({ id: "m2", deferrable: true, deferDays: 5 })],
    specialProcedures: [
      { kind: "inspection", workingDays: 10 },
      { kind: "hearing", workingDays: 60 },
    ],
    commitment: true,
  });
  const client = { ...department, client: "department-11440606mb2d26310w" };
  const supervisor = {
    ...client,
    staff: "sd-zr-0109",
    roles: ["supervisor"],
    scopes: "applications:read applications:supervise",
  } as const satisfies Verdict;
  const window = { ...portal, client: "channel-window", channel: "window" } as const;
  const promise = { commitment: { statement: "本单位承诺所填内容真实，并符合全部许可条件。" } };
  const { kind, idNumber } = applicant();
  const whose = { applicant: { kind, idNumber } };
  const [clerk, officer, approver] = ["sd-zr-0101", "sd-zr-0102", "sd-zr-0104"].map((number) => ({ officer: number }));
  const APPROVE = { ...approver, outcome: "approve", answers };

  /** A case, and what each further step of it wrote. */
  const begun = async (
    more: object = {
      materials: [
        { material: "m1", onPaper: true },
        { material: "m2", deferred: true },
      ],
    },
    correctionDays = defaultSettings.correctionDays,
  ) => {
    const { call, setNow, letSweepMove } = await deployed(item, { ...defaultSettings, correctionDays });
    const { body } = await call(submitApplication, {
      as: window,
      body: { ...submission({ form: threeKilobytes() }), ...more },
    });
    const take = async (contract: Pick<Route, "method" | "path">, as: Verdict, body2: object, stage?: string) => {
      const params = { id: body.id as string, ...(stage && { stage }) };
      const { sent } = await call(contract, { as, params, body: body2 });
      return writtenUnits(sent);
    };
    return { take, setNow, letSweepMove: () => letSweepMove(body.id) };
  };
  type Begun = Awaited<ReturnType<typeof begun>>;
  const approved = async ({ take }: Begun) => {
    await take(acceptApplication, client, { ...clerk });
    await take(decideStage, client, APPROVE, "approval");
  };

  const steps: [string, number, () => Promise<number>][] = [
    [
      "decline",
      6,
      async () => (await begun()).take(declineApplication, client, { ...clerk, reasons: ["不属于本部门职权"] }),
    ],
    [
      "request a correction",
      6,
      async () =>
        (await begun()).take(requestCorrection, client, { ...clerk, defects: [{ material: "m1", what: "未提交" }] }),
    ],
    ...[
      ["correct", "2026-11-24T02:00:00.000Z"],
      ["correct on the last day", "2026-12-04T02:00:00.000Z"],
    ].map(([name = "", at = ""]): [string, number, () => Promise<number>] => [
      name,
      6,
      async () => {
        const { take, setNow } = await begun();
        await take(requestCorrection, client, { ...clerk, defects: [{ material: "m1", what: "未提交" }] });
        setNow(at);
        return take(correctApplication, portal, {
          ...whose,
          form: threeKilobytes(),
          materials: [{ material: "m1", licence: "居民身份证" }],
        });
      },
    ]),
    ["withdraw", 6, async () => (await begun()).take(withdrawApplication, portal, { ...whose, reason: "不再需要" })],
    ["claim", 6, async () => (await begun()).take(claimTask, client, { ...clerk })],
    [
      "release",
      6,
      async () => {
        const { take } = await begun();
        await take(claimTask, client, { ...clerk });
        return take(releaseTask, client, { ...clerk });
      },
    ],
    [
      "supply",
      6,
      async () => (await begun()).take(supplyMaterial, window, { ...whose, supply: { material: "m2", onPaper: true } }),
    ],
    [
      "suspend",
      6,
      async () => {
        const { take } = await begun();
        await take(acceptApplication, client, { ...clerk });
        return take(suspendApplication, client, { ...officer, procedure: "inspection" });
      },
    ],
    [
      "resume",
      6,
      async () => {
        const { take, setNow } = await begun();
        await take(acceptApplication, client, { ...clerk });
        await take(suspendApplication, client, { ...officer, procedure: "inspection" });
        setNow("2026-11-26T02:00:00.000Z");
        return take(resumeApplication, client, { ...officer });
      },
    ],
    [
      "extend",
      6,
      async () => {
        const { take } = await begun();
        await take(acceptApplication, client, { ...clerk });
        return take(extendApplication, client, { ...approver, reason: "案情复杂，需要进一步核查" });
      },
    ],
    ...(["kept", "broken"] as const).map((found): [string, number, () => Promise<number>] => [
      `find a promise ${found}`,
      // Revoking puts the case and the applicant's record into one transaction, which counts each write twice.
      found === "kept" ? 6 : 14,
      async () => {
        const started = await begun(promise);
        await approved(started);
        return started.take(verifyCommitment, client, { ...officer, found, reasons: ["现场与承诺不符"] });
      },
    ]),
    [
      "reopen",
      6,
      async () => {
        const started = await begun(promise);
        await approved(started);
        await started.take(concludeApplication, client, { ...clerk });
        return started.take(reopenApplication, supervisor, { complaint: "TS-2026-1", reason: "投诉成立" });
      },
    ],
  ];

  // The sweep has moved the case to a moment that the step brings forward: the due index is written as well (decision 0026).
  const broughtForward: typeof steps = [
    [
      "correct, long before the end of a period that the city has made longer",
      8,
      async () => {
        const { take, setNow, letSweepMove } = await begun(undefined, 40);
        await take(requestCorrection, client, { ...clerk, defects: [{ material: "m1", what: "未提交" }] });
        await letSweepMove();
        setNow("2026-12-04T02:00:00.000Z");
        return take(correctApplication, portal, { ...whose, materials: [{ material: "m1", licence: "居民身份证" }] });
      },
    ],
    [
      "resume, long before the procedure was expected to end",
      8,
      async () => {
        const { take, setNow, letSweepMove } = await begun();
        await take(acceptApplication, client, { ...clerk });
        await take(suspendApplication, client, { ...officer, procedure: "hearing" });
        await letSweepMove();
        setNow("2026-11-26T02:00:00.000Z");
        return take(resumeApplication, client, { ...officer });
      },
    ],
  ];

  it.each([...steps, ...broughtForward])("%s: at most %i units", async (_name, most, take) => {
    const units = await take();
    expect(units).toBeGreaterThan(0);
    expect(units).toBeLessThanOrEqual(most);
    // An exception that is none any more is to be taken back.
    if (most > 6) expect(units).toBeGreaterThan(6);
  });
});

describe("what a list costs", () => {
  it.each([1, 3, 5])("is one query for a page of %i of five cases", async (limit) => {
    const { call } = await deployed();
    for (let i = 0; i < 5; i++) await call(submitApplication, { as: portal, body: submission() });
    const { kind, idNumber } = applicant();
    // The divisions of a department are read once and believed for a minute.
    await call(listWorklist, { as: department });
    const search = await call(searchApplications, {
      as: portal,
      query: { limit: `${limit}` },
      body: { applicant: { kind, idNumber } },
    });
    const worklist = await call(listWorklist, { as: department, query: { limit: `${limit}` } });
    for (const { sent, body } of [search, worklist]) {
      expect(namesOf(sent)).toEqual(["QueryCommand"]);
      expect(body.items).toHaveLength(limit);
    }
  });
});

describe("what a decision costs", () => {
  it("is one read and one write", async () => {
    const { call } = await deployed();
    const { body } = await call(submitApplication, { as: portal, body: submission() });
    const first = await call(acceptApplication, { as: department, params: { id: body.id }, body: { officer: "c" } });
    // The rules of a version are read once: they never change.
    expect(namesOf(first.sent)).toEqual(["GetItemCommand", "GetItemCommand", "PutItemCommand"]);
    const { sent } = await call(decideStage, {
      as: department,
      params: { id: body.id, stage: "handling" },
      body: { officer: "o", outcome: "approve" },
    });
    expect(namesOf(sent)).toEqual(["GetItemCommand", "PutItemCommand"]);
  });
});

describe("what stands in the table", () => {
  it("shows no one who reads it whom a case is of, or what they told", async () => {
    const { call, rowOfCase } = await deployed();
    const { body } = await call(submitApplication, { as: portal, body: submission() });
    const params = { id: body.id };
    await call(acceptApplication, { as: department, params, body: { officer: "clerk-1" } });
    await call(readPersonalData, { as: department, params, body: { purpose: "acceptance", officer: "clerk-1" } });
    const row = await rowOfCase(body.id);
    expect(Object.keys(row ?? {}).sort()).toEqual([
      "applicantKey",
      "deskKey",
      "dueBy",
      "dueShard",
      "itemCode",
      "itemName",
      "keyId",
      "number",
      "outbox",
      "pk",
      "receivedKey",
      "sealed",
      "sk",
      "stage",
      "status",
      "version",
      "wake",
      "worklistKey",
    ]);
    const { sealed, ...clear } = row ?? {};
    for (const text of personalTexts) {
      expect(JSON.stringify(clear)).not.toContain(text);
      expect(Buffer.from(sealed).includes(text)).toBe(false);
    }
  });
});
