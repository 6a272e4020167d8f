import { randomBytes } from "node:crypto";
import { decrypt, encrypt, getSignature } from "@wecom/crypto";
import { describe, expect, it } from "vitest";
import { memoryChatAccounts, memoryChatMessages } from "#functions/notifications/adapters/memory-chat-accounts.ts";
import { wecomCallback } from "#functions/notifications/adapters/wecom-callback.ts";
import { later } from "#functions/notifications/domain/pace.ts";
import { chatAnswerer } from "#functions/notifications/http/answer-chat.ts";
import { chatCallback } from "#functions/notifications/http/chat-callback.ts";
import { startChatBindingEndpoint } from "#functions/notifications/http/start-chat-binding.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { startChatBinding } from "#shared/contracts/http/notifications/messages.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { request, requestTo, said } from "#test/support/http-request.ts";
import { appointed, MORNING, officialsStage } from "#test/support/officials-stage.ts";
import { accept, decide, department, event } from "#test/support/todo-events.ts";

const settings = {
  token: "QDG6eK",
  encodingAesKey: "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
  corpid: "wx5823bf96d3bd56c7",
};
const path = "/callbacks/chat/wecom";

/** A chat of which our callback is a part; what it posts is made by its own library. */
const city = async (...appointments: object[]) => {
  const stage = await officialsStage(appointments);
  const messages = memoryChatMessages();
  const accounts = memoryChatAccounts(stage.officers.rows);
  const callback = chatCallback({
    callback: wecomCallback(settings),
    answer: chatAnswerer({ accounts, messages, todos: stage.todos, now: () => stage.now }),
  });
  let ids = 0;
  const post = async (message: string, change: Record<string, string> = {}, receiver = settings.corpid) => {
    const encrypted = encrypt(settings.encodingAesKey, message, receiver);
    const [timestamp, nonce] = ["1409659813", randomBytes(4).toString("hex")];
    const query = {
      timestamp,
      nonce,
      msg_signature: getSignature(settings.token, timestamp, nonce, encrypted),
      ...change,
    };
    const body = `<xml><ToUserName><![CDATA[x]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`;
    const answer = said(
      await callback(request({ method: "POST", path, query, body, headers: { "content-type": "text/xml" } })),
    );
    const inner = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(answer.text)?.[1];
    const signature = /<MsgSignature><!\[CDATA\[(.*?)\]\]>/.exec(answer.text)?.[1];
    if (inner === undefined) return { status: answer.status, reply: undefined };
    expect(signature).toBe(getSignature(settings.token, timestamp, nonce, inner));
    const { message: reply, id } = decrypt(settings.encodingAesKey, inner);
    expect(id).toBe(settings.corpid);
    return { status: answer.status, reply };
  };
  const head = (user: string) =>
    `<ToUserName><![CDATA[${settings.corpid}]]></ToUserName><FromUserName><![CDATA[${user}]]></FromUserName><CreateTime>1409659813</CreateTime>`;
  const say = (user: string, text: string, id = String(++ids)) =>
    post(
      `<xml>${head(user)}<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${text}]]></Content><MsgId>${id}</MsgId></xml>`,
    );
  const press = (user: string, key: string) =>
    post(
      `<xml>${head(user)}<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[template_card_event]]></Event><EventKey><![CDATA[${key}]]></EventKey></xml>`,
    );
  const binding = httpLambda([
    startChatBindingEndpoint({
      accounts,
      cipher: fieldCipher({ id: "k", key: "x".repeat(32), previous: [] }),
      now: () => stage.now,
    }),
  ]);
  const offer = async (staff: string, key = "key-1") =>
    said(
      await binding(
        requestTo(startChatBinding, {
          verdict: { client: "w", scopes: "tasks:read", staff } as Verdict,
          headers: { "idempotency-key": key },
        }),
      ),
    ).body as { code: string };
  return { ...stage, accounts, callback, messages, post, say, press, offer };
};

describe("the published vector", () => {
  it("is signed and decrypted as WeCom's document says", () => {
    const echo = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==";
    const callback = wecomCallback({ ...settings, corpid: "wx5823bf96d3bd56c7" });
    expect(callback.isSigned("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", echo)).toBe(true);
    expect(callback.decrypt(echo)).toBe("1616140317555161061");
  });
});

describe("the callback of the chat", () => {
  it("answers the check of its address with the bare text", async () => {
    const { callback } = await city();
    const echostr = encrypt(settings.encodingAesKey, "1616140317555161061", settings.corpid);
    const query = {
      timestamp: "1",
      nonce: "n",
      echostr,
      msg_signature: getSignature(settings.token, "1", "n", echostr),
    };
    expect(said(await callback(request({ path, query })))).toMatchObject({ status: 200, text: "1616140317555161061" });
    expect((await callback(request({ path, query: { ...query, nonce: "m" } }))).statusCode).toBe(403);
    expect((await callback(request({ path: "/callbacks/chat/other", query }))).statusCode).toBe(404);
  });

  it("refuses what is not signed, not encrypted with our key, or for another", async () => {
    const { post } = await city(appointed("clerk", ["clerk"]));
    const message = "<xml><MsgType>text</MsgType></xml>";
    expect((await post(message, { msg_signature: "0".repeat(40) })).status).toBe(403);
    expect((await post(message, { timestamp: "1409659814" })).status).toBe(403);
    expect((await post(message, {}, "ww-another")).status).toBe(403);
    const callback = wecomCallback(settings);
    for (const garbage of ["", "AAAA", randomBytes(64).toString("base64"), "not base64 at all"])
      expect(callback.decrypt(garbage)).toBeUndefined();
  });

  it("is not there while it is not set up", async () => {
    const none = chatCallback({ callback: undefined, answer: async () => "" });
    expect((await none(request({ path }))).statusCode).toBe(404);
  });
});

describe("an official in the chat", () => {
  const waiting = event({
    subject: "CASE1",
    sequence: 1,
    tasks: [accept],
    data: { number: "11440606AAAA7Z3K9M2QX4B" },
  });

  it("takes a case by the button on its card: it is asked for once, however often it is posted", async () => {
    const { hear, press, messages } = await city(appointed("clerk", ["clerk"]));
    await hear(waiting);
    const first = await press("CLERK", "claim:CASE1");
    expect(first.reply).toContain("<ReplaceName><![CDATA[已提交领取，结果以待办为准。]]>");
    expect(await press("CLERK", "claim:CASE1")).toEqual(first);
    expect(messages.claims).toMatchObject([{ case: "CASE1", caseSequence: 1, officer: { staff: "clerk" } }]);
  });

  it("takes a case by the end of its number, and is told when that is not to be had", async () => {
    const { hear, say, messages } = await city(appointed("clerk", ["clerk"]), appointed("officer", ["officer"]));
    await hear(
      waiting,
      event({ subject: "CASE2", sequence: 1, tasks: [accept], data: { number: "11440606BBBB7Z3K9M2QX4B" } }),
    );
    expect((await say("clerk", "领取 9m2qx4b")).reply).toContain("多个办件");
    expect((await say("clerk", "领取 AAAA7Z3K9M2QX4B")).reply).toContain("已提交领取");
    expect((await say("clerk", "领取 000000")).reply).toContain("未找到");
    expect((await say("officer", "领取 AAAA7Z3K9M2QX4B")).reply).toContain("未找到");
    expect(messages.claims.map((claim) => claim.case)).toEqual(["CASE1"]);
  });

  it("takes a case by its number among very many, and is told what to do where it was not looked for", async () => {
    const { todos, say, messages } = await city(appointed("clerk", ["clerk"]));
    const add = (i: number) =>
      todos.save(undefined, {
        source: "/applications",
        subject: `S${i}`,
        number: `11440606AAAA0000${String(i).padStart(6, "0")}`,
        case: `S${i}`,
        sequence: 1,
        department,
        division: "440606",
        changedAt: MORNING,
        tasks: [{ ...accept, since: new Date(Date.parse(MORNING) + i * 1000).toISOString() }],
      });
    for (let i = 0; i < 2_000; i++) await add(i);
    expect((await say("clerk", "领取 001999")).reply).toContain("已提交领取");
    expect((await say("clerk", "领取 002000")).reply).toContain("未找到");
    await add(2_000);
    expect((await say("clerk", "领取 002000")).reply).toContain("请在待办列表中打开");
    expect((await say("clerk", "领取 001998")).reply).toContain("已提交领取");
    expect(messages.claims.map((claim) => claim.case)).toEqual(["S1999", "S1998"]);
  });

  it("cannot take what another has, what is not theirs to do, or what is elsewhere", async () => {
    const { hear, press, messages } = await city(
      appointed("clerk", ["clerk"]),
      appointed("far", ["clerk"], { department: "11440600007039469J" }),
    );
    await hear(event({ subject: "A", sequence: 1, tasks: [{ ...accept, claimedBy: "other" }] }));
    await hear(event({ subject: "B", sequence: 1, tasks: [decide] }), waiting);
    expect((await press("clerk", "claim:A")).reply).toContain("已被领取");
    expect((await press("clerk", "claim:B")).reply).toContain("已被领取或已流转");
    expect((await press("far", "claim:CASE1")).reply).toContain("未找到");
    expect((await press("clerk", "claim:none")).reply).toContain("未找到");
    expect(messages.claims).toEqual([]);
  });

  it("asks what waits, and is helped", async () => {
    const { hear, say } = await city(appointed("clerk", ["clerk"]));
    expect((await say("clerk", "待办")).reply).toContain("当前没有待办");
    await hear(waiting);
    expect((await say("clerk", "待办")).reply).toContain("受理 1");
    expect((await say("clerk", "你好")).reply).toContain("可回复");
    expect((await say("stranger", "待办")).reply).toContain("尚未绑定");
  });

  it("binds an account by a code that works once; the account of old speaks for nobody from then on", async () => {
    const { hear, say, offer, phone, pass, setNow } = await city(appointed("clerk", ["clerk"]));
    const { code } = await offer("clerk");
    setNow(later(MORNING, 60));
    expect(await offer("clerk")).toEqual({ code, expiresAt: later(MORNING, 600) });
    expect((await offer("clerk", "key-2")).code).not.toBe(code);
    expect((await say("WangWu", `绑定 ${code}`)).reply).toContain("绑定成功");
    expect(await offer("clerk")).toEqual({ code, expiresAt: later(MORNING, 600) });
    expect((await say("ZhaoLiu", `绑定 ${code}`)).reply).toContain("无效");
    expect((await say("wangwu", "待办")).reply).toContain("当前没有待办");
    expect((await say("clerk", "待办")).reply).toContain("尚未绑定");
    await hear({ ...waiting, time: later(MORNING, 60) });
    await pass(1);
    expect(phone("WangWu")).toHaveLength(1);
  });

  it("is given no code that is somebody else's", async () => {
    const { code: taken } = await (await city()).offer("clerk");
    const { accounts, offer, say, officers } = await city(appointed("clerk", ["clerk"]), appointed("other", ["clerk"]));
    await accounts.offer(taken, "other", later(MORNING, 600));
    const { code } = await offer("clerk");
    expect(code).not.toBe(taken);
    expect((await offer("clerk")).code).toBe(code);
    expect((await say("WangWu", `绑定 ${taken}`)).reply).toContain("绑定成功");
    expect((await say("ZhaoLiu", `绑定 ${code}`)).reply).toContain("绑定成功");
    expect(["other", "clerk"].map((staff) => officers.rows.get(staff)?.chatUser)).toEqual(["WangWu", "ZhaoLiu"]);
  });

  it("is told again that the account is bound when the chat repeats what we were too slow to answer", async () => {
    const { say, offer, messages } = await city(appointed("clerk", ["clerk"]));
    const { code } = await offer("clerk");
    const answered = messages.answered;
    messages.answered = async () => Promise.reject(new Error("killed"));
    await expect(say("WangWu", `绑定 ${code}`, "m-slow")).rejects.toThrow("killed");
    messages.answered = answered;
    const second = await say("WangWu", `绑定 ${code}`, "m-slow");
    expect(second.reply).toContain("绑定成功");
    expect(await say("WangWu", `绑定 ${code}`, "m-slow")).toEqual(second);
  });

  it("does not guess codes", async () => {
    const { say, offer } = await city(appointed("clerk", ["clerk"]));
    const { code } = await offer("clerk");
    for (let i = 0; i < 5; i++) await say("guess", `绑定 0000000${i}`);
    expect((await say("guess", `绑定 ${code}`)).reply).toContain("次数过多");
  });

  it("is not answered when nothing was said to us", async () => {
    const { post } = await city();
    expect(
      await post("<xml><FromUserName>a</FromUserName><MsgType>event</MsgType><Event>enter_agent</Event></xml>"),
    ).toEqual({ status: 200, reply: undefined });
  });
});
