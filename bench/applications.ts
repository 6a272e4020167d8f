import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchWriteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { ajvForms } from "#functions/applications/adapters/ajv-forms.ts";
import { rowOf } from "#functions/applications/adapters/application-row.ts";
import { caseLicences } from "#functions/applications/adapters/case-licences.ts";
import { dynamoApplications } from "#functions/applications/adapters/dynamo-applications.ts";
import { dynamoDrafts } from "#functions/applications/adapters/dynamo-drafts.ts";
import { dynamoItems } from "#functions/applications/adapters/dynamo-items.ts";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { memoryDrafts } from "#functions/applications/adapters/memory-drafts.ts";
import { memoryFiles } from "#functions/applications/adapters/memory-files.ts";
import { memoryItems } from "#functions/applications/adapters/memory-items.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { applicationEndpoints } from "#functions/applications/http/index.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { startCity } from "#local/city.ts";
import { demoApplication } from "#local/demo-city/applicant.ts";
import { departmentClientId, departments, type Staff } from "#local/demo-city/registry.ts";
import { synthesise } from "#local/synth.ts";
import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import {
  acceptApplication,
  concludeApplication,
  decideStage,
  listWorklist,
  searchApplications,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { readItem } from "#shared/contracts/http/catalogue/finding.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { pullEvents } from "#shared/contracts/http/webhooks/feed.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { applicant, cipher, otherPerson, rules, submitted } from "#test/support/applications.ts";
import { department, portal, submission } from "#test/support/applications-api.ts";
import { apiOf, submission as demo } from "#test/support/city.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, startDynamoDb } from "#test/support/dynamodb-local.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import { observe } from "#test/support/observed-client.ts";
import { findKnee, openLoad } from "./load.ts";
import { interleaved, publish, quantile, ratio, row, setting, TIMES_HEAD } from "./measure.ts";

/** CASES=10000 npm run bench applications, for a first look. */
const MANY = setting("CASES", 1_000_000);
const FEW = 1_000;
const HELD_SECONDS = setting("HELD_SECONDS", 120);
const ROUNDS = 200;

/** Chinese that compresses badly: 1,000 characters drawn evenly from 3,000. */
const form = () => {
  let seed = 20261122;
  const character = () => {
    seed = (seed * 48271) % 2147483647;
    return String.fromCodePoint(0x4e00 + (seed % 3000));
  };
  return { 说明: Array.from({ length: 1000 }, character).join("") };
};

const checks = ["c1", "c2", "c3", "c4"].map((id) => ({ id, text: "材料齐全，符合法定形式" }));
const item = rules({
  limits: { statutory: 20, promised: 10 },
  stages: (["handling", "review", "approval"] as const).map((name) => ({ name, checks })),
});

type Deps = Parameters<typeof applicationEndpoints>[0];

const caller = (deps: Deps) => {
  const lambda = httpLambda(applicationEndpoints(deps));
  let keys = 0;
  return async (
    contract: Pick<Route, "method" | "path">,
    as: Verdict,
    parts: {
      readonly params?: Record<string, string>;
      readonly query?: Record<string, string>;
      readonly body?: unknown;
    },
  ) => {
    const headers = { "idempotency-key": `key-${++keys}` };
    const answer = said(await lambda(requestTo(contract, { verdict: as, headers, ...parts })));
    if (answer.status >= 300) throw new Error(`${contract.path}: ${answer.text}`);
    return answer.body;
  };
};
type Call = ReturnType<typeof caller>;

/** @throws Error for a refusal */
const agreed = <T>(
  answer: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string },
): T => {
  if (!answer.ok) throw new Error(answer.code);
  return answer.value;
};

const STEPS = ["submit", "accept", "handling", "review", "approval", "conclude"] as const;

/** A whole case, one step after the other; `step` is told of each. */
const wholeCase = async (
  call: Call,
  step: (name: (typeof STEPS)[number], work: () => Promise<{ id: string }>) => Promise<{ id: string }>,
): Promise<void> => {
  const filled = form();
  const { id } = await step("submit", () =>
    call(submitApplication, portal, { body: submission({ itemCode: item.code, form: filled }) }),
  );
  const answers = checks.map((check) => ({ check: check.id, yes: true }));
  await step("accept", () => call(acceptApplication, department, { params: { id }, body: { officer: "clerk-1" } }));
  for (const stage of ["handling", "review", "approval"] as const)
    await step(stage, () =>
      call(decideStage, department, {
        params: { id, stage },
        body: { officer: `officer-${stage}`, outcome: "approve", answers },
      }),
    );
  await step("conclude", () => call(concludeApplication, department, { params: { id }, body: { officer: "clerk-1" } }));
};

const onDynamo = async (client: DynamoDBDocumentClient, table: string) => {
  await createDeployedTable(client, table, (scope) => new ApplicationsData(scope, local));
  const items = dynamoItems(client, { table, now: systemClock });
  await items.keep(item);
  const applications = dynamoApplications(client, { table, cipher });
  return {
    applications,
    licences: caseLicences(applications, systemClock),
    items,
    files: memoryFiles(),
    forms: ajvForms(),
    drafts: dynamoDrafts(client, { table, cipher, now: systemClock }),
    settings: defaultSettings,
    now: systemClock,
  };
};

/** Write units of every step, and milliseconds beside the same step in memory: what is not ours is DynamoDB Local's. */
const steps = async (endpoint: string): Promise<string[]> => {
  const client = localDocumentClient(endpoint);
  const sent = observe(client);
  const call = caller(await onDynamo(client, "steps"));
  const units = new Map<string, number>();
  await wholeCase(call, async (name, work) => {
    sent.length = 0;
    const result = await work();
    units.set(
      name,
      sent.reduce(
        (sum, { command, consumed }) => sum + (command === "PutItemCommand" ? (consumed?.CapacityUnits ?? 0) : 0),
        0,
      ),
    );
    return result;
  });
  const forms = ajvForms();
  /** A map of cases is searched one by one: a new one for each case keeps that out of the figure. */
  const inMemory = () => {
    const applications = memoryApplications(cipher);
    return caller({
      applications,
      licences: caseLicences(applications, systemClock),
      items: memoryItems([item]),
      files: memoryFiles(),
      forms,
      drafts: memoryDrafts(cipher, systemClock),
      settings: defaultSettings,
      now: systemClock,
    });
  };
  const times = new Map<string, { ours: number[]; whole: number[] }>(
    STEPS.map((name) => [name, { ours: [], whole: [] }]),
  );
  const timed = (of: Call, kept: "ours" | "whole") =>
    wholeCase(of, async (name, work) => {
      const begun = performance.now();
      const result = await work();
      times.get(name)?.[kept].push(performance.now() - begun);
      return result;
    });
  for (let round = 0; round < ROUNDS / 4; round++) {
    await timed(call, "whole");
    await timed(inMemory(), "ours");
  }
  client.destroy();
  return [
    "| step, with a 3 KB form | write units, indexes included | p50 ms | p95 ms | p50 ms, memory in place of DynamoDB Local |",
    "|---|---|---|---|---|",
    ...STEPS.map((name) => {
      const { ours = [], whole = [] } = times.get(name) ?? {};
      return `| ${name} | ${units.get(name)} | ${quantile(whole, 0.5).toFixed(1)} | ${quantile(whole, 0.95).toFixed(1)} | ${quantile(ours, 0.5).toFixed(1)} |`;
    }),
  ];
};

const BATCH = 25;
const AT_ONCE = 8;

/** Cases of many applicants and fifty departments; what is sealed in them is filler, since lists do not read it. */
const seed = async (client: DynamoDBDocumentClient, table: string, count: number): Promise<void> => {
  const filler = new Uint8Array(200).fill(7);
  const { sealed: _, ...template } = rowOf(cipher, submitted(item, { by: otherPerson }).state);
  const rowAt = (index: number) => {
    const id = derivedId("seed", `${index}`);
    const receivedAt = new Date(Date.UTC(2026, 0, 1) + index * 20_000).toISOString();
    return {
      ...template,
      pk: id,
      receivedKey: `${receivedAt}#${id}`,
      applicantKey: `seed-${index % Math.max(1, Math.floor(count / 20))}`,
      worklistKey: index % 50 === 0 ? template.worklistKey : `seed/${index % 50}`,
      deskKey: `0accept#2026-12-${String((index % 28) + 1).padStart(2, "0")}#${id}`,
      dueShard: `due#${index % 16}`,
      sealed: filler,
    };
  };
  let next = 0;
  let told = 0;
  const writer = async () => {
    while (next < count) {
      const from = next;
      next += BATCH;
      let wanted = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => ({
        PutRequest: { Item: rowAt(from + i) },
      }));
      while (wanted.length > 0) {
        const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: wanted } }));
        wanted = (UnprocessedItems?.[table] ?? []) as typeof wanted;
      }
      const percent = Math.floor((next * 100) / count);
      if (percent >= told + 5) {
        told = percent;
        console.log(`seeding ${table}: ${Math.min(percent, 100)} %`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writer));
};

/** The same lists and the same submission beside few and beside many cases, in turn. */
const growth = async (endpoint: string): Promise<string[]> => {
  const client = localDocumentClient(endpoint);
  const at = async (table: string, count: number) => {
    const deps = await onDynamo(client, table);
    await seed(client, table, count);
    for (let serial = 0; serial < 20; serial++)
      await deps.applications.save(submitted(item, { id: derivedId("mine", `${serial}`) }));
    return caller(deps);
  };
  const few = await at("few", FEW);
  const many = await at("many", MANY);
  const { kind, idNumber } = applicant();
  const search = (call: Call) => () => call(searchApplications, portal, { body: { applicant: { kind, idNumber } } });
  const worklist = (call: Call) => () => call(listWorklist, department, { query: { limit: "20" } });
  const submit = (call: Call) => () =>
    call(submitApplication, portal, { body: submission({ itemCode: item.code, applicant: otherPerson }) });
  const onePut = (table: string) => {
    let puts = 0;
    return () => client.send(new PutCommand({ TableName: table, Item: { pk: `bench#${puts++}`, sk: "x" } }));
  };
  const timesOf = await interleaved(ROUNDS, {
    searchFew: search(few),
    searchMany: search(many),
    worklistFew: worklist(few),
    worklistMany: worklist(many),
    submitFew: submit(few),
    submitMany: submit(many),
    putFew: onePut("few"),
    putMany: onePut("many"),
  });
  client.destroy();
  const pair = (what: string, name: string) => [
    row(`${what}, ${FEW.toLocaleString("en")} cases`, timesOf(`${name}Few`)),
    row(`${what}, ${MANY.toLocaleString("en")} cases`, timesOf(`${name}Many`)),
  ];
  const grown = (name: string) => ratio(timesOf(`${name}Many`), timesOf(`${name}Few`));
  return [
    ...TIMES_HEAD,
    ...pair("an applicant's cases, a page of 20", "search"),
    ...pair("a worklist, a page of 20", "worklist"),
    ...pair("submit", "submit"),
    ...pair("one bare put, for comparison", "put"),
    "",
    `Many beside few, medians: cases ${grown("search")}, worklist ${grown("worklist")}, submit ${grown("submit")}, bare put ${grown("put")} (goal: 1.2 at most).`,
  ];
};

const CITY_STAGES = ["handling", "approval"] as const;
/** Events of a whole case in the city: submitted, accepted, one for each stage, concluded. */
const CITY_STEPS = CITY_STAGES.length + 3;

/** Whole cases of a real item through the city's gateway in an open model: the knee, and seventy percent of it held, with nothing lost. */
const load = async (): Promise<string[]> => {
  const assembly = mkdtempSync(join(tmpdir(), "yimen-bench-applications-"));
  await synthesise("local", assembly);
  const city = await startCity({ assembly, port: 0, report: () => {} });
  try {
    const { uscc } = departments().find(({ name }) => name === demoApplication.department) ?? { uscc: "" };
    const channel = apiOf(city, "channel-portal");
    const office = apiOf(city, departmentClientId(uscc));
    const officer = (role: Staff["roles"][number]) =>
      city.staff.find((member) => member.department === uscc && member.roles.includes(role))?.staff ?? "";
    const found = agreed(await channel(readItem, { path: { code: demo.itemCode } }));
    const formOf = (stage: string) =>
      (found.stages.find(({ name }) => name === stage)?.checks ?? []).map(({ id }) => ({ check: id, yes: true }));

    const concluded = new Set<string>();
    let keys = 0;
    const one = async (): Promise<void> => {
      const key = `load-${keys++}`;
      const { id } = agreed(await channel(submitApplication, { key, body: demo }));
      const path = { id };
      agreed(await office(acceptApplication, { key: `${key}-a`, path, body: { officer: officer("clerk") } }));
      for (const stage of CITY_STAGES) {
        const by = officer(stage === "approval" ? "approver" : "officer");
        const body = { officer: by, outcome: "approve" as const, reasons: [], answers: formOf(stage) };
        agreed(await office(decideStage, { key: `${key}-${stage}`, path: { id, stage }, body }));
      }
      agreed(await office(concludeApplication, { key: `${key}-c`, path, body: { officer: officer("clerk") } }));
      concluded.add(id);
    };
    for (let warm = 0; warm < 10; warm++) await one();
    const { knee, trials } = await findKnee(1, one, console.log);
    const before = concluded.size;
    const held = await openLoad({ rate: knee * 0.7, seconds: HELD_SECONDS }, one);
    const begun = performance.now();
    const told = new Map<string, Set<number>>();
    let [events, after] = [0, ""];
    while (events < concluded.size * CITY_STEPS && performance.now() - begun < 300_000) {
      const page = agreed(await office(pullEvents, { query: { limit: "100", wait: "5", ...(after && { after }) } }));
      after = page.next;
      for (const item of page.items) {
        const { subject, sequence } = AnyEvent.parse(item.event);
        if (!concluded.has(subject)) continue;
        events += 1;
        told.set(subject, (told.get(subject) ?? new Set()).add(sequence));
      }
    }
    const caughtUp = (performance.now() - begun) / 1000;
    const whole = [...told.values()].filter(({ size }) => size === CITY_STEPS).length;
    if (held.failed > 0 || whole !== concluded.size || events !== concluded.size * CITY_STEPS) process.exitCode = 1;
    return [
      "Whole cases of a real item through the local city's gateway, functions, relays and feed.",
      "",
      "| cases offered a second | done a second | p50 ms | p95 ms | failed |",
      "|---|---|---|---|---|",
      ...trials.map(
        ({ rate, throughput, times, failed }) =>
          `| ${rate.toFixed(1)} | ${throughput.toFixed(1)} | ${quantile(times, 0.5).toFixed(0)} | ${quantile(times, 0.95).toFixed(0)} | ${failed} |`,
      ),
      "",
      `The knee: ${knee.toFixed(1)} cases a second, ${(knee * CITY_STEPS).toFixed(0)} steps. Held at 70 % for ${HELD_SECONDS} s: ${concluded.size - before} of ${held.begun} concluded, ${held.failed} failed, p95 of a whole case ${quantile(held.times, 0.95).toFixed(0)} ms.`,
      `Of all ${concluded.size} cases ${whole} have each of their ${CITY_STEPS} events in the department's feed, ${events} events in all; the last of them ${caughtUp.toFixed(0)} s after the last step.`,
    ];
  } finally {
    await city.stop();
    rmSync(assembly, { recursive: true, force: true });
  }
};

const dynamo = await startDynamoDb();
try {
  publish("applications", "Applications", [
    "## Each step",
    "",
    ...(await steps(dynamo.endpoint)),
    "",
    "## Growth",
    "",
    ...(await growth(dynamo.endpoint)),
    "",
    "Seeded cases hold filler in place of their sealed part.",
    "",
    "## Load",
    "",
    ...(await load()),
  ]);
} finally {
  await dynamo.stop();
}
