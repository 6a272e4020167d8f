import { memoryDeliveries } from "#functions/webhooks/adapters/memory-deliveries.ts";
import { memoryEndpoints } from "#functions/webhooks/adapters/memory-endpoints.ts";
import { memoryFeedLog } from "#functions/webhooks/adapters/memory-feed-log.ts";
import { memoryLanes } from "#functions/webhooks/adapters/memory-lanes.ts";
import { memoryRecoveries } from "#functions/webhooks/adapters/memory-recoveries.ts";
import { secretVault } from "#functions/webhooks/adapters/secret-vault.ts";
import { onEvent } from "#functions/webhooks/consumers/on-event.ts";
import { onLaneWoken } from "#functions/webhooks/consumers/on-lane-woken.ts";
import type { AttemptResult } from "#functions/webhooks/domain/delivery.ts";
import { type Endpoint, register } from "#functions/webhooks/domain/endpoint.ts";
import type { FeedLog } from "#functions/webhooks/domain/feed-ports.ts";
import type {
  Courier,
  DeliveryStore,
  EndpointStore,
  LaneStore,
  Message,
  RecoveryDue,
  RecoveryStore,
  Speed,
  Wake,
  WakeQueue,
} from "#functions/webhooks/domain/ports.ts";
import { feedAppender } from "#functions/webhooks/feed/append.ts";
import { endpointWaker } from "#functions/webhooks/feed/wake-endpoints.ts";
import { lanePusher } from "#functions/webhooks/push/push-lane.ts";
import { recoverer } from "#functions/webhooks/push/recover.ts";
import { sweepDue } from "#functions/webhooks/sweep-due.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { laggingIndex } from "./lagging-index.ts";
import { context, fromBus, fromQueue } from "./queue-events.ts";

export const DEPARTMENT = "11440606MB2D26310W";
export const START = "2026-11-22T02:00:00.000Z";

/** An event of a case, as the bus brings it. */
export const caseEvent = (subject: string, sequence: number, more: Partial<AnyEvent> = {}): AnyEvent => ({
  specversion: "1.0",
  id: `${subject}.${sequence}.0`,
  source: "/applications",
  type: "gov.yimen.application.submitted.v1",
  time: START,
  subject,
  datacontenttype: "application/json",
  sequence,
  department: DEPARTMENT,
  division: "440606",
  data: { number: "N" },
  ...more,
});

export const vault = secretVault(fieldCipher({ id: "k1", key: "k".repeat(64), previous: [] }));

export const registered = (id: string, more: Partial<Endpoint> = {}): Endpoint => ({
  ...register(
    {
      id,
      department: DEPARTMENT,
      division: undefined,
      url: `https://${id.toLowerCase()}.example/`,
      types: ["gov.yimen.application.*"],
      ordered: false,
      ratePerSecond: 200,
      keys: { current: vault.create(id, id) },
      fingerprint: "f",
      startsAfter: 0,
    },
    START,
  ),
  ...more,
});

interface Stores {
  readonly endpoints: EndpointStore & { readonly outbox?: AnyEvent[] };
  readonly lanes: LaneStore;
  readonly deliveries: DeliveryStore;
  readonly recoveries: RecoveryStore;
  readonly log: FeedLog;
}

/** A process that ends in the middle of something. */
class Crash extends Error {
  override readonly name = "Crash";
}

/** Where a process ends: before or after one of the calls of its ports, which are counted over all processes. */
export interface CrashPoint {
  readonly call: number;
  readonly when: "before" | "after";
}

/** What these do is not counted: what is done with a page is. */
const PAGE_BY_PAGE: readonly (string | symbol)[] = ["overdue", "waitingBeyond"];

/** Counts every call of a port, and ends the process before or after some of them. */
const crashing = () => {
  let calls = 0;
  let points: readonly CrashPoint[] = [];
  let dead = false;
  const ends = new Set<number>();
  const step = (when: "before" | "after") => {
    if (dead) throw new Crash();
    if (points.some((point) => point.when === when && point.call === calls)) {
      dead = true;
      throw new Crash();
    }
  };
  return {
    calls: () => calls,
    at: (crashes: readonly CrashPoint[]) => {
      points = crashes;
    },
    /** A new process takes over. */
    revive: () => {
      dead = false;
      ends.add(calls);
    },
    /**
     * Every place in which one process can end: before each of its calls, or after its last and before it is known to be done.
     * After any other call is before the next.
     */
    places: (): CrashPoint[] => [
      ...Array.from({ length: calls }, (_, i) => ({ call: i + 1, when: "before" }) as const),
      ...[...ends].filter((call) => call > 0).map((call) => ({ call, when: "after" }) as const),
    ],
    wrap: <T extends object>(port: T): T =>
      new Proxy(port, {
        get(target, name) {
          const member = Reflect.get(target, name) as unknown;
          if (typeof member !== "function" || PAGE_BY_PAGE.includes(name)) return member;
          return async (...args: unknown[]) => {
            if (dead) throw new Crash();
            calls += 1;
            step("before");
            const result = await (member as (...all: unknown[]) => unknown).apply(target, args);
            step("after");
            return result;
          };
        },
      }),
  };
};

type Queued = { readonly message: Wake | RecoveryDue; readonly speed: Speed; readonly at: number };

/**
 * The whole way from the bus to departments' systems, with a clock of its own and queues that crash nothing but their readers.
 *
 * @param visibility seconds after which a queue hands out again what was not handled
 * @param lag seconds that the index of what waits is behind
 */
export const webhooksStage = ({
  visibility = 30,
  lag = () => 0.5,
}: {
  visibility?: number;
  lag?: () => number;
} = {}) => {
  let now = Date.parse(START);
  const clock = () => new Date(now).toISOString();
  const stores: Stores = {
    endpoints: memoryEndpoints(),
    lanes: memoryLanes(),
    deliveries: laggingIndex(memoryDeliveries(), clock, lag),
    recoveries: memoryRecoveries(clock),
    log: memoryFeedLog(),
  };
  const process = crashing();
  const queue: Queued[] = [];
  const bus: AnyEvent[] = [];
  const sent: (Message & { readonly at: string; readonly result: AttemptResult })[] = [];
  const answers = new Map<string, (message: Message) => Promise<AttemptResult>>();

  const wakes: WakeQueue = {
    async send(speed, messages) {
      for (const { delaySeconds, ...message } of messages)
        queue.push({ message, speed, at: now + delaySeconds * 1000 });
    },
  };
  const courier: Courier = {
    async deliver(message) {
      const result = (await answers.get(message.url)?.(message)) ?? { status: 204, milliseconds: 5 };
      sent.push({ ...message, at: clock(), result });
      return result;
    },
  };
  /** Those who pause sleep until nobody else does anything; then time goes on to the next of them. */
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const pump = () => {
    sleepers.sort((one, other) => one.until - other.until);
    const next = sleepers.shift();
    if (!next) return;
    now = Math.max(now, next.until);
    next.wake();
    setImmediate(pump);
  };
  const pause = (seconds: number): Promise<void> =>
    new Promise((wake) => {
      sleepers.push({ until: now + seconds * 1000, wake });
      if (sleepers.length === 1) setImmediate(pump);
    });
  let holders = 0;
  const ports = {
    endpoints: process.wrap(stores.endpoints),
    lanes: process.wrap(stores.lanes),
    deliveries: process.wrap(stores.deliveries),
    recoveries: process.wrap(stores.recoveries),
    log: process.wrap(stores.log),
    wakes: process.wrap(wakes),
    courier: process.wrap(courier),
    now: clock,
    random: () => 0,
    newHolder: () => `h${++holders}`,
    pause,
  };
  const worker = (speed: Speed, patience: number) =>
    onLaneWoken({ push: lanePusher({ ...ports, speed, patience }), recover: recoverer(ports) });
  const workers = { quick: worker("quick", 3), slow: worker("slow", 15) };
  // Each publication is another function's, with a memory of its own.
  const taker = () => onEvent({ append: feedAppender(ports), wake: endpointWaker(ports), now: clock });

  const runDue = async (): Promise<boolean> => {
    const due = queue.filter(({ at }) => at <= now);
    for (const each of due) {
      queue.splice(queue.indexOf(each), 1);
      const { batchItemFailures } = await workers[each.speed](fromQueue(each.message), context);
      if (batchItemFailures.length > 0) queue.push({ ...each, at: now + visibility * 1000 });
      process.revive();
    }
    return due.length > 0;
  };
  /** Does all that is due now. */
  const work = async (): Promise<void> => {
    while (await runDue());
  };
  const publish = async (...events: AnyEvent[]): Promise<void> => {
    bus.push(...events);
    while (bus.length > 0) {
      const batch = bus.splice(0, 10);
      const { batchItemFailures } = await taker()(fromBus(...batch));
      process.revive();
      bus.push(...batch.filter((_, i) => batchItemFailures.some(({ itemIdentifier }) => itemIdentifier === `m${i}`)));
    }
  };
  return {
    ...stores,
    vault,
    stores,
    process,
    /** As a process has them: it may end in any call. */
    ports,
    queue,
    sent,
    clock,
    pause,
    wakes,
    workers,
    answer: (id: string, result: (message: Message) => Promise<AttemptResult>) =>
      answers.set(`https://${id.toLowerCase()}.example/`, result),
    answerAt: (url: string, result: (message: Message) => Promise<AttemptResult>) => answers.set(url, result),
    publish,
    work,
    /** Lets time go by, and does in it what falls due, when it falls due. */
    async pass(seconds: number): Promise<void> {
      const end = now + seconds * 1000;
      for (;;) {
        await work();
        const next = Math.min(...queue.map(({ at }) => at));
        if (next > end) break;
        now = Math.max(now, next);
      }
      now = Math.max(now, end);
      await work();
    },
    sweep: () => sweepDue({ lanes: stores.lanes, recoveries: stores.recoveries, wakes, now: clock })({}, context),
    /** What has arrived at an endpoint, in order, by event id. */
    arrived: (id: string): string[] =>
      sent
        .filter(({ endpoint, result }) => endpoint === id && "status" in result && result.status < 300)
        .map((message) => message.id),
    async feed(department = DEPARTMENT): Promise<readonly { position: number; id: string }[]> {
      const blocks = await stores.log.read(department, 0, 100_000);
      return blocks.flatMap(({ events }) => events.map(({ position, id }) => ({ position, id })));
    },
    async log(id: string) {
      return stores.deliveries.behind(id, 0, 10_000);
    },
  };
};
