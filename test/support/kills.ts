import { setTimeout as pause } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import type { City } from "#local/city.ts";
import type { Cloud, Template } from "#local/cloud/index.ts";
import { demoApplication } from "#local/demo-city/applicant.ts";
import { departmentClientId, departments } from "#local/demo-city/registry.ts";
import { until } from "#local/until.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { pullEvents } from "#shared/contracts/http/webhooks/feed.ts";
import { apiOf, readCase, receivedBy, submitDemo } from "./city.ts";

/** What a case of the demo department leaves behind, each once. */
export const expectedSteps: readonly string[] = ["submitted", "accepted", "stage-decided", "approved", "concluded"];
/** Cases on their way at the same time. */
const AT_ONCE = 24;

/** Messages of a killed function come back after seconds instead of minutes. */
export const impatient = (_stack: string, template: Template): Template => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === "AWS::SQS::Queue" && Properties?.VisibilityTimeout) Properties.VisibilityTimeout = 5;
  return template;
};

/** A city that is ended in the middle of what it does, as a whole or in parts; where it stands may change when it comes back. */
export interface KilledCity extends Pick<City, "url" | "issuer" | "clients"> {
  /** Address of the department's own system. */
  readonly department: string;
  readonly notifications: Pick<Cloud, "operator"> & { readonly table: string };
}

export const notificationsOf = ({ operator, resources }: Pick<Cloud, "operator" | "resources">) => {
  const table = resources("AWS::DynamoDB::GlobalTable").find(({ path }) => path?.includes("Notifications/Table"));
  if (!table) throw new Error("no table of notifications");
  return { operator, table: table.physicalId };
};

const ALL_AT_ONCE_EACH = 20;

/**
 * Ends a function that is at work every so often, the relays among them, the one first whose turn was longest ago; each twentieth time
 * all of them at once. One that has answered nothing since its last turn is left alone: else a slow machine would never get on.
 */
export const killInTurn = (cloud: Pick<Cloud, "activity" | "killWorkers">, everyMs: number) => {
  const killed = new Map<string, { readonly turn: number; readonly answered: number }>();
  let [turn, atWork] = [0, 0];
  const timer = setInterval(() => {
    const ready = cloud
      .activity()
      .filter((each) => each.atWork > 0 && each.answered > (killed.get(each.name)?.answered ?? 0))
      .sort((one, other) => (killed.get(one.name)?.turn ?? 0) - (killed.get(other.name)?.turn ?? 0));
    if (ready.length > 0) turn += 1;
    for (const { name, answered } of turn % ALL_AT_ONCE_EACH === 0 ? ready : ready.slice(0, 1)) {
      killed.set(name, { turn, answered });
      atWork += cloud.killWorkers(name);
    }
  }, everyMs);
  return {
    /** How many instances were ended in the middle of their work, and of how many functions. */
    atWork: () => atWork,
    functions: () => killed.size,
    stop: () => clearInterval(timer),
  };
};

export interface KillReport {
  readonly cases: number;
  readonly seconds: number;
  /** Of the department's feed, in its one order. */
  readonly feed: readonly AnyEvent[];
  /** By case: the steps of its timeline. */
  readonly timelines: ReadonlyMap<string, readonly string[]>;
  readonly received: ReadonlyMap<string, ReadonlySet<number>>;
  readonly forged: number;
  /** Lines of anyone's to-do list. */
  readonly waiting: number;
}

/**
 * Lets cases flow from the portal through the department's own system to their end in a city that is being killed, then looks at what came
 * of it. `calm` ends the killing; it is called when every case is concluded.
 */
export const flowUnderKills = async (
  city: KilledCity,
  { cases, calm, report = () => {} }: { cases: number; calm: () => unknown; report?: (line: string) => void },
): Promise<KillReport> => {
  const begun = Date.now();
  const ids: string[] = [];
  const concluded = new Set<string>();
  const isOver = new AbortController();
  const watching = watchConclusions(city.department, isOver.signal, (id) => {
    concluded.add(id);
    if (concluded.size % 100 === 0) report(`${concluded.size} of ${cases} cases concluded`);
  });
  let next = 0;
  const oneAfterTheOther = async (): Promise<void> => {
    for (let n = next++; n < cases; n = next++) {
      const { id } = await until(`case ${n} is taken`, () => submitDemo(city, `kills-${n}`).catch(() => undefined), {
        seconds: 120,
      });
      ids.push(id);
      await until(`case ${n} is concluded`, () => concluded.has(id), { seconds: 240 + cases * 3, everyMs: 200 });
    }
  };
  try {
    await Promise.race([Promise.all(Array.from({ length: AT_ONCE }, oneAfterTheOther)), watching]);
  } finally {
    isOver.abort();
  }
  await calm();

  const received = new Map(ids.map((id) => [id, new Set<number>()]));
  const { refused } = await until(
    "every event of every case has arrived",
    async () => {
      const told = await receivedBy(city.department);
      for (const { event } of told.events) received.get(event.subject)?.add(event.sequence);
      return [...received.values()].every(({ size }) => size >= expectedSteps.length) && told;
    },
    { seconds: 400, everyMs: 1_000 },
  );

  const timelines = new Map<string, string[]>();
  for (const id of ids)
    timelines.set(
      id,
      (await readCase(city, id)).timeline.map(({ step }) => step),
    );
  const feed = await wholeFeed(city);
  const waiting = await until(
    "nothing waits for an official any more",
    async () => {
      const sum = await waitingIn(city.notifications);
      return sum === 0 && { sum };
    },
    { seconds: 400, everyMs: 1_000 },
  );
  return {
    cases,
    seconds: (Date.now() - begun) / 1000,
    feed,
    timelines,
    received,
    forged: refused,
    waiting: waiting.sum,
  };
};

/** Looks every second which cases the department's system has concluded, each told once; ends with the signal. */
export const watchConclusions = async (
  department: string,
  over: AbortSignal,
  concluded: (id: string) => void,
): Promise<void> => {
  const told = new Set<string>();
  while (!over.aborted) {
    const { actions } = await receivedBy(department);
    for (const { does, result, case: id } of actions)
      if (does === "conclude" && result === "done" && !told.has(id)) {
        told.add(id);
        concluded(id);
      }
    await pause(1_000);
  }
};

const uscc = (): string => departments().find(({ name }) => name === demoApplication.department)?.uscc ?? "";

const wholeFeed = async (city: KilledCity): Promise<AnyEvent[]> => {
  const department = apiOf(city, departmentClientId(uscc()));
  const events: AnyEvent[] = [];
  for (let after: string | undefined; ; ) {
    const page = await department(pullEvents, { query: { limit: "100", ...(after && { after }) } });
    if (!page.ok) throw new Error(page.code);
    events.push(...page.value.items.map(({ event }) => event as AnyEvent));
    after = page.value.next;
    if (!page.value.more) return events;
  }
};

/** Everybody's lines. */
const waitingIn = async ({ operator, table }: KilledCity["notifications"]): Promise<number> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(operator));
  let sum = 0;
  try {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
      sum += Items.filter(({ poolKey }) => poolKey !== undefined).length;
  } finally {
    client.destroy();
  }
  return sum;
};
