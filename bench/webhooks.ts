import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { addressRules } from "#functions/webhooks/adapters/address-rules.ts";
import { dynamoDeliveries } from "#functions/webhooks/adapters/dynamo-deliveries.ts";
import { dynamoEndpoints } from "#functions/webhooks/adapters/dynamo-endpoints.ts";
import { dynamoFeedLog } from "#functions/webhooks/adapters/dynamo-feed-log.ts";
import { dynamoLanes } from "#functions/webhooks/adapters/dynamo-lanes.ts";
import { guardedPost } from "#functions/webhooks/adapters/guarded-post.ts";
import { httpsCourier } from "#functions/webhooks/adapters/https-courier.ts";
import type { Speed, Wake, WakeQueue } from "#functions/webhooks/domain/ports.ts";
import { feedAppender } from "#functions/webhooks/feed/append.ts";
import { endpointWaker } from "#functions/webhooks/feed/wake-endpoints.ts";
import { lanePusher } from "#functions/webhooks/push/push-lane.ts";
import { WebhooksData } from "#infra/capabilities/webhooks.ts";
import { local } from "#infra/config.ts";
import { startCity } from "#local/city.ts";
import { demoApplication } from "#local/demo-city/applicant.ts";
import { departmentClientId, departments } from "#local/demo-city/registry.ts";
import { synthesise } from "#local/synth.ts";
import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { createEndpoint } from "#shared/contracts/http/webhooks/endpoints.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { newId } from "#shared/kernel/ids.ts";
import { apiOf, submitDemo } from "#test/support/city.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, startDynamoDb } from "#test/support/dynamodb-local.ts";
import { observe } from "#test/support/observed-client.ts";
import { caseEvent, registered, vault } from "#test/support/webhooks-stage.ts";
import { findKnee, openLoad } from "./load.ts";
import { publish, quantile, setting } from "./measure.ts";

const ENDPOINTS = setting("ENDPOINTS", 500);
const DEAD = setting("DEAD", 50);
const SECONDS = setting("SECONDS", 20);
/** Workers at the same time, as instances would be. */
const WORKERS: Record<Speed, number> = { quick: 32, slow: 20 };

/** List prices, us-east-1, November 2026, in millionths of a USD. */
const PRICES = { write: 0.625, read: 0.125, queueRequest: 0.4, invocation: 0.2, gigabyteSecond: 13.33 };
/** Assumed, for the cost of a delivery: 40 ms of a 512 MB function for each invocation. */
const GIGABYTE_SECONDS = 0.04 * 0.5;

const arrivals = new Map<string, number>();
/** Cases of the whole city whose first event arrives, or has arrived. */
const firstEvents = new Map<string, PromiseWithResolvers<void>>();
const firstEventOf = (subject: string): PromiseWithResolvers<void> => {
  const arrival = firstEvents.get(subject) ?? Promise.withResolvers<void>();
  firstEvents.set(subject, arrival);
  return arrival;
};
const receiver = createServer(async (request, response) => {
  if (request.url === "/city") {
    const { subject } = AnyEvent.parse(await json(request));
    firstEventOf(subject).resolve();
    response.writeHead(204).end();
    return;
  }
  request.resume();
  if (request.url?.startsWith("/dead")) return; // accepts, and never says anything
  arrivals.set(`${request.url} ${request.headers["webhook-id"]}`, performance.now());
  response.writeHead(204).end();
}).listen(0, "127.0.0.1");
await once(receiver, "listening");
const { port } = receiver.address() as AddressInfo;

const dynamo = await startDynamoDb();
const client = localDocumentClient(dynamo.endpoint);
await createDeployedTable(client, "webhooks", (scope) => new WebhooksData(scope, local));
const sent = observe(client);
const units = () => {
  const sums = { reads: 0, writes: 0 };
  for (const { command, consumed } of sent.splice(0)) {
    const all = Array.isArray(consumed) ? consumed : [consumed];
    const total = all.reduce((sum, each) => sum + (each?.CapacityUnits ?? 0), 0);
    if (/Get|Query/.test(command)) sums.reads += total;
    else sums.writes += total;
  }
  return sums;
};

let messages = 0;
let invocations = 0;
const queues: Record<Speed, Wake[]> = { quick: [], slow: [] };
const wakes: WakeQueue = {
  async send(speed, all) {
    messages += all.length;
    for (const { delaySeconds, ...wake } of all) setTimeout(() => queues[speed].push(wake), delaySeconds * 1000);
  },
};
const deps = {
  endpoints: dynamoEndpoints(client, "webhooks"),
  lanes: dynamoLanes(client, "webhooks"),
  deliveries: dynamoDeliveries(client, "webhooks", systemClock),
  log: dynamoFeedLog(client, "webhooks", systemClock),
  wakes,
  now: systemClock,
  random: Math.random,
  pause: (seconds: number) => sleep(seconds * 1000),
  newHolder: newId,
};
let stopped = false;
const work = async (speed: Speed, patience: number): Promise<void> => {
  const outside = guardedPost({ rules: addressRules("127.0.0.1:*"), timeout: patience * 1000 });
  const push = lanePusher({ ...deps, courier: httpsCourier(outside, vault), speed, patience });
  while (!stopped) {
    const wake = queues[speed].shift();
    if (!wake) await sleep(2);
    else {
      invocations += 1;
      await push(wake);
    }
  }
};
const workers = [
  ...Array.from({ length: WORKERS.quick }, () => work("quick", 3)),
  ...Array.from({ length: WORKERS.slow }, () => work("slow", 15)),
];

const departmentOf = (n: number) => `D${String(n).padStart(4, "0")}`;
const urlOf = (n: number) => `http://127.0.0.1:${port}/${n < DEAD ? "dead" : "well"}/${n}`;
for (let n = 0; n < ENDPOINTS; n++)
  await deps.endpoints.add(registered(`E${n}`, { department: departmentOf(n), url: urlOf(n) }));

const append = feedAppender(deps);
const wake = endpointWaker(deps);
const begun = new Map<string, number>();
let count = 0;
/** One event for one department, chosen in turn. */
const send = async (n: number): Promise<void> => {
  const department = departmentOf(n);
  const event = caseEvent(`C${++count}`, 1, { department, time: systemClock() });
  begun.set(`/${n < DEAD ? "dead" : "well"}/${n} ${event.id}`, performance.now());
  invocations += 1;
  await append(department, [event]);
  await wake(department, [event]);
};
/** Latencies in milliseconds from before the append to the arrival, of what was begun at this rate; and what did not arrive. */
const load = async (perSecond: number, seconds: number, from: number) => {
  begun.clear();
  arrivals.clear();
  const end = performance.now() + seconds * 1000;
  const under = new Set<Promise<void>>();
  let next = performance.now();
  for (let n = from; performance.now() < end; n = n + 1 >= ENDPOINTS ? from : n + 1) {
    next += 1000 / perSecond;
    const publication = send(n).finally(() => under.delete(publication));
    under.add(publication);
    await sleep(Math.max(0, next - performance.now()));
  }
  await Promise.all(under);
  const healthy = [...begun].filter(([key]) => key.startsWith("/well"));
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline && healthy.some(([key]) => !arrivals.has(key))) await sleep(20);
  const latencies = healthy.flatMap(([key, at]) => (arrivals.has(key) ? [(arrivals.get(key) ?? 0) - at] : []));
  return { latencies, missing: healthy.length - latencies.length, rate: latencies.length / seconds };
};
const line = (what: string, { latencies, missing, rate }: Awaited<ReturnType<typeof load>>) =>
  `| ${what} | ${rate.toFixed(0)} | ${[0.5, 0.95, 0.99].map((q) => quantile(latencies, q).toFixed(0)).join(" | ")} | ${missing} |`;

const rows: string[] = [];
await load(20, 3, DEAD); // warm
let knee = 20;
for (let rate = 40; rate <= 1280; rate *= 1.5) {
  const result = await load(rate, 5, DEAD);
  rows.push(line(`healthy only, ${rate.toFixed(0)}/s asked`, result));
  if (result.missing > 0 || quantile(result.latencies, 0.95) > 1000 || result.rate < rate * 0.9) break;
  knee = rate;
}
units();
messages = 0;
invocations = 0;
const calm = await load(knee * 0.7, SECONDS, DEAD);
rows.push(line(`healthy only, 70 % of the knee (${knee.toFixed(0)}/s)`, calm));
const spent = units();
const delivered = calm.latencies.length;
const [spentMessages, spentInvocations] = [messages, invocations];
const cost =
  (spent.writes * PRICES.write +
    spent.reads * PRICES.read +
    (spentMessages + delivered) * 3 * PRICES.queueRequest +
    spentInvocations * (PRICES.invocation + GIGABYTE_SECONDS * PRICES.gigabyteSecond)) /
  delivered;
rows.push(line(`${ENDPOINTS} endpoints of which ${DEAD} dead, 70 % of the knee`, await load(knee * 0.7, SECONDS, 0)));

/** Events a second into one department's feed, by writers at the same time. */
const ceiling = async (department: string, writers: number): Promise<number> => {
  const EACH = 300;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const events = Array.from({ length: EACH }, (_, i) =>
        caseEvent(`${department}-${writer}-${i}`, 1, { department, time: systemClock() }),
      );
      for (let at = 0; at < EACH; at += 10) await append(department, events.slice(at, at + 10));
    }),
  );
  return (writers * EACH) / ((performance.now() - start) / 1000);
};
const ceilings: string[] = [];
for (const writers of [1, 4, 16])
  ceilings.push(`| ${writers} | ${(await ceiling(`HOT${writers}`, writers)).toFixed(0)} |`);

stopped = true;
await Promise.race([Promise.all(workers), sleep(1000)]);
await dynamo.stop();

/** From a channel's POST to the department's receiver: API, table, relay, bus, queue, feed, lane. */
const wholeWay = async (): Promise<string[]> => {
  const assembly = mkdtempSync(join(tmpdir(), "yimen-bench-webhooks-"));
  await synthesise("local", assembly);
  const city = await startCity({ assembly, port: 0, report: () => {} });
  try {
    const { uscc } = departments().find(({ name }) => name === demoApplication.department) ?? { uscc: "" };
    const body = { url: `http://127.0.0.1:${port}/city`, types: ["gov.yimen.application.*"] };
    const made = await apiOf(city, departmentClientId(uscc))(createEndpoint, { key: "bench", body });
    if (!made.ok) throw new Error(made.code);
    let cases = 0;
    const answers: number[] = [];
    const one = async (): Promise<void> => {
      const asked = performance.now();
      const { id } = await submitDemo(city, `bench-${cases++}`);
      answers.push(performance.now() - asked);
      await firstEventOf(id).promise;
    };
    for (let warm = 0; warm < 10; warm++) await one();
    const found = await findKnee(2, one, console.log);
    answers.length = 0;
    const held = await openLoad({ rate: found.knee * 0.7, seconds: SECONDS * 3 }, one);
    const times = (all: readonly number[]) => [0.5, 0.95, 0.99].map((q) => quantile(all, q).toFixed(0)).join(" | ");
    return [
      `${held.begun} cases submitted at ${held.rate.toFixed(1)} a second, 70 % of the knee (${found.knee.toFixed(1)}/s), ${held.failed} without their event.`,
      "",
      "| from the submission, as it should have begun | p50 ms | p95 ms | p99 ms |",
      "|---|---|---|---|",
      `| to its event at the department's receiver | ${times(held.times)} |`,
      `| to its answer alone | ${times(answers)} |`,
    ];
  } finally {
    await city.stop();
    rmSync(assembly, { recursive: true, force: true });
  }
};

publish("webhooks", "Webhooks and the feed", [
  "## The whole way, in the local city",
  "",
  ...(await wholeWay()),
  "",
  `## Deliveries to ${ENDPOINTS} endpoints`,
  "",
  "The capability's own code on DynamoDB Local in memory, with queues in memory: from before the event is appended to the feed until it arrives. Dead endpoints accept and never answer.",
  "",
  "| | delivered a second | p50 ms | p95 ms | p99 ms | missing |",
  "|---|---|---|---|---|---|",
  ...rows,
  "",
  `A delivery, with its event's place in the feed: ${(spent.writes / delivered).toFixed(2)} write units, ${(spent.reads / delivered).toFixed(2)} read units, ${((spentMessages + delivered) / delivered).toFixed(2)} messages, ${(spentInvocations / delivered).toFixed(2)} invocations; ${(cost / 1000).toFixed(4)} USD for 1,000 at list prices.`,
  "",
  "## One department's feed",
  "",
  "Blocks of ten events; a block is one write on the condition that the feed has not grown meanwhile.",
  "",
  "| writers at once | events a second |",
  "|---|---|",
  ...ceilings,
]);
receiver.closeAllConnections();
receiver.close();
process.exit(0);
