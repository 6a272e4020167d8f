import { afterEach, beforeEach, expect, it } from "vitest";
import { startWecomServer } from "#local/outside/wecom-server.ts";

let server: Awaited<ReturnType<typeof startWecomServer>>;
beforeEach(async () => {
  server = await startWecomServer({ corpId: "ww", corpSecret: "s", agentId: 7, members: ["a"], port: 0 });
});
afterEach(() => server.stop());

const token = async (): Promise<string> => {
  const answer = await fetch(`${server.url}/cgi-bin/gettoken?corpid=ww&corpsecret=s`);
  return ((await answer.json()) as { access_token: string }).access_token;
};
const textcard = { title: "标题", description: "正文", url: "https://city.example/" };
const send = async (accessToken: string, more: object = {}) =>
  (
    await fetch(`${server.url}/cgi-bin/message/send?access_token=${accessToken}`, {
      method: "POST",
      body: JSON.stringify({ touser: "a", msgtype: "textcard", agentid: 7, textcard, ...more }),
    })
  ).json();

it("answers as the real API does: HTTP 200 with an errcode", async () => {
  expect(await (await fetch(`${server.url}/cgi-bin/gettoken?corpid=ww&corpsecret=wrong`)).json()).toMatchObject({
    errcode: 40001,
  });
  expect(await send("unknown")).toMatchObject({ errcode: 40014 });
  const good = await token();
  expect(await send(good, { agentid: 8 })).toMatchObject({ errcode: 40056 });
  expect(await send(good, { touser: "a|B" })).toMatchObject({ errcode: 0, errmsg: "ok", invaliduser: "b" });
  expect(await send(good, { touser: "B" })).toMatchObject({ errcode: 81013, invaliduser: "b" });
  await fetch(`${server.url}/misbehave`, { method: "POST", body: '{"mode":"expire-tokens"}' });
  expect(await send(good)).toMatchObject({ errcode: 42001 });
});

it("shows a message twice when it is sent twice without the duplicate check", async () => {
  const good = await token();
  for (const enable_duplicate_check of [0, 0, 1]) await send(good, { enable_duplicate_check });
  const inbox = (await (await fetch(`${server.url}/inbox`)).json()) as { cards: unknown[] };
  expect(inbox.cards).toHaveLength(2);
});

it("shows the members' phones without letting a card bring its own HTML", async () => {
  const description = '<div class="gray">11月27日</div><script>alert(1)</script>\n第二行';
  await send(await token(), { textcard: { ...textcard, description, url: "javascript:alert(1)" } });
  const page = await (await fetch(`${server.url}/?user=a`)).text();
  expect(page).toContain('<div class="gray">11月27日</div>&lt;script&gt;alert(1)&lt;/script&gt;<br>第二行');
  expect(page).not.toContain("javascript:");
  expect(page).toContain('lang="zh-CN"');
});
