import { describe, expect, it } from "vitest";
import * as z from "zod";
import { cloudEvent } from "#shared/contracts/events/envelope.ts";
import { correlated } from "#shared/runtime/correlation.ts";
import { type Change, eventsOf } from "#shared/runtime/outbox.ts";

const LampLitV1 = cloudEvent({
  type: "gov.yimen.lamp.lit.v1",
  summary: "A lamp is lit.",
  data: z.object({ watts: z.int() }),
  example: { watts: 5 },
});
const LampOutV1 = cloudEvent({
  type: "gov.yimen.lamp.out.v1",
  summary: "A lamp is out.",
  data: z.object({}),
  example: {},
});

const change: Change = {
  source: "/lamps",
  subject: "lamp-1",
  version: 4,
  at: "2026-11-22T02:00:00.000Z",
  extensions: { division: "440606" },
};

describe("the events of one change", () => {
  it("are complete CloudEvents, in order, each with an id of its own", () => {
    const envelope = {
      specversion: "1.0",
      source: "/lamps",
      time: change.at,
      subject: "lamp-1",
      datacontenttype: "application/json",
      sequence: 4,
      division: "440606",
    };
    expect(
      eventsOf(change, [
        { contract: LampLitV1, data: { watts: 5 } },
        { contract: LampOutV1, data: {} },
      ]),
    ).toEqual([
      { ...envelope, id: "lamp-1.4.0", type: "gov.yimen.lamp.lit.v1", data: { watts: 5 } },
      { ...envelope, id: "lamp-1.4.1", type: "gov.yimen.lamp.out.v1", data: {} },
    ]);
  });

  it("carry the id of the request that caused them", async () => {
    const occurrences = [{ contract: LampOutV1, data: {} }];
    const [event] = await correlated("request-7", async () => eventsOf(change, occurrences));
    expect(event?.correlationid).toBe("request-7");
    expect(eventsOf(change, occurrences)[0]).not.toHaveProperty("correlationid");
  });

  it("carry nothing that the contract does not name", () => {
    const [event] = eventsOf(change, [{ contract: LampLitV1, data: { watts: 5, owner: "王小明" } }]);
    expect(event?.data).toEqual({ watts: 5 });
  });

  it.each([
    ["data of another form", { ...change }, { watts: "5" }],
    ["data left out", { ...change }, undefined],
    ["a time that is none", { ...change, at: "yesterday" }, { watts: 5 }],
    ["no version", { ...change, version: 0 }, { watts: 5 }],
    ["an id that is too long", { ...change, subject: "x".repeat(120) }, { watts: 5 }],
  ])("are not made of %s: better no write than a write whose events no one can read", (_what, from, data) => {
    expect(() => eventsOf(from, [{ contract: LampLitV1, data }])).toThrow(z.ZodError);
  });
});
