import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttemptResult } from "#functions/webhooks/domain/delivery.ts";
import { ask, SYSTEM } from "#test/support/webhooks-requests.ts";
import { caseEvent, registered, webhooksStage } from "#test/support/webhooks-stage.ts";

const taken: AttemptResult = { status: 204, milliseconds: 5 };
const refused: AttemptResult = { status: 500, milliseconds: 5 };

const setUp = async (lag: () => number, more: Parameters<typeof registered>[1] = {}) => {
  const stage = webhooksStage({ lag });
  await stage.endpoints.add(registered(SYSTEM, more));
  return stage;
};

/** With no later event and no sweep to help. */
describe.each([0, 0.5, 3, 29])("an index of what waits that is %d s behind", (behind) => {
  it("hides no redelivery", async () => {
    const stage = await setUp(() => behind);
    await stage.publish(caseEvent("ONE", 1));
    await stage.pass(60);
    await ask(stage, "redeliverWebhookEvent", { key: "k", params: { event: "ONE.1.0" } });
    await stage.pass(31);
    expect(stage.arrived(SYSTEM)).toEqual(["ONE.1.0", "ONE.1.0"]);
  });

  it("hides no replay", async () => {
    const stage = await setUp(() => behind);
    await stage.publish(...[1, 2, 3].map((n) => caseEvent("ONE", n)));
    await stage.pass(60);
    await ask(stage, "startWebhookRecovery", { key: "k", body: { replayAfter: "oldest" } });
    await stage.pass(31);
    expect(stage.arrived(SYSTEM)).toHaveLength(6);
  });

  it("hides nothing that is to be tried again in five seconds", async () => {
    const stage = await setUp(() => behind);
    stage.answer(SYSTEM, async () => (stage.sent.length === 0 ? refused : taken));
    await stage.publish(caseEvent("ONE", 1));
    await stage.pass(31);
    expect(stage.arrived(SYSTEM)).toEqual(["ONE.1.0"]);
  });

  it("hides nothing that a quick worker leaves to a slow one", async () => {
    const stage = await setUp(() => behind);
    stage.answer(SYSTEM, async () => (stage.sent.length === 0 ? { error: "timed-out", milliseconds: 3000 } : taken));
    await stage.publish(caseEvent("ONE", 1));
    await stage.pass(31);
    expect(stage.arrived(SYSTEM)).toEqual(["ONE.1.0"]);
  });

  it("hides nothing that was held for the sake of an order that is given up", async () => {
    const stage = await setUp(() => behind, { ordered: true });
    stage.answer(SYSTEM, async ({ id }) => (id === "ONE.1.0" ? refused : taken));
    await stage.publish(...[1, 2, 3].map((n) => caseEvent("ONE", n)));
    await stage.work();
    await ask(stage, "changeWebhookEndpoint", { body: { ordered: false } });
    await stage.pass(31);
    expect(stage.arrived(SYSTEM).toSorted()).toEqual(["ONE.2.0", "ONE.3.0"]);
  });

  it.each([
    ["takes it", taken, 1],
    ["refuses it too", refused, 0],
  ])(
    "hides nothing that was refused at the old address while a new one was given, and the new one %s",
    async (_what, answer, arrives) => {
      const stage = await setUp(() => behind);
      const { find } = stage.stores.deliveries;
      stage.stores.deliveries.find = async (key) => {
        await stage.pause(0.001);
        return find(key);
      };
      let attempts = 0;
      // The fourth attempt: two hours to the next.
      stage.answer(SYSTEM, async () => {
        attempts += 1;
        if (attempts === 4) await ask(stage, "changeWebhookEndpoint", { body: { url: "https://elsewhere.example/" } });
        return refused;
      });
      stage.answerAt("https://elsewhere.example/", async () => answer);
      await stage.publish(caseEvent("ONE", 1));
      for (let minutes = 0; attempts < 4; minutes++) {
        expect(minutes).toBeLessThan(60);
        await stage.pass(60);
        await stage.sweep();
      }
      await stage.pass(100);
      // Once: what the new one refuses waits by the schedule, as any other.
      expect(stage.sent.filter(({ url }) => url === "https://elsewhere.example/")).toHaveLength(1);
      expect(stage.arrived(SYSTEM)).toHaveLength(arrives);
    },
  );
});

describe("an index of what waits that is behind, now more and now less", () => {
  it("hides nothing, whenever what comes, nor has anything asked for without end", async () => {
    const Step = fc.record({
      seconds: fc.integer({ min: 0, max: 60 }),
      lag: fc.nat(29),
      does: fc.constantFrom("publish", "redeliver", "replay", "new-address"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(Step, { minLength: 1, maxLength: 12 }), fc.boolean(), async (steps, ordered) => {
        let lag = 0;
        const stage = await setUp(() => lag, { ordered });
        const refusals = new Map<string, number>();
        // Each event twice: after five seconds it is refused once more, and taken after five minutes.
        const answer = async ({ id }: { id: string }): Promise<AttemptResult> => {
          const times = refusals.get(id) ?? 0;
          refusals.set(id, times + 1);
          return times < 2 ? refused : taken;
        };
        stage.answer(SYSTEM, answer);
        for (const [i, step] of steps.entries()) {
          lag = step.lag;
          const key = `k${i}`;
          const addresses = `https://at${i}.example/`;
          if (step.does === "publish") await stage.publish(...[1, 2].map((n) => caseEvent(`C${i}`, n)));
          else if (step.does === "replay")
            await ask(stage, "startWebhookRecovery", { key, body: { replayAfter: "oldest" } });
          else if (step.does === "new-address") {
            stage.answerAt(addresses, answer);
            await ask(stage, "changeWebhookEndpoint", { body: { url: addresses } });
          } else
            for (const { id } of (await stage.feed()).slice(-1))
              await ask(stage, "redeliverWebhookEvent", { key, params: { event: id } });
          await stage.pass(step.seconds);
        }
        await stage.pass(1000);
        const all = (await stage.feed()).map(({ id }) => id);
        expect([...new Set(stage.arrived(SYSTEM))].toSorted()).toEqual(all.toSorted());
        expect((await stage.log(SYSTEM)).filter(({ status }) => status !== "delivered")).toEqual([]);
        expect(await stage.deliveries.heldCases(SYSTEM)).toEqual([]);
        expect(stage.queue).toEqual([]);
        expect((await stage.lanes.find(SYSTEM))?.hasten).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});
