import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { smsChannel } from "#functions/notifications/adapters/sms-channel.ts";
import { wechatChannel } from "#functions/notifications/adapters/wechat-channel.ts";

import { type Channel, recordAttempt } from "#functions/notifications/domain/person-message.ts";
import type { PersonChannel } from "#functions/notifications/domain/ports.ts";
import {
  EXAMPLE,
  render,
  smsParts,
  TEMPLATE_IDS,
  templateOf,
  versionsOf,
} from "#functions/notifications/domain/templates.ts";
import { messageEndpoints } from "#functions/notifications/http/messages.ts";
import { type Inbox, startSmsGateway } from "#local/outside/sms-gateway.ts";
import { type ShownSubscription, startWechatSubscription } from "#local/outside/wechat-subscription.ts";
import { until } from "#local/until.ts";
import {
  ApplicationAcceptedV1,
  ApplicationDecidedV1,
  ApplicationSubmittedV1,
  CorrectionRequestedV1,
  FileRejectedV1,
} from "#shared/contracts/events/applications.ts";
import { ShipmentDeliveredV1, ShipmentMovedV1 } from "#shared/contracts/events/logistics.ts";
import { OrderSettledV1, RefundCompletedV1 } from "#shared/contracts/events/payments.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import {
  changeMessagePreferences,
  listMessageLog,
  listMessages,
  listMessageTemplates,
  previewMessageTemplate,
  readMessage,
} from "#shared/contracts/http/notifications/messages.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { ApiError } from "#shared/runtime/api-client.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import { appointed, MORNING, officialsStage } from "#test/support/officials-stage.ts";
import { accept, department, event as happening } from "#test/support/todo-events.ts";

const PERSON = "01KB0M5Q2W8ZC3T7N4XJ6VHR9D";
const applicant = { kind: "natural", id: PERSON };
const PHONE = "13800000001";
const secrets = { appId: "yimen", secret: "s".repeat(32) };
const official = { appid: "wx1", secret: "of-the-account" };

type Server = Awaited<ReturnType<typeof startSmsGateway>>;
let gateway: Server;
let wechat: Server;
beforeEach(async () => {
  gateway = await startSmsGateway({ ...secrets, port: 0 });
  wechat = await startWechatSubscription({ ...official, templates: { T1: ["thing1", "time2"] }, port: 0 });
});
afterEach(async () => {
  await gateway.stop();
  await wechat.stop();
});
const texts = async () => ((await (await fetch(`${gateway.url}/inbox?phone=${PHONE}`)).json()) as Inbox).messages;
const subscriptions = async () =>
  ((await (await fetch(`${wechat.url}/inbox`)).json()) as { messages: ShownSubscription[] }).messages;
const misbehave = (server: Server, body: object) =>
  fetch(`${server.url}/misbehave`, { method: "POST", body: JSON.stringify(body) });

const at = { time: MORNING };
const event = (type: string, data: object, sequence = 1) => ({
  ...happening({ type, subject: "CASE", sequence, data: { applicant, ...data } }),
  ...at,
});
const submitted = event(ApplicationSubmittedV1.type, { acceptBy: { date: "2026-11-27", provisional: false } });
const decided = event(
  ApplicationDecidedV1.type,
  { outcome: "approved", deliverBy: { date: "2026-12-18", provisional: false } },
  4,
);

/** People whose phones identity knows, and a city that is set up for all. */
const logged = { event: "e", title: "t", status: "sent", ways: {} };

const city = async ({ phone = PHONE, appointments = [] as object[] } = {}) => {
  const asked: unknown[] = [];
  const service = {
    call: async (_: unknown, path: object, options: object) => {
      asked.push({ path, options });
      if (phone === "closed") throw new ApiError(409, "closed");
      return { ...(phone !== "none" && { phone }), of: "person", notices: "agreed" } as never;
    },
  };

  const channels: Partial<Record<Channel, PersonChannel>> = {
    sms: smsChannel({ url: gateway.url, ...secrets, templates: {} }, service),
    wechat: wechatChannel(
      {
        baseUrl: wechat.url,
        ...official,
        templates: { submitted: { id: "T1", fields: { item: "thing1", date: "time2" } } },
      },
      { find: (person) => stage.preferences.find(person) },
    ),
  };
  const stage = await officialsStage(appointments, { channels });
  const http = httpLambda(
    messageEndpoints({
      messages: stage.personMessages,
      preferences: stage.preferences,
      log: {
        ofCase: async (of, id) => ({ items: [{ recipient: `natural:of-${of}-${id}`, ...logged, at: stage.now }] }),
      },
      now: () => stage.now,
    }),
  );
  const ask = async (contract: Pick<Route, "method" | "path">, verdict: object, more: object = {}) =>
    said(
      await http(
        requestTo(contract, { verdict: { client: "app", scopes: "messages:read", ...verdict } as Verdict, ...more }),
      ),
    );
  return { ...stage, asked, ask, http };
};
const self = { person: PERSON, actFor: applicant };

describe("a person whose case goes on", () => {
  it("has it in the inbox and by text message, once for each event, whatever is retried", async () => {
    const { progress, pass, ask, asked } = await city();
    for (let i = 0; i < 3; i++)
      await progress(
        submitted,
        event(ApplicationAcceptedV1.type, { promisedBy: { date: "2026-12-04", provisional: false } }, 2),
      );
    await pass(10);
    expect((await texts()).map(({ text }) => text).sort()).toEqual([
      "【一门政务】您申请的“食品经营许可”已收到，办件编号 N-CASE，将于 2026-11-27 前告知是否受理。",
      "【一门政务】您申请的“食品经营许可”（N-CASE）已受理，承诺于 2026-12-04 前办结。",
    ]);
    expect(asked).toHaveLength(2);
    const { body } = await ask(listMessages, self);
    expect(body.items).toMatchObject([
      { title: "申请已受理", case: "CASE", number: "N-CASE", statutory: false },
      { title: "申请已收到" },
    ]);
  });

  it.each([
    [
      OrderSettledV1.type,
      { total: 8000, purpose: { kind: "application", id: "C9", due: "issue" } },
      "办件 N-CASE 已缴费 80.00 元。",
    ],
    [
      RefundCompletedV1.type,
      { total: 8000, amount: 3000 },
      "办件 N-CASE 已退款 30.00 元，请留意原支付账户或与工作人员约定的账户。",
    ],
    [
      RefundCompletedV1.type,
      { total: 8000, amount: 8000, surplus: true },
      "办件 N-CASE 有一笔 80.00 元的付款未计入应缴费用，已退回。",
    ],
    [
      ShipmentMovedV1.type,
      { state: "out-for-delivery", application: "C9" },
      "办件 N-CASE 的快件正在派送，请留意签收。",
    ],
    [
      ApplicationDecidedV1.type,
      { outcome: "approved", held: true, deliverBy: { date: "2026-12-18", provisional: false } },
      "您申请的“食品经营许可”（N-CASE）已作出准予决定，费用缴清之日起十个工作日内送达结果。",
    ],
    [FileRejectedV1.type, { reason: "malware" }, "您上传的一份材料未通过检查，请登录后重新上传。"],
  ])("is told of %s", async (type, data, text) => {
    const { progress, ask } = await city();
    await progress(event(type, data));
    expect((await ask(listMessages, self)).body.items[0]).toMatchObject({ text });
  });

  it("is told nothing of a parcel that is under way as before, nor of officials' deadlines", async () => {
    const { progress, personMessages } = await city();
    await progress(
      event(ShipmentMovedV1.type, { state: "in-transit" }),
      event(
        "gov.yimen.application.deadline-near.v1",
        { deadline: "promised", dueBy: { date: "2026-12-04", provisional: false } },
        2,
      ),
    );
    expect(personMessages.rows()).toEqual([]);
  });

  it("at night is told in the morning, but at once of what starts a period", async () => {
    const { progress, setNow, sweep } = await city();
    setNow("2026-11-24T15:10:00.000Z");
    await progress(
      submitted,
      event(CorrectionRequestedV1.type, { correctBy: { date: "2026-12-14", provisional: false } }, 2),
    );
    expect((await texts()).map(({ template }) => template)).toEqual(["progress.correction-requested"]);
    setNow("2026-11-24T23:59:00.000Z");
    await sweep();
    expect(await texts()).toHaveLength(1);
    setNow("2026-11-25T00:00:00.000Z");
    await sweep();
    expect((await texts()).map(({ template }) => template)).toEqual([
      "progress.correction-requested",
      "progress.submitted",
    ]);
  });

  it("without a phone, or with an account that was closed, has the inbox only, and the log says so", async () => {
    for (const phone of ["none", "closed"]) {
      const { progress, personMessages } = await city({ phone });
      await progress(decided);
      expect(personMessages.rows()[0]?.channels.sms).toMatchObject({ status: "failed", reason: "no-phone" });
    }
    expect(await texts()).toEqual([]);
  });

  it("without an account is told by whoever helped; here is nothing of them", async () => {
    const { progress, personMessages, phone } = await city({ appointments: [appointed("helper", ["clerk"])] });
    await progress(event(ApplicationDecidedV1.type, { applicant: undefined, helper: "helper", outcome: "refused" }));
    expect(personMessages.rows()).toEqual([]);
    expect(phone("helper").map(({ title }) => title)).toEqual(["您帮办的办件：不予许可决定"]);
  });

  it("that is an organisation has an inbox that its members read", async () => {
    const { progress, ask } = await city();
    const uscc = "91440300708461136T";
    await progress(event(ApplicationDecidedV1.type, { applicant: { kind: "legal", id: uscc }, outcome: "approved" }));
    const member = { person: PERSON, actFor: { kind: "legal", id: uscc }, ground: "member" };
    expect((await ask(listMessages, member)).body.items).toHaveLength(1);
    expect((await ask(listMessages, { ...member, ground: "mandate:m" })).status).toBe(403);
    expect((await ask(listMessages, self)).body.items).toEqual([]);
    expect(await texts()).toEqual([]);
  });
});

describe("how a person is told", () => {
  it("is theirs to choose, but for what the law has told", async () => {
    const { progress, ask } = await city();
    const chosen = await ask(changeMessagePreferences, self, {
      body: { sms: false, wechat: true, openId: "oABCDEFGHIJ123" },
    });
    expect(chosen.body).toEqual({ sms: false, wechat: true, wechatAccount: true });
    await progress(submitted, decided);
    expect((await texts()).map(({ template }) => template)).toEqual(["progress.approved"]);
    expect(await subscriptions()).toMatchObject([
      { user: "oABCDEFGHIJ123", data: { thing1: "食品经营许可", time2: "2026-11-27" } },
    ]);
  });

  it("that a date may still move, wherever there is room to say so", async () => {
    const { progress, ask } = await city();
    await ask(changeMessagePreferences, self, { body: { sms: true, wechat: true, openId: "oABCDEFGHIJ123" } });
    await progress(event(ApplicationSubmittedV1.type, { acceptBy: { date: "2027-01-08", provisional: true } }));
    expect((await texts())[0]?.text).toContain("2027-01-08（暂定） 前");
    expect((await ask(listMessages, self)).body.items[0].text).toContain("2027-01-08（暂定） 前");
    expect((await subscriptions())[0]?.data).toMatchObject({ time2: "2027-01-08" });
  });

  it("by a subscription that was refused ends there; a lost token is fetched again once", async () => {
    const { progress, ask, personMessages, pass } = await city();
    await ask(changeMessagePreferences, self, { body: { sms: false, wechat: true, openId: "oABCDEFGHIJ123" } });
    await fetch(`${wechat.url}/agree`, { method: "POST", body: JSON.stringify({ user: "oABCDEFGHIJ123", times: 2 }) });
    await progress(submitted);
    await misbehave(wechat, { mode: "expire-tokens" });
    await progress({ ...submitted, id: "CASE.9.0", sequence: 9 });
    expect(await subscriptions()).toHaveLength(2);
    await progress({ ...submitted, id: "CASE.10.0", sequence: 10 });
    await pass(5);
    expect(await subscriptions()).toHaveLength(2);
    expect(personMessages.rows().map(({ channels }) => channels.wechat)).toMatchObject([
      { status: "sent" },
      { status: "sent" },
      { status: "failed", reason: "not-subscribed" },
    ]);
  });

  it("is nobody else's to choose", async () => {
    const { ask } = await city();
    const body = { sms: false, wechat: false };
    const ward = { person: PERSON, actFor: { kind: "natural", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9E" }, ground: "guardian" };
    expect((await ask(changeMessagePreferences, ward, { body })).status).toBe(403);
    expect((await ask(changeMessagePreferences, { ...self, helper: "clerk" }, { body })).status).toBe(403);
    expect((await ask(changeMessagePreferences, {}, { body })).status).toBe(403);
  });
});

describe("when the officials' chat is away", () => {
  const clerk = appointed("clerk", ["clerk"]);
  /** A night after which a card waits to be tried again, and a message to be sent. */
  const night = async () => {
    const stage = await city({ appointments: [clerk] });
    stage.setNow("2026-11-24T15:00:00.000Z");
    const { now: time } = stage;
    stage.chat.show = async () => Promise.reject(new Error("away"));
    await stage.hear({ ...happening({ subject: "C2", sequence: 1, tasks: [accept] }), time });
    await stage.progress({ ...submitted, time });
    stage.setNow("2026-11-25T00:01:00.000Z");
    return stage;
  };

  it("and hangs, people have their messages while it does", async () => {
    const { chat, sweep, desks } = await night();
    const hanging = Promise.withResolvers<never>();
    let tries = 0;
    chat.show = () => {
      tries += 1;
      return hanging.promise;
    };
    const swept = sweep();
    await until("the message has come and the card is tried", async () => tries === 1 && (await texts()).length === 1);
    hanging.reject(new Error("timeout"));
    await swept;
    expect(await desks.find("clerk")).toMatchObject({ failures: 1, state: { kind: "waiting" } });
  });

  it("and what waits for it cannot be read, people have their messages, and it is a fault", async () => {
    const { desks, sweep } = await night();
    // biome-ignore lint/correctness/useYield: it fails before there is anything to yield
    desks.due = async function* () {
      throw new Error("unreadable");
    };
    await expect(sweep()).rejects.toThrow("1 could not be swept");
    expect(await texts()).toHaveLength(1);
  });
});

describe("when the gateway is away", () => {
  it("for an hour, every message comes later, once", async () => {
    const { progress, pass, personMessages } = await city();
    await misbehave(gateway, { mode: "500" });
    for (let i = 0; i < 6; i++) {
      await progress({ ...submitted, id: `CASE.${i}.0`, sequence: i + 1 });
      await pass(10);
    }
    expect(await texts()).toEqual([]);
    await misbehave(gateway, { mode: "none" });
    await pass(65);
    expect(await texts()).toHaveLength(6);
    expect(personMessages.rows().every(({ channels }) => channels.sms?.status === "sent")).toBe(true);
  });

  it("or its answer is lost, or we are killed before the record, the message is shown once", async () => {
    const { progress, pass, personMessages } = await city();
    await misbehave(gateway, { mode: "lost-answer", times: 1 });
    await progress(submitted);
    const save = personMessages.save;
    personMessages.save = async () => Promise.reject(new Error("killed"));
    await progress(decided);
    personMessages.save = save;
    await pass(10);
    expect((await texts()).map(({ template }) => template).sort()).toEqual(["progress.approved", "progress.submitted"]);
    expect(personMessages.rows().every(({ channels }) => channels.sms?.status === "sent")).toBe(true);
  });

  it("for more than three days, it is given up, and on record", async () => {
    const { progress, setNow, sweep, personMessages } = await city();
    await misbehave(gateway, { mode: "down" });
    await progress(submitted);
    setNow("2026-11-27T02:40:00.000Z");
    await sweep();
    expect(personMessages.rows()[0]?.channels.sms).toMatchObject({ status: "failed", reason: "given-up" });
  });
});

describe("a message that is read while it is sent", () => {
  /** A way that takes its time: meanwhile the person opens the inbox. */
  const readMeanwhile = async (sms: boolean) => {
    const stage = await city();
    const { ask, preferences } = stage;
    await ask(changeMessagePreferences, self, { body: { sms, wechat: true, openId: "oABCDEFGHIJ123" } });
    await fetch(`${wechat.url}/agree`, { method: "POST", body: JSON.stringify({ user: "oABCDEFGHIJ123", times: 9 }) });
    const find = preferences.find;
    preferences.find = async (person) => {
      const [newest] = (await ask(listMessages, self)).body.items;
      if (newest) expect((await ask(readMessage, self, { params: { id: newest.id } })).status).toBe(204);
      return find(person);
    };
    return stage;
  };
  const only = ({ personMessages }: Awaited<ReturnType<typeof city>>) => {
    const [message, ...others] = personMessages.rows();
    expect(others).toEqual([]);
    return message;
  };

  it("has been sent once, and is read", async () => {
    const stage = await readMeanwhile(true);
    await stage.progress(submitted);
    await stage.pass(10);
    expect(only(stage)).toMatchObject({
      readAt: MORNING,
      channels: { sms: { status: "sent" }, wechat: { status: "sent" } },
    });
    expect(only(stage)?.nextAt).toBeUndefined();
    expect(await subscriptions()).toHaveLength(1);
    expect(await texts()).toHaveLength(1);
  });

  it("and could not be taken, is sent when it can be", async () => {
    const stage = await readMeanwhile(false);
    await misbehave(wechat, { mode: "500", times: 1 });
    await stage.progress(submitted);
    expect(only(stage)).toMatchObject({ readAt: MORNING, attempts: 1, channels: { wechat: { status: "pending" } } });
    await stage.pass(10);
    expect(only(stage)?.channels.wechat?.status).toBe("sent");
    expect(await subscriptions()).toHaveLength(1);
  });

  it("and by somebody else too, stays as it ended", async () => {
    const stage = await city();
    const { personMessages } = stage;
    const find = personMessages.find;
    personMessages.find = async (key) => {
      personMessages.find = find;
      const message = await find(key);
      if (message) await personMessages.save(recordAttempt(message, { sms: { result: "sent" } }, MORNING));
      return find(key);
    };
    await misbehave(gateway, { mode: "500" });
    await stage.progress(submitted);
    expect(only(stage)?.channels.sms).toEqual({ status: "sent", at: MORNING });
    await stage.pass(10);
    expect(only(stage)?.attempts).toBe(1);
  });
});

describe("the inbox", () => {
  it("is paged, and remembers what was read", async () => {
    const { progress, ask } = await city();
    for (let i = 0; i < 5; i++)
      await progress({ ...submitted, id: `CASE.${i}.0`, time: `2026-11-24T02:3${i}:00.000Z` });
    const first = await ask(listMessages, self, { query: { limit: "3" } });
    const second = await ask(listMessages, self, { query: { limit: "3", cursor: first.body.next } });
    expect([first.body.items.length, second.body.items.length, second.body.next]).toEqual([3, 2, undefined]);
    const [{ id }] = first.body.items;
    for (let i = 0; i < 2; i++) expect((await ask(readMessage, self, { params: { id } })).status).toBe(204);
    expect((await ask(listMessages, self)).body.items[0].readAt).toBeDefined();
    expect((await ask(readMessage, self, { params: { id: "bm9uZQ" } })).status).toBe(404);
    expect((await ask(listMessages, self, { query: { cursor: "e30" } })).status).toBe(422);
    expect((await ask(listMessages, {})).status).toBe(403);
  });
});

describe("the log of what was sent", () => {
  it("is of the operator's own department, and of nobody who has none", async () => {
    const { ask, progress, personMessages } = await city();
    const operator = { scopes: "messages:manage", staff: "op", department: "D1" };
    const answer = await ask(listMessageLog, operator, { query: { case: "CASE" } });
    expect(answer.body.items.map(({ recipient }: { recipient: string }) => recipient)).toEqual(["natural:of-D1-CASE"]);
    expect((await ask(listMessageLog, { scopes: "messages:manage" }, { query: { case: "CASE" } })).status).toBe(403);
    await progress(event(ApplicationAcceptedV1.type, {}, 2));
    expect(personMessages.rows().map((message) => message.department)).toEqual([department]);
  });
});

describe("templates", () => {
  it("can be seen in every version, filled with an example", async () => {
    const { ask } = await city();
    const operator = { scopes: "messages:manage", staff: "op" };
    const { body } = await ask(listMessageTemplates, operator);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(TEMPLATE_IDS);
    const one = await ask(previewMessageTemplate, operator, { params: { id: "declined", version: "1" } });
    expect(one.body).toMatchObject({ id: "declined", version: 1, statutory: true, canWait: false });
    expect(one.body.example).toContain("食品经营许可（新办）");
    expect((await ask(previewMessageTemplate, operator, { params: { id: "declined", version: "2" } })).status).toBe(
      404,
    );
  });

  it("that have a newer version show and send the old one to whom it was sent, the new one to others", async () => {
    const { ask, progress, personMessages, pass } = await city();
    const recipient = { kind: "natural", id: PERSON } as const;
    const old = { recipient, event: "OLD", at: MORNING, template: "delivered", templateVersion: 1 };
    await personMessages.add({
      ...old,
      version: 1,
      params: { number: "N-1" },
      statutory: false,
      channels: { sms: { status: "pending" } },
      attempts: 1,
      nextAt: MORNING,
    });
    await progress(event(ShipmentDeliveredV1.type, { number: "N-2" }));
    await pass(1);
    const items = (await ask(listMessages, self)).body.items as { text: string }[];
    expect(items.map(({ text }) => text).sort()).toEqual([
      "办件 N-1 的快件已签收。",
      "办件 N-2 的快件已签收。如非您或您委托的人签收，请登录联系工作人员。",
    ]);
    expect((await texts()).map(({ template, text }) => [template, text]).sort()).toEqual([
      ["progress.delivered", "【一门政务】办件 N-1 的快件已签收。"],
      ["progress.delivered.2", "【一门政务】办件 N-2 的快件已签收。如非您或您委托的人签收，请登录联系工作人员。"],
    ]);
    const preview = (version: string) =>
      ask(previewMessageTemplate, { scopes: "messages:manage", staff: "op" }, { params: { id: "delivered", version } });
    expect((await preview("1")).body.text).toBe("办件 {number} 的快件已签收。");
    expect((await preview("2")).body.text).toContain("如非您");
    expect((await preview("3")).status).toBe(404);
  });

  it("are shown as a page to whoever asks for one, as people see them by each way", async () => {
    const { http } = await city();
    const verdict = { client: "app", scopes: "messages:manage", staff: "op" } as Verdict;
    const asks = async (id: string, version: string, accept: string) =>
      http(requestTo(previewMessageTemplate, { verdict, params: { id, version }, headers: { accept } }));
    const page = await asks("suspended", "1", "text/html,application/xhtml+xml,*/*;q=0.8");
    expect(page.headers?.["content-type"]).toBe("text/html; charset=utf-8");
    const body = page.body ?? "";
    const { text } = render(templateOf("suspended", 1) ?? { id: "", version: 1, title: "", text: "" }, EXAMPLE);
    expect(body).toContain(text);
    expect(body).toContain(`${text.length} 字，按 2 条计费`);
    expect(body).toContain("<dd>11440600007039469J44</dd>");
    expect(body).not.toContain("<script");
    expect((await asks("delivered", "1", "text/html")).body).toContain("已由第 2 版取代");
    for (const accept of ["application/json, text/html;q=0.5", "*/*", ""])
      expect((await asks("suspended", "1", accept)).headers?.["content-type"]).toBe("application/json");
    expect((await asks("suspended", "9", "text/html")).statusCode).toBe(404);
  });

  it.each([
    [0, 1],
    [70, 1],
    [71, 2],
    [134, 2],
    [135, 3],
  ])("of %i characters are %i text messages", (length, parts) => {
    expect(smsParts("字".repeat(length))).toBe(parts);
  });

  it("are approved by the operator in every version", async () => {
    const { personMessages, pass } = await city();
    const told: string[] = [];
    for (const template of TEMPLATE_IDS)
      for (let templateVersion = 1; templateVersion <= versionsOf(template); templateVersion++) {
        const found = templateOf(template, templateVersion);
        if (found) told.push(`【一门政务】${render(found, EXAMPLE).text}`);
        await personMessages.add({
          recipient: { kind: "natural", id: PERSON },
          event: `${template}.${templateVersion}`,
          at: MORNING,
          version: 1,
          template,
          templateVersion,
          params: EXAMPLE,
          statutory: false,
          channels: { sms: { status: "pending" } },
          attempts: 0,
          nextAt: MORNING,
        });
      }
    await pass(1);
    expect((await texts()).map(({ text }) => text).sort()).toEqual(told.sort());
  });

  it("leave no blank unfilled, and fit into two text messages", () => {
    for (const id of TEMPLATE_IDS) {
      const template = templateOf(id);
      const { text } = render(template ?? { id, version: 1, title: "", text: "{" }, EXAMPLE);
      expect(text, id).not.toMatch(/[{}]|undefined/);
      expect(smsParts(text), id).toBeLessThanOrEqual(2);
    }
  });
});
