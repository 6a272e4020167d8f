import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
import { systemClock } from "#shared/kernel/clock.ts";
import { newId } from "#shared/kernel/ids.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, startDynamoDb } from "#test/support/dynamodb-local.ts";
import { observe } from "#test/support/observed-client.ts";
import { caseEvent, registered, vault } from "#test/support/webhooks-stage.ts";

// The capability's own code on DynamoDB Local in memory, with queues in memory and receivers on this machine: no API, relay or
// bus. What is measured is a ratio between its parts and a count of units, never AWS's own speed. `node bench/webhooks.ts`
const ENDPOINTS = Number(process.env.ENDPOINTS ?? 500);
const DEAD = Number(process.env.DEAD ?? 50);
const SECONDS = Number(process.env.SECONDS ?? 20);
/** Workers at the same time, as instances would be. */
const WORKERS: Record<Speed, number> = { quick: 32, slow: 20 };

/** List prices, us-east-1, November 2026, in millionths of a USD. */
const PRICES = { write: 0.625, read: 0.125, queueRequest: 0.4, invocation: 0.2, gigabyteSecond: 13.33 };
/** Assumed, for the cost of a delivery: 40 ms of a 512 MB function for each invocation. */
const GIGABYTE_SECONDS = 0.04 * 0.5;

const quantile = (times: readonly number[], q: number): number =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;

const arrivals = new Map<string, number>();
const receiver = createServer((request, response) => {
  request.resume();
  if (request.url?.startsWith("/dead")) return; // accepts, and never says anything
  arrivals.set(`${request.url} ${request.headers["webhook-id"]}`, performance.now());
  response.writeHead(204).end();
}).listen(0, "127.0.0.1");
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
  deliveries: dynamoDeliveries(client, "webhooks"),
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
const publish = async (n: number): Promise<void> => {
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
    const publication = publish(n).finally(() => under.delete(publication));
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
const cost =
  (spent.writes * PRICES.write +
    spent.reads * PRICES.read +
    (messages + delivered) * 3 * PRICES.queueRequest +
    invocations * (PRICES.invocation + GIGABYTE_SECONDS * PRICES.gigabyteSecond)) /
  delivered;
rows.push(line(`${ENDPOINTS} endpoints of which ${DEAD} dead, 70 % of the knee`, await load(knee * 0.7, SECONDS, 0)));

const hot = Array.from({ length: 500 }, (_, i) => caseEvent(`HOT${i}`, 1, { department: "HOT", time: systemClock() }));
const start = performance.now();
for (let at = 0; at < hot.length; at += 10) await append("HOT", hot.slice(at, at + 10));
const ceiling = hot.length / ((performance.now() - start) / 1000);

console.log(`
| | delivered a second | p50 ms | p95 ms | p99 ms | missing |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

One department, one writer, blocks of ten: ${ceiling.toFixed(0)} events a second.
A delivery, with its event's place in the feed: ${(spent.writes / delivered).toFixed(2)} write units, ${(spent.reads / delivered).toFixed(2)} read units, ${((messages + delivered) / delivered).toFixed(2)} messages, ${(invocations / delivered).toFixed(2)} invocations; ${(cost / 1000).toFixed(4)} USD for 1,000 at list prices.`);
stopped = true;
await Promise.race([Promise.all(workers), sleep(1000)]);
receiver.closeAllConnections();
receiver.close();
await dynamo.stop();
process.exit(0);
