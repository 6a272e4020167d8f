import { GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dynamoOrders } from "#functions/payments/adapters/dynamo-orders.ts";
import { orderKey } from "#functions/payments/adapters/order-row.ts";
import { type Order, openOrder } from "#functions/payments/domain/order.ts";
import { GUARDS, rotateKeys } from "#functions/payments/rotate-keys.ts";
import { PaymentsData } from "#infra/capabilities/payments.ts";
import { local } from "#infra/config.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { dynamoSealedRows, type SealedRows } from "#shared/runtime/sealed-rows.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, type RunningDynamoDb, startDynamoDb } from "#test/support/dynamodb-local.ts";
import { NOW, opened, paid, withAttempt } from "#test/support/payments.ts";

let dynamo: RunningDynamoDb;
beforeAll(async () => {
  dynamo = await startDynamoDb();
});
afterAll(() => dynamo?.stop());

const k1 = { id: "k1", key: "the first key of an installation, long" };
const k2 = { id: "k2", key: "the second key of an installation, new" };
const first = fieldCipher({ ...k1, previous: [] });
const during = fieldCipher({ ...k2, previous: [k1] });
const after = fieldCipher({ ...k2, previous: [] });
const PAYER = { name: "陈示例", code: "91440300708461136T" };

it("brings the names of payers from the old key to the new one, in slices, tells nothing and loses no change", async () => {
  const client = localDocumentClient(dynamo.endpoint);
  const table = "rotation";
  await createDeployedTable(client, table, (scope) => new PaymentsData(scope as never, local));
  const at = (cipher: typeof first) => dynamoOrders(client, { table, cipher });
  const named: Order[] = [];
  for (let serial = 0; serial < 12; serial++) {
    const change = opened({ application: `case-${serial}` });
    await at(first).save(change);
    const ready = { ...withAttempt(change.order), payer: PAYER, version: 2 };
    await at(first).save({ order: ready, events: [], movements: [] });
    // With movements beside it, and an outbox in its row.
    const settled = paid(ready);
    await at(first).save(settled);
    named.push(settled.order);
  }
  const { order: nameless } = openOrder({ ...opened().order, id: "N".repeat(26) }, NOW);
  await at(first).save({ order: nameless, events: [], movements: [] });

  const rows = dynamoSealedRows(client, table, GUARDS);
  const all = async (by: SealedRows = rows) => {
    const rotate = rotateKeys({ rows: by, cipher: during });
    const sum = { rewritten: 0, left: 0, slices: 0 };
    for (let next: object | undefined = {}; next; ) {
      const slice: Awaited<ReturnType<typeof rotate>> = await rotate({ limit: 4, ...next });
      sum.rewritten += slice.rewritten;
      sum.left += slice.left;
      sum.slices += 1;
      next = slice.next === undefined ? undefined : { cursor: slice.next };
    }
    return sum;
  };

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
        await at(first).save({ order: changed, events: [], movements: [] });
      }
      return rows.replace(before, row);
    },
  };
  const done = await all(racing);
  expect(done).toMatchObject({ rewritten: 11, left: 1 });
  expect(done.slices).toBeGreaterThan(3);
  expect(await all()).toMatchObject({ rewritten: 1, left: 0 });
  expect(await all()).toMatchObject({ rewritten: 0, left: 0 });

  for (const order of named) expect(await at(after).find(order.id)).toEqual(order.id === raced.id ? changed : order);
  expect(await at(after).find(nameless.id)).toEqual(nameless);
  expect(await at(after).ofApplication("case-2")).toHaveLength(1);
  const due: string[] = [];
  for await (const ids of at(after).due("2030-01-01T00:00:00.000Z")) due.push(...ids);
  expect(due.sort()).toEqual([...named, nameless].map(({ id }) => id).sort());
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: orderKey(named[1]?.id ?? "") }));
  expect(Item).not.toHaveProperty("outbox");
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
  expect(Items.filter(({ sk }) => String(sk).startsWith("payment#"))).toHaveLength(12);
  client.destroy();
});
