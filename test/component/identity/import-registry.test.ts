import { beforeEach, describe, expect, it } from "vitest";
import { memoryClients } from "#functions/identity/adapters/memory-clients.ts";
import { memoryStaff } from "#functions/identity/adapters/memory-staff.ts";
import { importRegistry } from "#functions/identity/import-registry.ts";
import { hashOfSecret } from "#functions/identity/issuer/client-secret.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { fast } from "#test/support/accounts-stage.ts";

const AT = "2026-11-22T02:00:00.000Z";
const place = { department: "11440606MB2D26310W", division: "440606" };
const portal = { id: "portal", name: "门户", scopes: ["applications:submit"], channel: "portal" };
const bureau = { id: "land-bureau", name: "自然资源局", scopes: ["applications:decide"], ...place };
const clerk = { staff: "sd-zr-0102", name: "梁小华", ...place, roles: ["clerk", "officer"] };

let clients: ReturnType<typeof memoryClients>;
let staff: ReturnType<typeof memoryStaff>;
let run: ReturnType<typeof importRegistry>;

beforeEach(() => {
  clients = memoryClients();
  staff = memoryStaff();
  run = importRegistry({ clients, staff, now: () => AT });
});

describe("importing the registry", () => {
  it("gives a new client a secret of 256 bits, tells it once, and keeps its hash only", async () => {
    const [row] = (await run({ clients: [portal] })).clients;
    expect(row).toEqual({ id: "portal", version: 1, result: "added", secret: expect.stringMatching(/^[\w-]{43}$/) });
    const kept = await clients.find("portal");
    expect(kept?.secretHash).toBe(hashOfSecret(row?.secret ?? ""));
    expect(JSON.stringify(kept)).not.toContain(row?.secret);
  });

  it("writes nothing the second time, in whatever order scopes and roles come", async () => {
    const scopes = ["applications:submit", "applications:read"];
    await run({ clients: [{ ...portal, scopes }, bureau], staff: [clerk] });
    const again = await run({
      clients: [{ ...portal, scopes: scopes.toReversed() }, bureau],
      staff: [{ ...clerk, roles: clerk.roles.toReversed() }],
    });
    expect(again).toEqual({
      clients: [
        { id: "portal", version: 1, result: "unchanged" },
        { id: "land-bureau", version: 1, result: "unchanged" },
      ],
      staff: [{ id: "sd-zr-0102", version: 1, result: "unchanged" }],
    });
    expect(staff.published()).toHaveLength(1);
  });

  it("changes what a client may do and keeps its secret", async () => {
    await run({ clients: [portal] });
    const before = await clients.find("portal");
    const report = await run({ clients: [{ ...portal, scopes: ["applications:read"] }] });
    expect(report.clients).toEqual([{ id: "portal", version: 2, result: "updated" }]);
    expect(await clients.find("portal")).toMatchObject({
      secretHash: before?.secretHash,
      scopes: ["applications:read"],
    });
  });

  it("replaces a secret by a given one, and does not repeat it", async () => {
    await run({ clients: [portal] });
    const secret = "s".repeat(43);
    const report = await run({ clients: [{ ...portal, secret }] });
    expect(report.clients).toEqual([{ id: "portal", version: 2, result: "updated" }]);
    expect((await clients.find("portal"))?.secretHash).toBe(hashOfSecret(secret));
  });

  it("announces an appointment and its change, and never the name", async () => {
    await run({ staff: [clerk] });
    await run({ staff: [{ ...clerk, roles: [] }] });
    expect(staff.published().map(({ sequence, type, data }) => [sequence, type.split(".")[3], data.roles])).toEqual([
      [1, "staff-appointed", ["clerk", "officer"]],
      [2, "staff-appointed", []],
      [2, "staff-dismissed", undefined],
    ]);
    expect(JSON.stringify(staff.published())).not.toContain(clerk.name);
  });

  it("voids what was signed in under the former password of somebody who serves, and says so", async () => {
    run = importRegistry({ clients, staff, now: () => AT, passwords: fast });
    await run({ staff: [{ ...clerk, password: "to begin with" }] });
    expect(await staff.find(clerk.staff)).not.toHaveProperty("notBefore");
    await run({ staff: [{ ...clerk, name: "梁小花", password: "to begin with" }] });
    expect(await staff.find(clerk.staff)).not.toHaveProperty("notBefore");
    await run({ staff: [{ ...clerk, name: "梁小花", password: "found on a note" }] });
    expect(await staff.find(clerk.staff)).toMatchObject({ notBefore: AT, version: 3 });
    await run({ staff: [{ ...clerk, roles: [], password: "of one who leaves" }] });
    expect(staff.published().map(({ sequence, type }) => [sequence, type.split(".")[3]])).toEqual([
      [1, "staff-appointed"],
      [2, "staff-appointed"],
      [3, "staff-appointed"],
      [3, "staff-password-set"],
      [4, "staff-appointed"],
      [4, "staff-dismissed"],
    ]);
  });

  it.each([
    ["a channel's scope without a channel", { ...portal, channel: undefined }, "client.channel-missing"],
    ["a department's scope without a department", { ...bureau, department: undefined }, "client.department-missing"],
    ["a department without a division", { ...bureau, division: undefined }, "client.division-missing"],
    ["a secret that someone thought up", { ...portal, secret: "portal-secret" }, "client.malformed"],
    ["a scope that does not exist", { ...portal, scopes: ["everything"] }, "client.malformed"],
    ["no scope", { ...portal, scopes: [] }, "client.malformed"],
    ["a wrong department code", { ...bureau, department: "11440606MB2D26310X" }, "client.malformed"],
    ["an unknown field", { ...portal, redirects: [] }, "client.malformed"],
    ["nothing at all", null, "client.malformed"],
  ])("rejects %s and goes on with the rest", async (_what, bad, code) => {
    const report = await run({ clients: [bad, { ...portal, id: "good" }] });
    expect(report.clients.map(({ result }) => result)).toEqual(["rejected", "added"]);
    expect(report.clients[0]?.problems?.map((problem) => problem.code)).toContain(code);
  });

  it("rejects staff with an unknown role and says who, not their name", async () => {
    const { staff: rows } = await run({ staff: [{ ...clerk, roles: ["emperor"] }] });
    expect(rows).toEqual([
      { id: "sd-zr-0102", result: "rejected", problems: [expect.objectContaining({ code: "staff.malformed" })] },
    ]);
    expect(JSON.stringify(rows)).not.toContain(clerk.name);
  });

  it("decides again when someone else was faster", async () => {
    let races = 2;
    const save = clients.save;
    clients.save = async (client) => {
      if (races-- > 0) throw new StaleVersionError(client.id);
      return save(client);
    };
    expect((await run({ clients: [portal] })).clients).toMatchObject([{ result: "added", version: 1 }]);
  });
});
