import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { addressRules } from "#functions/webhooks/adapters/address-rules.ts";
import { guardedPost, type Resolve } from "#functions/webhooks/adapters/guarded-post.ts";
import { httpsCourier } from "#functions/webhooks/adapters/https-courier.ts";
import { vault } from "#test/support/webhooks-stage.ts";

let stop = async () => {};
afterEach(() => stop());

const start = async (answer: RequestListener): Promise<string> => {
  const server: Server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return String((server.address() as AddressInfo).port);
};
const post = (allowed = "127.0.0.0/8:*", more: { timeout?: number; resolve?: Resolve } = {}) =>
  guardedPost({ rules: addressRules(allowed), timeout: 2000, ...more });

describe("the guarded way out", () => {
  it("connects to the address that was checked, and asks for it once", async () => {
    const hosts: string[] = [];
    const port = await start((request, response) => {
      hosts.push(request.headers.host ?? "");
      response.writeHead(204).end();
    });
    // A name that changes its mind, as in DNS rebinding: the second answer would lead elsewhere.
    const answers = ["127.0.0.1", "169.254.169.254"];
    const asked: string[] = [];
    const resolve: Resolve = async (host) => {
      asked.push(host);
      return [{ address: answers.shift() ?? "", family: 4 }];
    };
    const outside = post("127.0.0.0/8:*", { resolve });
    expect(await outside.post(`http://department.example:${port}/`, {}, "{}")).toMatchObject({ status: 204 });
    expect(asked).toEqual(["department.example"]);
    expect(hosts).toEqual([`department.example:${port}`]);
    expect(await outside.post(`http://department.example:${port}/`, {}, "{}")).toEqual({
      error: "address-not-allowed",
    });
    expect(hosts).toHaveLength(1);
  });

  it("connects nowhere that is not allowed", async () => {
    let requests = 0;
    const port = await start((_request, response) => {
      requests += 1;
      response.end();
    });
    expect(await post("").post(`http://127.0.0.1:${port}/`, {}, "{}")).toEqual({ error: "address-not-allowed" });
    expect(await post("127.0.0.1:1").post(`http://127.0.0.1:${port}/`, {}, "{}")).toEqual({
      error: "address-not-allowed",
    });
    expect(requests).toBe(0);
  });

  it("does not follow a redirect", async () => {
    const paths: string[] = [];
    const port = await start((request, response) => {
      paths.push(request.url ?? "");
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    expect(await post().post(`http://127.0.0.1:${port}/events`, {}, "{}")).toMatchObject({ status: 307 });
    expect(paths).toEqual(["/events"]);
  });

  it("gives up a server that accepts and says nothing", async () => {
    const port = await start(() => {});
    expect(await post("127.0.0.1:*", { timeout: 100 }).post(`http://127.0.0.1:${port}/`, {}, "{}")).toEqual({
      error: "timed-out",
    });
  });

  it("gives up a name that is not answered for", async () => {
    const resolve: Resolve = () => new Promise(() => {});
    expect(await post("", { timeout: 50, resolve }).post("https://department.example/", {}, "{}")).toEqual({
      error: "name-not-resolved",
    });
  });

  it("takes the status of a server whose body never ends, and little of the body", async () => {
    let parts = 0;
    const port = await start((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => {
        parts += 1;
        response.write("x".repeat(600));
      }, 5);
      response.on("close", () => clearInterval(timer));
    });
    expect(await post().post(`http://127.0.0.1:${port}/`, {}, "{}")).toMatchObject({ status: 200 });
    expect(parts).toBeLessThan(20);
  });

  it.each([
    ["text/plain", "no such case", "no such case"],
    ["application/json", '{"code":"名"}', '{"code":"名"}'],
    ["application/problem+json; charset=utf-8", "{}", "{}"],
    ["text/html", `a\u001b[2Jb\u202ec`, "a[2Jbc"],
    ["text/plain", `${"x".repeat(1023)}名`, "x".repeat(1023)],
    ["application/octet-stream", "\u0000\u0001", ""],
  ])("keeps the beginning of an answer that is text: %s", async (type, body, answer) => {
    const port = await start((_request, response) => {
      response.writeHead(422, { "content-type": type }).end(body);
    });
    expect(await post().post(`http://127.0.0.1:${port}/`, {}, "{}")).toMatchObject({ status: 422, answer });
  });

  it.each([301, 302, 303, 307, 308])("does not follow a %i to the metadata service", async (status) => {
    const port = await start((_request, response) => {
      response.writeHead(status, { location: "http://169.254.169.254/latest/meta-data/" }).end();
    });
    const asked: string[] = [];
    const resolve: Resolve = async (host) => {
      asked.push(host);
      return [{ address: "127.0.0.1", family: 4 }];
    };
    expect(await post("127.0.0.0/8:*", { resolve }).post(`http://department.example:${port}/`, {}, "{}")).toMatchObject(
      {
        status,
      },
    );
    expect(asked).toEqual(["department.example"]);
  });

  it.each([
    ["a server that is not there", undefined, "connection-refused"],
    ["a server that hangs up", "", "connection-closed"],
    ["a server that speaks something else", "not HTTP at all\r\n\r\n", "not-http"],
    [
      "a server that upgrades",
      "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      "connection-closed",
    ],
  ])("tells of %s", async (_what, answer, error) => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer ?? ""));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    if (answer === undefined) server.close();
    const result = await post().post(`http://127.0.0.1:${port}/`, {}, "{}");
    server.close();
    expect(result).toEqual({ error });
  });
});

describe("the courier", () => {
  const message = { endpoint: "A", keys: [vault.create("A", "one")], id: "CASE.1.0", body: '{"名":1}' };

  it("sends a Standard Webhooks message", async () => {
    const seen: unknown[] = [];
    const port = await start(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      seen.push(request.method, request.headers, Buffer.concat(chunks).toString());
      response.writeHead(202).end("thanks");
    });
    const result = await httpsCourier(post(), vault).deliver({
      ...message,
      url: `http://127.0.0.1:${port}/events?x=1`,
    });
    expect(result).toMatchObject({ status: 202, milliseconds: expect.any(Number) });
    expect(seen).toEqual([
      "POST",
      expect.objectContaining({
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": "yimen-webhooks/1",
        "webhook-id": "CASE.1.0",
        "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}= v1a,[A-Za-z0-9+/]{86}==$/),
      }),
      message.body,
    ]);
  });

  it.each([
    [429, "120", 120],
    [503, "Sun, 22 Nov 2026 02:10:00 GMT", 600],
    [503, "Sun, 22 Nov 2026 01:00:00 GMT", undefined],
    [502, "7", 7],
    [504, "8", 8],
    [503, "soon", undefined],
    [500, "120", undefined],
  ])("reads Retry-After of a %i: %s", async (status, retryAfter, seconds) => {
    const port = await start((_request, response) => {
      response.writeHead(status, { "retry-after": retryAfter }).end();
    });
    const courier = httpsCourier(post(), vault, () => new Date("2026-11-22T02:00:00Z"));
    const result = await courier.deliver({ ...message, url: `http://127.0.0.1:${port}/` });
    expect((result as { retryAfterSeconds?: number }).retryAfterSeconds).toBe(seconds);
  });
});
