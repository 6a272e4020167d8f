import { describe, expect, it } from "vitest";
import * as z from "zod";
import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { events } from "#shared/contracts/events/index.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";

const named = events.map((contract) => [contract.type, contract] as const);

const exampleOf = ({ type, example }: (typeof events)[number]) => ({
  specversion: "1.0",
  id: "6HYKAXHF35VSPWQCVNX2QHSA56.1.0",
  source: "/applications",
  type,
  time: "2026-11-22T02:00:00.000Z",
  subject: "6HYKAXHF35VSPWQCVNX2QHSA56",
  datacontenttype: "application/json",
  sequence: 1,
  data: example,
});

/** What no field of an event may be called: it would hold what tells who someone is. */
const personal = /idnumber|phone|mobile|address|applicantname|account|email|birth|form|reasons?$/i;

describe("the contracts of events", () => {
  it("are there, each under a type of its own", () => {
    const types = events.map(({ type }) => type);
    expect(types).toContain("gov.yimen.application.submitted.v1");
    expect(types).toContain("gov.yimen.catalogue.item-published.v1");
    expect(new Set(types).size).toBe(types.length);
  });

  it.each(named)("%s names its capability, what happened, and its version", (type, { summary }) => {
    expect(type).toMatch(/^gov\.yimen\.[a-z-]+\.[a-z-]+\.v\d+$/);
    expect(summary).toMatch(/^[A-Z].+\.$/);
  });

  it.each(named)("%s has an example that keeps it and that any subscriber can read", (_type, contract) => {
    const event = exampleOf(contract);
    expect(contract.schema.parse(event)).toEqual(event);
    expect(AnyEvent.parse(event)).toEqual(event);
  });

  it.each(named)("%s is not kept by an event of another type, nor by one without data", (_type, contract) => {
    const event = exampleOf(contract);
    expect(contract.schema.safeParse({ ...event, type: `${event.type}1` }).success).toBe(false);
    expect(contract.schema.safeParse({ ...event, data: undefined }).success).toBe(false);
    const { required = [] } = z.toJSONSchema(contract.data, { io: "output" });
    expect(contract.schema.safeParse({ ...event, data: {} }).success).toBe(required.length === 0);
  });

  it.each(named)("%s can be made from its own example", (type, contract) => {
    const change = { source: "/applications", subject: "s-1", version: 1, at: "2026-11-22T02:00:00.000Z" } as const;
    const [event] = eventsOf(change, [{ contract, data: contract.example }]);
    expect(event).toMatchObject({ type, id: "s-1.1.0", data: contract.example });
  });

  it.each(named)("%s has no field for what tells who someone is", (_type, { data }) => {
    const { properties = {} } = z.toJSONSchema(data, { io: "output" });
    expect(Object.keys(properties).length).toBeGreaterThan(0);
    // A code of ours tells nothing of anybody, whatever its field is called.
    const free = Object.entries(properties).filter(([, schema]) => typeof schema === "object" && !schema.enum);
    expect(free.map(([name]) => name).filter((name) => personal.test(name))).toEqual([]);
  });

  it.each([
    ["another version of CloudEvents", { specversion: "0.3" }],
    ["an id too long for the bus", { id: "x".repeat(121) }],
    ["a time without its date", { time: "02:00" }],
    ["no sequence", { sequence: 0 }],
    ["a type that is not ours", { type: "com.example.x" }],
  ])("keep out %s", (_what, change) => {
    const [contract] = events;
    if (!contract) throw new Error("no events");
    expect(AnyEvent.safeParse({ ...exampleOf(contract), ...change }).success).toBe(false);
  });
});
