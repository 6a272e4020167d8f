import { describe, expect, it } from "vitest";
import { onEvent } from "#functions/webhooks/consumers/on-event.ts";
import type { AttemptResult } from "#functions/webhooks/domain/delivery.ts";
import { disable, remove } from "#functions/webhooks/domain/endpoint.ts";
import { feedAppender } from "#functions/webhooks/feed/append.ts";
import { context, fromBus, fromQueue } from "#test/support/queue-events.ts";
import { ask, SYSTEM } from "#test/support/webhooks-requests.ts";
import { caseEvent, DEPARTMENT, registered, START, webhooksStage } from "#test/support/webhooks-stage.ts";

const newsOf = (stage: ReturnType<typeof webhooksStage>) =>
  stage.endpoints.outbox?.map(({ type }) => type.replace("gov.yimen.webhook.endpoint-", ""));

const failing = async (): Promise<AttemptResult> => ({ status: 500, milliseconds: 5 });
const setUp = async (...endpoints: Parameters<typeof registered>[]) => {
  const stage = webhooksStage();
  const wanted: Parameters<typeof registered>[] = endpoints.length > 0 ? endpoints : [["A"]];
  for (const each of wanted) await stage.endpoints.add(registered(...each));
  return stage;
};
const events = (count: number, subject = "CASE") => Array.from({ length: count }, (_, i) => caseEvent(subject, i + 1));

describe("an event of the bus", () => {
  it("goes to every endpoint of its department, byte for byte as it stands in the feed", async () => {
    const stage = await setUp(["A"], ["B"]);
    await stage.publish(caseEvent("CASE", 1));
    const [block] = await stage.stores.log.read(DEPARTMENT, 0, 1);
    expect(stage.sent).toEqual([]); // in the feed before it is pushed
    await stage.work();
    expect(stage.sent.map(({ endpoint, id }) => [endpoint, id])).toEqual([
      ["A", "CASE.1.0"],
      ["B", "CASE.1.0"],
    ]);
    expect(new Set(stage.sent.map(({ body }) => body))).toEqual(new Set([block?.events[0]?.body]));
    expect(JSON.parse(stage.sent[0]?.body ?? "")).toEqual(caseEvent("CASE", 1));
    expect((await stage.log("A")).map(({ status }) => status)).toEqual(["delivered"]);
  });

  it("goes nowhere when it is another department's, nobody's, or not subscribed to", async () => {
    const stage = await setUp(["A", { items: ["ITEM1"], divisions: ["440606101"] }]);
    const { department: _, ...nobodys } = caseEvent("CASE", 1);
    await stage.publish(
      caseEvent("CASE", 1, { department: "11440600007039469J" }),
      nobodys,
      caseEvent("CASE", 2, { type: "gov.yimen.x.y.v1", itemcode: "ITEM1" }),
      caseEvent("CASE", 3),
      caseEvent("CASE", 4, { itemcode: "ITEM2", division: "440606101" }),
      caseEvent("CASE", 5, { itemcode: "ITEM1", division: "440606102" }),
      caseEvent("CASE", 6, { itemcode: "ITEM1", division: "440606101" }),
    );
    await stage.work();
    expect(stage.arrived("A")).toEqual(["CASE.6.0"]);
    expect(await stage.feed()).toHaveLength(5);
  });

  it("that comes again and again stands in the feed once and is delivered once", async () => {
    const stage = await setUp();
    await stage.publish(caseEvent("CASE", 1), caseEvent("CASE", 1));
    await stage.publish(caseEvent("CASE", 1));
    await stage.work();
    await stage.publish(caseEvent("CASE", 1));
    await stage.work();
    expect(await stage.feed()).toEqual([{ position: 1, id: "CASE.1.0" }]);
    expect(stage.arrived("A")).toEqual(["CASE.1.0"]);
  });

  it("stands behind the earlier ones of its case that came in the same batch", async () => {
    const stage = await setUp();
    await stage.publish(caseEvent("ONE", 3), caseEvent("TWO", 1), caseEvent("ONE", 1), caseEvent("ONE", 2));
    expect((await stage.feed()).map(({ id }) => id)).toEqual(["ONE.1.0", "TWO.1.0", "ONE.2.0", "ONE.3.0"]);
  });

  it("that is too large is refused alone, and so is one that is older than what is kept", async () => {
    const stage = await setUp();
    const large = caseEvent("LARGE", 1, { data: { text: "字".repeat(7000) } });
    const deps = { log: stage.stores.log, now: stage.clock, pause: async () => {}, random: () => 0 };
    const take = onEvent({ append: feedAppender(deps), wake: async () => {}, now: stage.clock });
    const old = caseEvent("OLD", 1, { time: "2026-10-22T02:00:00.000Z" });
    expect(await take(fromBus(caseEvent("A", 1), large, old, caseEvent("B", 1)))).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }],
    });
    expect((await stage.feed()).map(({ id }) => id)).toEqual(["A.1.0", "B.1.0"]);
  });
});

describe("an attempt", () => {
  it("that fails is made again after 5 seconds, and by the whole schedule when it fails on", async () => {
    const stage = await setUp();
    stage.answer("A", failing);
    await stage.publish(caseEvent("CASE", 1));
    for (let minutes = 0; minutes < 5 * 1440; minutes++) {
      await stage.pass(60);
      await stage.sweep();
    }
    const at = stage.sent.map((message) => Date.parse(message.at) / 1000);
    const waits = at.map((seconds, i) => seconds - (at[i - 1] ?? seconds));
    const planned = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
    expect(waits).toHaveLength(planned.length);
    // The sweep looks every minute.
    waits.forEach((wait, i) => {
      expect(wait).toBeGreaterThanOrEqual(planned[i] ?? 0);
      expect(wait).toBeLessThanOrEqual((planned[i] ?? 0) + 60);
    });
    expect(new Set(stage.sent.map(({ body }) => body)).size).toBe(1);
    const [row] = await stage.log("A");
    expect(row).toMatchObject({ status: "failed", tries: 10 });
    expect(row?.attempts).toHaveLength(10);
  });

  it("answered 410 ends the delivery and disables the endpoint, with an event; enabled, it goes on from there", async () => {
    const url = "https://cases.example:8443/in?token=t";
    const stage = await setUp([SYSTEM, { contact: "ss-sj-0203", description: "case system", url }]);
    let gone = true;
    stage.answerAt(url, async () => ({ status: gone ? 410 : 204, milliseconds: 5 }));
    await stage.publish(caseEvent("CASE", 1), caseEvent("CASE", 2));
    await stage.work();
    expect((await stage.endpoints.find(DEPARTMENT, SYSTEM))?.state).toMatchObject({ name: "disabled", reason: "gone" });
    expect(stage.endpoints.outbox).toMatchObject([
      {
        type: "gov.yimen.webhook.endpoint-disabled.v1",
        source: "/webhooks",
        subject: SYSTEM,
        department: DEPARTMENT,
        data: {
          contact: "ss-sj-0203",
          description: "case system",
          host: "cases.example:8443",
          cause: "gone",
          tasks: [{ kind: "mend-endpoint", role: "operator" }],
        },
      },
    ]);
    expect(JSON.stringify(stage.endpoints.outbox)).not.toContain("token");
    const asked = stage.sent.length;
    await stage.publish(caseEvent("CASE", 3));
    await stage.pass(86_400);
    expect(stage.sent).toHaveLength(asked);

    gone = false;
    await ask(stage, "enableWebhookEndpoint", { key: "on" });
    await stage.pass(60);
    // The two that were answered 410 are given up, and in the journal; what came meanwhile arrives.
    expect(stage.arrived(SYSTEM)).toEqual(["CASE.3.0"]);
    expect((await stage.log(SYSTEM)).map(({ status }) => status)).toEqual(["failed", "failed", "delivered"]);
    expect(newsOf(stage)).toEqual(["disabled.v1", "enabled.v1"]);
    // Nothing is left to mend: the list of what waits is that of the last event.
    expect(stage.endpoints.outbox?.at(-1)?.data).not.toHaveProperty("tasks");
  });

  it.each([
    ["enableWebhookEndpoint", "enabled.v1"],
    ["disableWebhookEndpoint", "stopped.v1"],
    ["deleteWebhookEndpoint", "removed.v1"],
  ])("failing for hours, and then %s: nothing is left to mend", async (operation, news) => {
    const stage = await setUp([SYSTEM, { contact: "ss-sj-0203" }]);
    stage.answer(SYSTEM, failing);
    await stage.publish(...events(20));
    await stage.pass(3 * 3600);
    expect(newsOf(stage)).toEqual(["failing.v1"]);
    await ask(stage, operation, operation === "deleteWebhookEndpoint" ? {} : { key: "k" });
    expect(newsOf(stage)).toEqual(["failing.v1", news]);
    const [told, ended] = stage.endpoints.outbox ?? [];
    expect(told?.data).toMatchObject({ tasks: [{ kind: "mend-endpoint" }] });
    expect(ended?.data).not.toHaveProperty("tasks");
    expect(ended?.sequence).toBeGreaterThan(told?.sequence ?? 0);
  });

  it("of an endpoint that works, enabled once more, tells nothing", async () => {
    const stage = await setUp([SYSTEM]);
    await ask(stage, "enableWebhookEndpoint", { key: "k" });
    expect(newsOf(stage)).toEqual([]);
  });

  it("for a removed or disabled endpoint is not made", async () => {
    const stage = await setUp(["A"], ["B"]);
    await stage.publish(caseEvent("CASE", 1));
    const [a, b] = [registered("A"), registered("B")];
    const removed = remove(a, START);
    if (removed.ok) await stage.endpoints.remove(removed.value);
    const disabled = disable(b, "failing", START);
    if (disabled) await stage.endpoints.save(disabled);
    await stage.work();
    expect(stage.sent).toEqual([]);
  });

  it("that cannot be recorded is retried from the queue", async () => {
    const stage = await setUp();
    await stage.publish(caseEvent("CASE", 1));
    const { save } = stage.stores.deliveries;
    stage.stores.deliveries.save = async () => Promise.reject(new Error("throttled"));
    await stage.work();
    stage.stores.deliveries.save = save;
    await stage.pass(60);
    expect(await stage.log("A")).toMatchObject([{ status: "delivered" }]);
  });

  it("made within an overlap is signed with both keys, and with the new one alone when that is over", async () => {
    const stage = webhooksStage();
    const old = stage.vault.create("A", "one");
    const fresh = stage.vault.create("A", "two");
    const until = new Date(Date.parse(START) + 3_600_000).toISOString();
    await stage.endpoints.add(registered("A", { keys: { current: fresh, previous: [{ ...old, until }] } }));
    await stage.publish(caseEvent("CASE", 1));
    await stage.work();
    await stage.pass(3600);
    await stage.publish(caseEvent("CASE", 2));
    await stage.work();
    expect(stage.sent.map(({ keys }) => keys.map(({ madeBy }) => madeBy))).toEqual([["two", "one"], ["two"]]);
  });
});

describe("what an endpoint asks for", () => {
  it.each([429, 503])("with %i and Retry-After holds for all that waits for it", async (status) => {
    const stage = await setUp();
    let busy = true;
    stage.answer("A", async () =>
      busy ? { status, milliseconds: 5, retryAfterSeconds: 120 } : { status: 204, milliseconds: 5 },
    );
    await stage.publish(...events(30));
    await stage.work();
    const asked = stage.sent.length;
    expect(asked).toBeLessThanOrEqual(8);
    await stage.publish(caseEvent("OTHER", 1));
    await stage.pass(119);
    expect(stage.sent).toHaveLength(asked);
    busy = false;
    await stage.pass(10);
    expect(new Set(stage.arrived("A")).size).toBe(31);
  });

  it("its rate is kept", async () => {
    const stage = await setUp(["A", { ratePerSecond: 2 }]);
    await stage.publish(...events(20));
    await stage.pass(60);
    expect(new Set(stage.arrived("A")).size).toBe(20);
    for (const { at } of stage.sent) {
      const end = Date.parse(at) + 1000;
      const within = stage.sent.filter((other) => other.at >= at && Date.parse(other.at) < end);
      expect(within.length).toBeLessThanOrEqual(2 + 2);
    }
    const [first, last] = [stage.sent[0]?.at ?? "", stage.sent.at(-1)?.at ?? ""];
    expect(Date.parse(last) - Date.parse(first)).toBeGreaterThanOrEqual(8_000);
  });
});

describe("a dead endpoint", () => {
  it("gets no request while its breaker is open, one to see whether it is back, and then all it missed", async () => {
    const stage = await setUp(["A"], ["B"]);
    let dead = true;
    stage.answer("A", async () => (dead ? { status: 500, milliseconds: 5 } : { status: 204, milliseconds: 5 }));
    for (let n = 1; n <= 30; n++) {
      await stage.publish(...events(10, `CASE${n}`));
      await stage.work();
    }
    expect(new Set(stage.arrived("B")).size).toBe(300);
    const atDead = () => stage.sent.filter(({ endpoint }) => endpoint === "A").length;
    expect(atDead()).toBeLessThan(20);
    const before = atDead();
    await stage.pass(29);
    expect(atDead()).toBe(before);
    await stage.pass(1);
    expect(atDead()).toBe(before + 1);
    dead = false;
    await stage.pass(300);
    expect(new Set(stage.arrived("A")).size).toBe(300);
    const pending = (await stage.log("A")).filter(({ status }) => status !== "delivered");
    expect(pending).toEqual([]);
  });

  it("that hangs is given up by the quick workers at once, and left to the slow ones", async () => {
    const stage = await setUp();
    const speeds: number[] = [];
    stage.answer("A", async () => {
      speeds.push(stage.queue.length);
      return { error: "timed-out", milliseconds: 3000 };
    });
    await stage.publish(...events(1));
    await stage.workers.quick(fromQueue(stage.queue.splice(0)[0]?.message), context);
    expect(stage.queue.map(({ speed }) => speed)).toEqual(["slow"]);
    expect(await stage.log("A")).toMatchObject([
      { status: "pending", tries: 0, attempts: [{ error: "moved-to-slow-lane" }] },
    ]);
    await stage.pass(1);
    expect(await stage.log("A")).toMatchObject([{ status: "pending", tries: 1 }]);
    // From now on a quick worker only hands it on.
    const asked = stage.sent.length;
    await stage.publish(...events(1, "OTHER"));
    const wake = stage.queue.find(({ speed }) => speed === "quick");
    expect(wake).toBeDefined();
    await stage.work();
    expect(stage.sent.length).toBeGreaterThan(asked);
    expect(await stage.lanes.find("A")).toMatchObject({ slow: true });
  });

  it("is told of after an hour, and once; when it answers again that is told too", async () => {
    const stage = await setUp(["A", { contact: "ss-sj-0203" }]);
    let dead = true;
    stage.answer("A", async () =>
      dead ? { error: "connection-refused", milliseconds: 5 } : { status: 204, milliseconds: 5 },
    );
    await stage.publish(...events(30));
    await stage.pass(3 * 3600);
    const types = () => stage.endpoints.outbox?.map(({ type }) => type);
    expect(types()).toEqual(["gov.yimen.webhook.endpoint-failing.v1"]);
    expect(stage.endpoints.outbox?.[0]).toMatchObject({ data: { contact: "ss-sj-0203", since: START } });
    dead = false;
    await stage.pass(3600);
    expect(types()).toEqual(["gov.yimen.webhook.endpoint-failing.v1", "gov.yimen.webhook.endpoint-recovered.v1"]);
    expect(new Set(stage.arrived("A")).size).toBe(30);
  });

  it("is disabled after five days, with an event", async () => {
    const stage = await setUp();
    stage.answer("A", async () => ({ error: "connection-refused", milliseconds: 5 }));
    await stage.publish(...events(40));
    await stage.pass(5 * 86_400 - 3600);
    expect((await stage.log("A")).every(({ status }) => status === "pending")).toBe(true);
    expect((await stage.endpoints.find(DEPARTMENT, "A"))?.state.name).toBe("enabled");
    await stage.pass(2 * 3600);
    expect((await stage.endpoints.find(DEPARTMENT, "A"))?.state).toMatchObject({ name: "disabled", reason: "failing" });
    expect(stage.endpoints.outbox?.at(-1)).toMatchObject({ data: { cause: "failing" } });
    const asked = stage.sent.length;
    await stage.pass(86_400);
    expect(stage.sent).toHaveLength(asked);
  });

  it("that answers 429 for days is told of too, loses nothing, and is disabled after five days", async () => {
    const stage = await setUp([SYSTEM, { contact: "ss-sj-0203" }]);
    let busy = true;
    stage.answer(SYSTEM, async () => ({ status: busy ? 429 : 204, milliseconds: 5 }));
    await stage.publish(...events(20));
    await stage.pass(2 * 3600);
    expect(newsOf(stage)).toEqual(["failing.v1"]);
    await stage.pass(5 * 86_400 - 3 * 3600);
    expect((await stage.endpoints.find(DEPARTMENT, SYSTEM))?.state.name).toBe("enabled");
    // Polite: about one request a minute, not eight at once.
    expect(stage.sent.length).toBeLessThan(5 * 1440 + 20);
    await stage.pass(86_400);
    expect(newsOf(stage)).toEqual(["failing.v1", "disabled.v1"]);
    expect((await stage.log(SYSTEM)).filter(({ status }) => status !== "pending")).toEqual([]);
    busy = false;
    const asked = stage.sent.length;
    await stage.pass(86_400);
    expect(stage.sent).toHaveLength(asked);
    await ask(stage, "enableWebhookEndpoint", { key: "on" });
    await stage.pass(900);
    expect(new Set(stage.arrived(SYSTEM)).size).toBe(20);
  });

  it("that takes one event in ten and answers 429 to the rest gets all, and none is given up", async () => {
    const stage = await setUp();
    let asked = 0;
    stage.answer("A", async () => ({ status: ++asked % 10 === 0 ? 204 : 429, milliseconds: 5 }));
    await stage.publish(...events(60));
    await stage.pass(86_400);
    expect(new Set(stage.arrived("A")).size).toBe(60);
    expect((await stage.log("A")).every(({ status }) => status === "delivered")).toBe(true);
    expect(await stage.endpoints.find(DEPARTMENT, "A")).toMatchObject({ state: { name: "enabled" } });
  });

  it("hears nothing of endpoints: failures do not feed on their own reports", async () => {
    const stage = await setUp(["A", { types: ["gov.yimen.*"] }], ["B", { types: ["gov.yimen.*"] }]);
    stage.answer("A", failing);
    await stage.publish(...events(12));
    await stage.work();
    const news = { source: "/webhooks", type: "gov.yimen.webhook.endpoint-failing.v1" };
    await stage.publish(caseEvent("A", 5, news), caseEvent("B", 5, news));
    stage.answer("A", async () => ({ status: 204, milliseconds: 5 }));
    await stage.pass(3600);
    expect(stage.arrived("B").filter((id) => id.endsWith(".5.0") && id.length < 7)).toEqual(["A.5.0"]);
    expect(stage.arrived("A")).not.toContain("A.5.0");
    expect(new Set(stage.arrived("A")).size).toBeGreaterThanOrEqual(12);
  });
});

describe("the sweep", () => {
  it("wakes a lane whose message is lost, and leaves one in time alone", async () => {
    const stage = await setUp();
    stage.answer("A", failing);
    await stage.publish(caseEvent("CASE", 1));
    await stage.work();
    stage.queue.length = 0; // lost
    await stage.pass(60);
    await stage.sweep();
    expect(stage.queue).toEqual([]);
    stage.answer("A", async () => ({ status: 204, milliseconds: 5 }));
    await stage.pass(66);
    await stage.sweep();
    await stage.work();
    expect(await stage.log("A")).toMatchObject([{ status: "delivered" }]);
  });
});
