import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { City } from "#local/city.ts";
import { demoApplication } from "#local/demo-city/applicant.ts";
import { departmentClientId, departments } from "#local/demo-city/registry.ts";
import { until } from "#local/until.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { pullEvents } from "#shared/contracts/http/feed.ts";
import { apiOf, readCase, receivedBy, submitDemo } from "./city.ts";

/** What a case of the demo department leaves behind, each once. */
const STEPS = ["submitted", "accepted", "stage-decided", "approved", "concluded"];
const AT_ONCE = 8;

export interface KillReport {
  readonly cases: number;
  readonly kills: number;
  readonly seconds: number;
  /** Of the department's feed, in its one order. */
  readonly feed: readonly AnyEvent[];
  /** By case: the steps of its timeline. */
  readonly timelines: ReadonlyMap<string, readonly string[]>;
  readonly received: ReadonlyMap<string, ReadonlySet<number>>;
  readonly forged: number;
  /** What the to-do counters of the department add up to. */
  readonly waiting: number;
}

export const expectedSteps = STEPS;

/**
 * Lets cases flow from the portal through the department's own system to their end while functions, the relay's among them, are ended in the
 * middle of what they do; then looks at what came of it.
 */
export const flowUnderKills = async (
  city: City,
  { cases, killEveryMs, report = () => {} }: { cases: number; killEveryMs: number; report?: (line: string) => void },
): Promise<KillReport> => {
  const begun = Date.now();
  const functions = city.cloud.resources("AWS::Lambda::Function").map(({ physicalId }) => physicalId);
  let kills = 0;
  const killing = setInterval(() => {
    city.cloud.killWorkers(functions[kills % functions.length]);
    kills += 1;
  }, killEveryMs);

  const ids: string[] = [];
  try {
    let next = 0;
    const submitAll = async (): Promise<void> => {
      for (let n = next++; n < cases; n = next++) {
        const { id } = await until(`case ${n} is taken`, () => submitDemo(city, `kills-${n}`).catch(() => undefined), {
          seconds: 120,
        });
        ids.push(id);
        if (ids.length % 100 === 0) report(`${ids.length} of ${cases} cases submitted, ${kills} kills`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, submitAll));
    await until(
      "the department's system has concluded every case",
      async () => {
        const { actions } = await receivedBy(city.outside.department);
        const concluded = new Set(
          actions.filter(({ does, result }) => does === "conclude" && result === "done").map((each) => each.case),
        );
        report(`${concluded.size} of ${cases} cases concluded, ${kills} kills`);
        return ids.every((id) => concluded.has(id));
      },
      { seconds: 240 + cases * 3, everyMs: 2_000 },
    );
  } finally {
    clearInterval(killing);
  }

  const received = new Map(ids.map((id) => [id, new Set<number>()]));
  const { refused } = await until(
    "every event of every case has arrived",
    async () => {
      const told = await receivedBy(city.outside.department);
      for (const { event } of told.events) received.get(event.subject)?.add(event.sequence);
      return [...received.values()].every(({ size }) => size >= STEPS.length) && told;
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
      const sum = await waitingFor(city);
      return sum === 0 && { sum };
    },
    { seconds: 400, everyMs: 1_000 },
  );
  return {
    cases,
    kills,
    seconds: (Date.now() - begun) / 1000,
    feed,
    timelines,
    received,
    forged: refused,
    waiting: waiting.sum,
  };
};

const uscc = (): string => departments().find(({ name }) => name === demoApplication.department)?.uscc ?? "";

const wholeFeed = async (city: City): Promise<AnyEvent[]> => {
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

/** Every counter of the department's pools; a kill between a line and its counter would show here. */
const waitingFor = async (city: City): Promise<number> => {
  const rows = DynamoDBDocumentClient.from(new DynamoDBClient(city.cloud.operator));
  try {
    const TableName = city.cloud
      .resources("AWS::DynamoDB::GlobalTable")
      .find(({ path }) => path?.includes("Notifications/Table"))?.physicalId;
    const { Items = [] } = await rows.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": `counts#${uscc()}` },
      }),
    );
    return Items.flatMap(({ pk: _, sk: __, ...counts }) => Object.values(counts)).reduce(
      (sum: number, count) => sum + Math.abs(Number(count)),
      0,
    );
  } finally {
    rows.destroy();
  }
};
