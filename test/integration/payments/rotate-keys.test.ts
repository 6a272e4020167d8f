import { GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { expect, it } from "vitest";
import { dynamoOrders } from "#functions/payments/adapters/dynamo-orders.ts";
import { orderKey } from "#functions/payments/adapters/order-row.ts";
import { type Order, openOrder } from "#functions/payments/domain/order.ts";
import { GUARDS, rotateKeys } from "#functions/payments/rotate-keys.ts";
import { PaymentsData } from "#infra/capabilities/payments.ts";
import { local } from "#infra/config.ts";
import { dynamoSealedRows, type SealedRows } from "#shared/runtime/sealed-rows.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";
import { NOW, opened, paid, withAttempt } from "#test/support/payments.ts";
import { ciphers, rotateAll } from "#test/support/rotation.ts";

const PAYER = { name: "陈示例", code: "91440300708461136T" };

it("brings the names of payers from the old key to the new one, in slices, tells nothing and loses no change", async () => {
  const client = ownDocuments();
  const table = "rotation";
  await createDeployedTable(client, table, (scope) => new PaymentsData(scope as never, local));
  const at = (cipher: typeof ciphers.before) => dynamoOrders(client, { table, cipher });
  const named: Order[] = [];
  for (let serial = 0; serial < 12; serial++) {
    const change = opened({ application: `case-${serial}` });
    await at(ciphers.before).save(change);
    const ready = { ...withAttempt(change.order), payer: PAYER, version: 2 };
    await at(ciphers.before).save({ order: ready, events: [], movements: [] });
    // With movements beside it, and an outbox in its row.
    const settled = paid(ready);
    await at(ciphers.before).save(settled);
    named.push(settled.order);
  }
  const { order: nameless } = openOrder({ ...opened().order, id: "N".repeat(26) }, NOW);
  await at(ciphers.before).save({ order: nameless, events: [], movements: [] });

  const rows = dynamoSealedRows(client, table, GUARDS);
  const all = (by: SealedRows = rows) => rotateAll(rotateKeys({ rows: by, cipher: ciphers.during }));

  // Somebody changes an order, and not its payer, between the reading and the rewriting of its row.
  const [raced] = named;
  if (!raced) throw new Error("no orders");
  const changed = { ...raced, version: raced.version + 1, commands: [{ key: "c", fingerprint: "c" }] };
  let isChanged = false;
  const racing: SealedRows = {
    slice: rows.slice,
    async replace(before, row) {
      if (before.pk === orderKey(raced.id).pk && !isChanged) {
        isChanged = true;
        await at(ciphers.before).save({ order: changed, events: [], movements: [] });
      }
      return rows.replace(before, row);
    },
  };
  const done = await all(racing);
  expect(done).toMatchObject({ rewritten: 11, left: 1 });
  expect(done.slices).toBeGreaterThan(3);
  expect(await all()).toMatchObject({ rewritten: 1, left: 0 });
  expect(await all()).toMatchObject({ rewritten: 0, left: 0 });

  for (const order of named)
    expect(await at(ciphers.after).find(order.id)).toEqual(order.id === raced.id ? changed : order);
  expect(await at(ciphers.after).find(nameless.id)).toEqual(nameless);
  expect(await at(ciphers.after).ofApplication("case-2")).toHaveLength(1);
  const due: string[] = [];
  for await (const ids of at(ciphers.after).due("2030-01-01T00:00:00.000Z")) due.push(...ids);
  expect(due.sort()).toEqual([...named, nameless].map(({ id }) => id).sort());
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: orderKey(named[1]?.id ?? "") }));
  expect(Item).not.toHaveProperty("outbox");
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
  expect(Items.filter(({ sk }) => String(sk).startsWith("payment#"))).toHaveLength(12);
  client.destroy();
});
