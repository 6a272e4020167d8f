import { describe, expect, it } from "vitest";
import * as z from "zod";
import { cloudEvent } from "#shared/contracts/events/envelope.ts";
import { consume, consumeQueue } from "#shared/runtime/consume.ts";
import { correlationId } from "#shared/runtime/correlation.ts";
import { context, fromBus, fromQueue } from "#test/support/queue-events.ts";

const LampLitV1 = cloudEvent({
  type: "gov.yimen.lamp.lit.v1",
  summary: "A lamp is lit.",
  data: z.object({ watts: z.int() }),
  example: { watts: 5 },
});

const lit = (watts: unknown, more: Record<string, unknown> = {}) => ({
  specversion: "1.0",
  id: `lamp-${watts}.1.0`,
  source: "/lamps",
  type: LampLitV1.type,
  time: "2026-11-22T02:00:00.000Z",
  subject: "lamp-1",
  datacontenttype: "application/json",
  sequence: 1,
  data: { watts },
  ...more,
});

describe("a consumer of events", () => {
  const consumer = () => {
    const handled: { watts: number; under: string | undefined }[] = [];
    const handle = consume(LampLitV1.schema, async ({ data }) => {
      if (data.watts === 13) throw new Error("not this one");
      handled.push({ watts: data.watts, under: correlationId() });
    });
    return { handled, handle };
  };

  it("handles every event of a batch and reports none", async () => {
    const { handled, handle } = consumer();
    expect(await handle(fromBus(lit(1), lit(2)), context)).toEqual({ batchItemFailures: [] });
    expect(handled.map(({ watts }) => watts).sort()).toEqual([1, 2]);
  });

  it.each([
    ["without an envelope", { watts: 5 }],
    ["with data of another form", lit("bright")],
    ["of another type", lit(5, { type: "gov.yimen.lamp.lit.v2" })],
    ["that is nothing", null],
    ["whose handling throws", lit(13)],
  ])("reports only the message %s, and handles the rest", async (_what, bad) => {
    const { handled, handle } = consumer();
    expect(await handle(fromBus(lit(1), bad, lit(3)), context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }],
    });
    expect(handled.map(({ watts }) => watts).sort()).toEqual([1, 3]);
  });

  it("reports a message that is not even JSON", async () => {
    const { handled, handle } = consumer();
    const batch = fromBus(lit(1), lit(2));
    const torn = { Records: batch.Records.map((record, i) => (i === 0 ? { ...record, body: "{" } : record)) };
    expect(await handle(torn, context)).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
    expect(handled.map(({ watts }) => watts)).toEqual([2]);
  });

  it("reports every message when all fail, instead of throwing", async () => {
    const { handle } = consumer();
    expect(await handle(fromBus(lit(13), lit(13)), context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "m0" }, { itemIdentifier: "m1" }],
    });
  });

  it("forgets the failures of the batch before", async () => {
    const { handle } = consumer();
    await handle(fromBus(lit(13)), context);
    expect(await handle(fromBus(lit(1)), context)).toEqual({ batchItemFailures: [] });
  });

  it("works under the id of the request that caused the event, or of the event when there was none", async () => {
    const { handled, handle } = consumer();
    await handle(fromBus(lit(1, { correlationid: "request-7" }), lit(2)), context);
    expect(handled.sort((a, b) => a.watts - b.watts)).toEqual([
      { watts: 1, under: "request-7" },
      { watts: 2, under: "lamp-2.1.0" },
    ]);
  });
});

describe("a consumer of a queue of our own", () => {
  it("reads the message itself, and reports only the one of another form", async () => {
    const handled: string[] = [];
    const handle = consumeQueue(z.object({ id: z.string() }), async ({ id }) => {
      handled.push(id);
    });
    const { batchItemFailures } = await handle(fromQueue({ id: "a" }, { id: 2 }, { id: "c" }), context);
    expect(batchItemFailures).toEqual([{ itemIdentifier: "m1" }]);
    expect(handled.sort()).toEqual(["a", "c"]);
  });
});
