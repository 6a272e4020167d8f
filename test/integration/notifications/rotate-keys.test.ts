import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { expect, it } from "vitest";
import { dynamoDesks } from "#functions/notifications/adapters/dynamo-desks.ts";
import { dynamoPreferences } from "#functions/notifications/adapters/dynamo-person-messages.ts";
import { newDesk } from "#functions/notifications/domain/desk.ts";
import { GUARDS, rotateKeys } from "#functions/notifications/rotate-keys.ts";
import { NotificationsData } from "#infra/capabilities/notifications.ts";
import { local } from "#infra/config.ts";
import { dynamoSealedRows, type SealedRows } from "#shared/runtime/sealed-rows.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";
import { ciphers, rotateAll } from "#test/support/rotation.ts";

it("brings people's accounts at WeChat from the old key to the new one, in slices, and loses no change", async () => {
  const client = ownDocuments();
  const table = "rotation";
  await createDeployedTable(client, table, (scope) => new NotificationsData(scope, local));
  const at = (cipher: typeof ciphers.before) => dynamoPreferences(client, table, cipher);
  const of = (i: number) => ({ sms: true, wechat: i % 2 === 0, openId: `o-${i}` });
  for (let i = 0; i < 9; i++) await at(ciphers.before).save(`P${i}`, of(i));
  await at(ciphers.before).save("none", { sms: false, wechat: false });
  await dynamoDesks(client, table).save({ ...newDesk("clerk"), version: 1 });

  const rows = dynamoSealedRows(client, table, GUARDS);
  const all = (by: SealedRows = rows) => rotateAll(rotateKeys({ rows: by, cipher: ciphers.during }));
  // Somebody changes what they prefer, and not their account, between the reading and the rewriting of their row.
  let isChanged = false;
  const racing: SealedRows = {
    slice: rows.slice,
    async replace(before, row) {
      if (before.pk === "preferences#P3" && !isChanged) {
        isChanged = true;
        await at(ciphers.before).save("P3", { ...of(3), sms: false });
      }
      return rows.replace(before, row);
    },
  };
  const done = await all(racing);
  expect(done).toMatchObject({ rewritten: 8, left: 1 });
  expect(done.slices).toBeGreaterThan(2);
  expect(await all()).toMatchObject({ rewritten: 1, left: 0 });
  expect(await all()).toMatchObject({ rewritten: 0, left: 0 });

  for (let i = 0; i < 9; i++)
    expect(await at(ciphers.after).find(`P${i}`)).toEqual(i === 3 ? { ...of(3), sms: false } : of(i));
  expect(await at(ciphers.after).find("none")).toEqual({ sms: false, wechat: false });
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: { pk: "preferences#P1", sk: "preferences" } }),
  );
  expect(JSON.stringify(Item)).not.toContain("o-1");
  client.destroy();
});
