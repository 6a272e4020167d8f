import { startCloud } from "/work/main/local/cloud/index.ts";
import { eventually, miniature } from "/work/main/test/integration/local/miniature.ts";

const t0 = performance.now();
const options = miniature();
console.log("built", performance.now() - t0);
const t1 = performance.now();
const cloud = await startCloud({ ...options, report: console.log, onLog: (l) => console.log(l.function, l.text) });
console.log("started", performance.now() - t1, cloud.outputs);
const r = await fetch(cloud.url + "/cases", {
  method: "POST",
  headers: { authorization: "me", "content-type": "application/json" },
  body: JSON.stringify({ id: "c1" }),
});
console.log(r.status, await r.text(), Object.fromEntries(r.headers));
const e = await fetch(cloud.url + "/echo/a%20b/c?x=1&x=2&y=%20", {
  method: "POST",
  headers: { cookie: "q=1; w=2" },
  body: JSON.stringify({ id: "c1" }),
});
console.log(e.status, JSON.stringify(await e.json(), null, 1));

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";

const db = new DynamoDBClient(cloud.operator);
const t2 = performance.now();
const s = await eventually(
  "seen",
  async () => (await db.send(new GetItemCommand({ TableName: "mini-seen", Key: { id: { S: "c1" } } }))).Item,
);
console.log(performance.now() - t2, s.value.S);
for (let i = 0; i < 5; i++) {
  const t = performance.now();
  await fetch(cloud.url + "/cases", {
    method: "POST",
    headers: { authorization: "me", "content-type": "application/json" },
    body: JSON.stringify({ id: "d" + i }),
  });
  const t3 = performance.now();
  await eventually(
    "seen",
    async () => (await db.send(new GetItemCommand({ TableName: "mini-seen", Key: { id: { S: "d" + i } } }))).Item,
  );
  console.log("post", t3 - t, "e2e", performance.now() - t);
}
console.log(cloud.deniedCalls(), cloud.unusedGrants());
const t4 = performance.now();
await cloud.stop();
console.log("stopped", performance.now() - t4);
