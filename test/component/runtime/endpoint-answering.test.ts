import { describe, expect, it } from "vitest";
import * as z from "zod";
import { route } from "#shared/contracts/http/route.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { correlationId } from "#shared/runtime/correlation.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { requestTo, said } from "#test/support/http-request.ts";

const Lamp = z.object({
  id: z.string(),
  version: z.int(),
  owner: z.object({ name: z.string() }).optional(),
});
type Lamp = z.infer<typeof Lamp>;

const readLamp = route({
  operation: "readLamp",
  tag: "lamps",
  summary: "Read a lamp",
  method: "GET",
  path: "/v1/lamps",
  scopes: [],
  success: { status: 200, schema: Lamp, version: ({ version }) => version },
  refusals: { "lamp.off": { status: 409, zh: "灯没有亮。", en: "The lamp is off." } },
});

const dropLamp = route({
  operation: "dropLamp",
  tag: "lamps",
  summary: "Drop a lamp",
  method: "DELETE",
  path: "/v1/lamps",
  scopes: [],
  success: { status: 204, schema: z.undefined() },
  refusals: {},
});

type Handler = Parameters<typeof endpoint<unknown, unknown, undefined, Lamp, "lamp.off">>[1];
const ask = async (handle: Handler, headers: Record<string, string> = {}) =>
  said(await endpoint(readLamp, handle).handle(requestTo(readLamp, { headers })));

const lamp: Lamp = { id: "l-1", version: 3 };

describe("an endpoint answers", () => {
  it("success with its status, and the version as ETag", async () => {
    const answer = await ask(async () => accept(lamp));
    expect(answer).toMatchObject({ status: 200, body: lamp });
    expect(answer.headers).toEqual({ "content-type": "application/json", "cache-control": "no-store", etag: '"3"' });
  });

  it("nothing at all when the contract has nothing to say", async () => {
    const answer = said(await endpoint(dropLamp, async () => accept(undefined)).handle(requestTo(dropLamp)));
    expect([answer.status, answer.text, answer.headers.etag]).toEqual([204, "", undefined]);
  });

  it("only what the contract shows, at any depth", async () => {
    const more = { ...lamp, secret: "s-1", owner: { name: "王**", idNumber: "440606199003070017" } };
    const { body } = await ask(async () => accept(more));
    expect(body).toEqual({ ...lamp, owner: { name: "王**" } });
  });

  it("a fault when a handler's view does not fit the contract, and nothing of the view", async () => {
    const answer = await ask(async () => accept({ id: "l-secret" } as Lamp));
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("l-secret");
  });

  it.each([
    ["zh-CN", "灯没有亮。"],
    ["en", "The lamp is off."],
  ])("a refusal with the status and the text of its contract (%s)", async (language, title) => {
    const answer = await ask(async () => refuse("lamp.off", "since 2026-11-22"), { "accept-language": language });
    expect(answer.status).toBe(409);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.body).toEqual({
      type: "/problems/lamp.off",
      title,
      status: 409,
      detail: "since 2026-11-22",
      instance: "urn:request:request-1",
    });
  });

  it("a refusal that any route may utter", async () => {
    const answer = await ask(async () => refuse("request.bad-cursor"));
    expect(answer).toMatchObject({ status: 422, body: { type: "/problems/request.bad-cursor" } });
  });

  it("a fault for a refusal that is not in its contract", async () => {
    const code = "lamp.stolen";
    const answer = await ask(async () => refuse(code as "lamp.off"));
    expect(answer).toMatchObject({ status: 500, body: { type: "/problems/request.fault" } });
    expect(answer.text).not.toContain(code);
  });

  it.each([
    ["an error", new Error("password p-1 at 10.0.0.7")],
    ["a text", "password p-1"],
    ["nothing", undefined],
  ])("a fault without its message or its stack when a handler throws %s", async (_what, thrown) => {
    const answer = await ask(() => Promise.reject(thrown));
    expect(answer.status).toBe(500);
    expect(Object.keys(answer.body).sort()).toEqual(["instance", "status", "title", "type"]);
    expect(answer.text).not.toMatch(/p-1|10\.0\.0\.7|\.ts|at /);
  });

  it("a fault when a handler throws before it promises", async () => {
    const answer = await ask(() => {
      throw new Error("at once");
    });
    expect(answer.status).toBe(500);
  });
});

describe("a handler that was overtaken by another writer", () => {
  const overtaken = (times: number) => {
    let calls = 0;
    const handle: Handler = async () => {
      calls++;
      if (calls <= times) throw new StaleVersionError("l-1");
      return accept({ ...lamp, version: calls });
    };
    return { handle, calls: () => calls };
  };

  it.each([1, 2, 3])("decides again, and is answered when it is overtaken %i times", async (times) => {
    const { handle, calls } = overtaken(times);
    expect(await ask(handle)).toMatchObject({ status: 200, headers: { etag: `"${times + 1}"` } });
    expect(calls()).toBe(times + 1);
  });

  it("gives up after four attempts, and the caller is told to try again", async () => {
    const { handle, calls } = overtaken(100);
    expect(await ask(handle)).toMatchObject({ status: 409, body: { type: "/problems/request.conflict" } });
    expect(calls()).toBe(4);
  });

  it("does not decide again after any other failure", async () => {
    let calls = 0;
    const answer = await ask(async () => {
      calls++;
      throw new Error("broken");
    });
    expect([answer.status, calls]).toEqual([500, 1]);
  });
});

it("runs a handler under the id of its request, each its own", async () => {
  const ids: (string | undefined)[] = [];
  const remembering = endpoint(readLamp, async () => {
    ids.push(correlationId());
    await Promise.resolve();
    ids.push(correlationId());
    return accept(lamp);
  });
  const asked = (requestId: string) => {
    const event = requestTo(readLamp);
    return { ...event, requestContext: { ...event.requestContext, requestId } };
  };
  await Promise.all([remembering.handle(asked("r-1")), remembering.handle(asked("r-2"))]);
  expect(ids.sort()).toEqual(["r-1", "r-1", "r-2", "r-2"]);
  expect(correlationId()).toBeUndefined();
});
