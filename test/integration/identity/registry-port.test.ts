import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "vitest";
import { dynamoClients } from "#functions/identity/adapters/dynamo-clients.ts";
import { dynamoOidcModels } from "#functions/identity/adapters/dynamo-oidc-models.ts";
import { dynamoRows } from "#functions/identity/adapters/dynamo-rows.ts";
import { memoryClients } from "#functions/identity/adapters/memory-clients.ts";
import { memoryOidcModels } from "#functions/identity/adapters/memory-oidc-models.ts";
import { memoryStaff } from "#functions/identity/adapters/memory-staff.ts";
import { staffStore } from "#functions/identity/adapters/staff-store.ts";
import type { Client } from "#functions/identity/domain/client.ts";
import type { ClientStore, StaffStore } from "#functions/identity/domain/ports.ts";
import type { Staff } from "#functions/identity/domain/staff.ts";
import { IdentityData } from "#infra/capabilities/identity.ts";
import { local } from "#infra/config.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { StaffAppointedV1 } from "#shared/contracts/events/identity.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

const AT = "2026-11-22T02:00:00.000Z";

interface Subject {
  readonly clients: ClientStore;
  readonly staff: StaffStore;
  readonly models: ReturnType<typeof memoryOidcModels>;
  /** Every attribute value at rest, as one text; undefined when nothing is at rest. */
  atRest(): Promise<string | undefined>;
  events(): Promise<readonly AnyEvent[]>;
}

let tables = 0;

const onDynamo = async (now: () => number): Promise<Subject> => {
  const client = ownDocuments();
  const TableName = `identity-${++tables}`;
  await createDeployedTable(client, TableName, (scope) => new IdentityData(scope, local));
  const rows = async () => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName }));
    return Items.map((row) => unmarshall(row));
  };
  const cipher = fieldCipher({ id: "k1", key: "x".repeat(32), previous: [] });
  return {
    clients: dynamoClients(client, TableName),
    staff: staffStore(
      dynamoRows(client, TableName, () => AT),
      cipher,
    ),
    models: dynamoOidcModels(client, TableName, now),
    atRest: async () =>
      JSON.stringify(await rows(), (_key, value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : value,
      ),
    events: async () => (await rows()).flatMap(({ outbox }) => outbox ?? []),
  };
};

const inMemory = async (now: () => number): Promise<Subject> => {
  const staff = memoryStaff();
  return {
    clients: memoryClients(),
    staff,
    models: memoryOidcModels(now),
    atRest: async () => undefined,
    events: async () => staff.published().slice(-1),
  };
};

const portal: Client = {
  id: "portal",
  version: 1,
  name: "门户",
  secretHash: "hash",
  scopes: ["applications:submit"],
  channel: "portal",
};
const clerk: Staff = {
  staff: "sd-zr-0102",
  version: 1,
  name: "梁小华",
  department: "11440606MB2D26310W",
  division: "440606",
  roles: ["clerk"],
};

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the registry in %s", (_name, create) => {
  it("finds a client as it was last saved", async () => {
    const { clients } = await create(Date.now);
    expect(await clients.find("portal")).toBeUndefined();
    await clients.save(portal);
    const changed: Client = { ...portal, version: 2, channel: undefined, scopes: ["applications:read"] };
    await clients.save(changed);
    expect(await clients.find("portal")).toEqual(changed);
  });

  it("does not save a client or staff over a newer version", async () => {
    const { clients, staff } = await create(Date.now);
    await clients.save(portal);
    await staff.save(clerk, AT);
    await expect(clients.save(portal)).rejects.toThrow(StaleVersionError);
    await expect(clients.save({ ...portal, version: 3 })).rejects.toThrow(StaleVersionError);
    await expect(staff.save(clerk, AT)).rejects.toThrow(StaleVersionError);
  });

  it("finds staff, announces appointments without names, and keeps names sealed", async () => {
    const { staff, events, atRest } = await create(Date.now);
    await staff.save(clerk, AT);
    await staff.save({ ...clerk, version: 2, roles: ["clerk", "officer"] }, AT);
    expect(await staff.find(clerk.staff)).toEqual({ ...clerk, version: 2, roles: ["clerk", "officer"] });

    const [event, ...more] = await events();
    expect(more).toEqual([]);
    expect(StaffAppointedV1.schema.parse(event)).toMatchObject({
      id: "sd-zr-0102.2.0",
      source: "/identity",
      sequence: 2,
      department: clerk.department,
      division: "440606",
      data: { staff: clerk.staff, department: clerk.department, division: "440606", roles: ["clerk", "officer"] },
    });
    expect(JSON.stringify(event)).not.toContain(clerk.name);
    expect((await atRest()) ?? "").not.toContain(clerk.name);
  });

  it("finds who serves a department, as long as they do", async () => {
    const { staff } = await create(Date.now);
    await staff.save({ ...clerk, staff: "b" }, AT);
    await staff.save({ ...clerk, staff: "a", roles: ["officer"] }, AT);
    await staff.save({ ...clerk, staff: "c", department: "11440606MB2D0123XA" }, AT);
    expect(await staff.numbersOf(clerk.department)).toEqual(["a", "b"]);
    await staff.save({ ...clerk, staff: "b", version: 2, roles: [] }, AT);
    await staff.save({ ...clerk, staff: "c", version: 2 }, AT);
    expect(await staff.numbersOf(clerk.department)).toEqual(["a", "c"]);
    expect(await staff.numbersOf("11440606MB2D0123XA")).toEqual([]);
  });

  describe("for oidc-provider", () => {
    let time = 1_800_000_000_000;
    const now = () => time;

    it("finds a model until it expires", async () => {
      const codes = (await create(now)).models("AuthorizationCode");
      await codes.upsert("a", { grantId: "g", accountId: "p" }, 60);
      expect(await codes.find("a")).toEqual({ grantId: "g", accountId: "p" });
      expect(await codes.find("b")).toBeUndefined();
      time += 61_000;
      expect(await codes.find("a")).toBeUndefined();
    });

    it("keeps models of different kinds apart", async () => {
      const { models } = await create(now);
      await models("Session").upsert("a", { uid: "u" }, 60);
      expect(await models("Interaction").find("a")).toBeUndefined();
      expect(await models("Interaction").findByUid("u")).toBeUndefined();
      expect(await models("Session").findByUid("u")).toEqual({ uid: "u" });
    });

    it("lets a code be used once, whoever else tries at the same time", async () => {
      const codes = (await create(now)).models("AuthorizationCode");
      await codes.upsert("a", { accountId: "p" }, 60);
      const uses = await Promise.allSettled([1, 2, 3, 4].map(() => codes.consume("a")));
      expect(uses.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect(uses.find(({ status }) => status === "rejected")).toMatchObject({ reason: { error: "invalid_grant" } });
      expect(await codes.find("a")).toEqual({ accountId: "p", consumed: Math.floor(time / 1000) });
      await expect(codes.consume("nothing")).rejects.toMatchObject({ error: "invalid_grant" });
    });

    it("revokes all that came of a grant, and nothing else", async () => {
      const { models } = await create(now);
      await models("AuthorizationCode").upsert("a", { grantId: "g" }, 60);
      await models("RefreshToken").upsert("b", { grantId: "g" }, 60);
      await models("RefreshToken").upsert("c", { grantId: "h" }, 60);
      await models("RefreshToken").revokeByGrantId("g");
      expect(await models("AuthorizationCode").find("a")).toBeUndefined();
      expect(await models("RefreshToken").find("b")).toBeUndefined();
      expect(await models("RefreshToken").find("c")).toEqual({ grantId: "h" });
    });

    it("finds by user code, destroys, and overwrites", async () => {
      const devices = (await create(now)).models("DeviceCode");
      await devices.upsert("a", { userCode: "ABCD", grantId: "g" }, 60);
      await devices.upsert("a", { userCode: "ABCD", grantId: "g", accountId: "p" }, 60);
      expect(await devices.findByUserCode("ABCD")).toEqual({ userCode: "ABCD", grantId: "g", accountId: "p" });
      await devices.destroy("a");
      expect(await devices.find("a")).toBeUndefined();
      expect(await devices.findByUserCode("ABCD")).toBeUndefined();
    });
  });
});
