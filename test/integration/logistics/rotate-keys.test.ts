import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { expect, it } from "vitest";
import { dynamoCases } from "#functions/logistics/adapters/dynamo-cases.ts";
import { dynamoShipments } from "#functions/logistics/adapters/dynamo-shipments.ts";
import { dynamoWaybills } from "#functions/logistics/adapters/dynamo-waybills.ts";
import type { Push } from "#functions/logistics/domain/follow-parcel.ts";
import type { Shipment } from "#functions/logistics/domain/shipment.ts";
import { GUARDS, rotateKeys } from "#functions/logistics/rotate-keys.ts";
import { LogisticsData } from "#infra/capabilities/logistics.ts";
import { local } from "#infra/config.ts";
import { dynamoSealedRows } from "#shared/runtime/sealed-rows.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { caseFacts, patience, requested, START } from "#test/support/logistics.ts";
import { ownDocuments } from "#test/support/own-documents.ts";
import { ciphers, rotateAll } from "#test/support/rotation.ts";

const pushOf = (number: string, text: string): Push => ({
  source: "ems",
  number,
  report: {
    kind: "increment",
    events: [{ key: text, at: START, state: "in-transit", text, code: "40", source: "ems" }],
    voided: [],
  },
});

it("brings shipments and parked pushes from the old key to the new one, in slices, and tells nothing", async () => {
  const client = ownDocuments();
  const table = "rotation";
  await createDeployedTable(client, table, (scope) => new LogisticsData(scope as never, local));
  const at = (cipher: typeof ciphers.before) => ({
    shipments: dynamoShipments(client, { table, cipher, patience }),
    waybills: dynamoWaybills(client, { table, cipher, now: () => START }),
  });
  const old = at(ciphers.before);
  const kept: Shipment[] = [];
  for (let serial = 0; serial < 9; serial++) {
    const change = requested({}, { status: "decided", id: `case-${serial}` });
    await old.shipments.save(change);
    kept.push(change.state);
  }
  const pushes = [pushOf("1001", "离开处理中心"), pushOf("1001", "到达投递局"), pushOf("1002", "离开处理中心")];
  for (const push of pushes) expect(await old.waybills.park(push, START)).toMatchObject({ push });
  await old.waybills.claim("1003", kept[0]?.id ?? "");
  await dynamoCases(client, table).keep(caseFacts());

  const rotate = rotateKeys({ rows: dynamoSealedRows(client, table, GUARDS), cipher: ciphers.during, patience });
  const all = () => rotateAll(rotate);
  const done = await all();
  expect(done).toMatchObject({ rewritten: 12, left: 0 });
  expect(done.slices).toBeGreaterThan(2);
  expect(await all()).toMatchObject({ rewritten: 0, left: 0 });

  const now = at(ciphers.after);
  for (const shipment of kept) expect(await now.shipments.find(shipment.id)).toEqual(shipment);
  const parked = await now.waybills.parked("1001");
  expect(parked.map(({ push }) => push.report.events[0]?.text).sort()).toEqual(["到达投递局", "离开处理中心"]);
  expect(await now.waybills.parked("1002")).toMatchObject([{ push: pushes[2] }]);
  // Parked again it is the same row, whose end has not moved.
  const rowsOf = async () =>
    ((await client.send(new ScanCommand({ TableName: table }))).Items ?? []).filter(({ sk }) =>
      String(sk).startsWith("parked#"),
    );
  const before = await rowsOf();
  expect(before.every(({ expiresAt }) => typeof expiresAt === "number")).toBe(true);
  for (const push of pushes) await now.waybills.park(push, START);
  expect((await rowsOf()).map(({ sk, expiresAt }) => [sk, expiresAt])).toEqual(
    before.map(({ sk, expiresAt }) => [sk, expiresAt]),
  );
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
  expect(Items.some(({ outbox }) => outbox !== undefined)).toBe(false);
  expect(Items).toHaveLength(9 + 3 + 2);
  client.destroy();
});
