import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { newDesk } from "#functions/notifications/domain/desk.ts";
import { DEFAULT_PACE, later } from "#functions/notifications/domain/pace.ts";
import {
  ApplicationAcceptedV1,
  ApplicationCorrectedV1,
  ApplicationSubmittedV1,
  DeadlineNearV1,
  DeadlineOverdueV1,
} from "#shared/contracts/events/applications.ts";
import { ShipmentReturnedV1 } from "#shared/contracts/events/logistics.ts";
import { DayDiffersV1, PaymentAttentionNeededV1 } from "#shared/contracts/events/payments.ts";
import { EndpointDisabledV1 } from "#shared/contracts/events/webhooks.ts";
import { legalDate } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { appointed, MORNING, officialsStage } from "#test/support/officials-stage.ts";
import { accept, decide, department, event as happening } from "#test/support/todo-events.ts";

/** It has just happened. */
const event = (told: Parameters<typeof happening>[0]) => ({ ...happening(told), time: MORNING });

afterEach(() => vi.restoreAllMocks());

const allDone = { batchItemFailures: [] };
const submitted = event({ subject: "CASE", sequence: 1, tasks: [accept] });

describe("a submitted application", () => {
  it("is told to those who may do its task, in its department and division", async () => {
    const city = await officialsStage([
      appointed("clerk", ["clerk"]),
      appointed("officer", ["officer"]),
      appointed("elsewhere", ["clerk"], { division: "440607" }),
      appointed("city", ["clerk"], { division: "440600" }),
      appointed("other", ["clerk"], { department: "11440600007039469J" }),
    ]);
    expect(await city.hear(submitted)).toEqual(allDone);
    const card = {
      title: "有新办件待受理",
      description: "食品经营许可\n办件编号：N-CASE\n截止：2026-11-27",
      url: "https://city.example/cases/CASE",
      urgent: false,
      claim: "CASE",
    };
    expect(city.chat.shown.map(({ user, card: shown }) => [user, shown])).toEqual([
      ["city", card],
      ["clerk", card],
    ]);
    expect(city.notices.rows().map(({ staff, outcome }) => [staff, outcome?.status])).toEqual([
      ["city", "sent"],
      ["clerk", "sent"],
    ]);
  });

  it("is told once, however often the event comes, and whoever is unknown to the chat is recorded as that", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"]), appointed("unknown", ["clerk"])]);
    for (let i = 0; i < 3; i++) await city.hear(submitted);
    await city.pass(20);
    expect(city.chat.shown.map(({ user }) => user)).toEqual(["clerk", "unknown"]);
    expect(city.notices.rows().map(({ staff, outcome }) => [staff, outcome])).toEqual([
      ["clerk", { status: "sent", at: MORNING, digest: false }],
      ["unknown", { status: "failed", at: MORNING, reason: "unknown-member" }],
    ]);
  });

  it("of a capability that tells no tasks yet is told to clerks and officers", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"]), appointed("officer", ["officer"])]);
    await city.hear(event({ subject: "CASE", sequence: 1 }));
    expect(city.chat.shown.map(({ user }) => user)).toEqual(["clerk", "officer"]);
  });

  it("of a department without officers is no fault", async () => {
    const city = await officialsStage([]);
    expect(await city.hear(submitted)).toEqual(allDone);
    expect(city.chat.shown).toEqual([]);
  });
});

describe("what is told, and to whom", () => {
  it.each([
    [ApplicationCorrectedV1.type, [accept], {}, ["clerk"], "申请人已补正，待受理"],
    [ApplicationAcceptedV1.type, [decide], {}, ["officer"], "办件已受理，待办理"],
    [DeadlineNearV1.type, [{ ...decide, claimedBy: "officer" }], {}, ["officer"], "办件临近期限"],
    [DeadlineOverdueV1.type, [{ ...decide, claimedBy: "officer" }], {}, ["boss", "officer"], "办件已超期"],
    [PaymentAttentionNeededV1.type, [{ kind: "settle-payment", role: "clerk" }], {}, ["clerk"], "有缴费异常待处理"],
    [ShipmentReturnedV1.type, [{ kind: "settle-parcel", role: "clerk" }], {}, ["clerk"], "有快件被退回"],
    [
      EndpointDisabledV1.type,
      [{ kind: "mend-endpoint", role: "operator" }],
      { contact: "other" },
      ["other"],
      "事件推送已停用",
    ],
  ] as const)("%s", async (type, tasks, data, staff, title) => {
    const city = await officialsStage([
      appointed("clerk", ["clerk"]),
      appointed("officer", ["officer"]),
      appointed("boss", ["supervisor"]),
      appointed("operator", ["operator"]),
      appointed("other", ["operator"], { department: "11440600007039469J" }),
    ]);
    await city.hear(event({ type, subject: "CASE", sequence: 3, tasks: [...tasks] as never, data }));
    expect(city.chat.shown.map(({ user, card }) => [user, card.title]).sort()).toEqual(
      staff.map((user) => [user, title]),
    );
  });

  describe("of an endpoint", () => {
    const disabled = (data: object) =>
      event({
        type: EndpointDisabledV1.type,
        subject: "E",
        sequence: 3,
        tasks: [{ kind: "mend-endpoint", role: "operator" }],
        data: { number: undefined, itemName: undefined, ...data },
      });
    const told = async (appointments: object[], data: object) => {
      const city = await officialsStage(appointments);
      await city.hear({ ...disabled(data), source: "/webhooks" });
      await city.pass(10);
      return city.chat.shown.map(({ user, card }) => [user, card.description]);
    };
    const here = appointed("here", ["operator"]);
    const city = appointed("city", ["operator", "supervisor"], { department: "11440600007039469J" });
    const left = appointed("left", [], {});

    it("goes to its contact, and says which endpoint it is", async () => {
      const endpoint = { contact: "clerk", description: "一窗系统", host: "cases.example.gov.cn" };
      expect(await told([appointed("clerk", ["clerk"]), here, city], endpoint)).toEqual([
        ["clerk", "一窗系统（cases.example.gov.cn）"],
      ]);
      expect(await told([appointed("clerk", ["clerk"])], { contact: "clerk", host: "h" })).toEqual([["clerk", "h"]]);
    });

    it.each([
      ["the department's operator, when nobody knows the contact", [here, city], "unknown", "here"],
      ["the department's operator, when the contact has left", [left, here, city], "left", "here"],
      ["the platform's, when the department has none", [appointed("clerk", ["clerk"]), city], "unknown", "city"],
    ])("goes to %s", async (_what, appointments, contact, user) => {
      expect(await told(appointments, { contact })).toEqual([[user, "推送故障"]]);
    });

    it("that nobody has taken in time is no case", async () => {
      const stage = await officialsStage([city]);
      await stage.hear({ ...disabled({}), source: "/webhooks", time: "2026-11-23T02:35:00.000Z" });
      await stage.pass(10);
      expect(stage.phone("city").at(-1)?.title).toMatch(/^事项超过/);
    });
  });

  it("of a day whose books differ goes to the platform's operators", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"]), appointed("op", ["operator"])]);
    const {
      department: _,
      division: __,
      ...differs
    } = event({
      type: DayDiffersV1.type,
      subject: "day",
      sequence: 1,
      tasks: [{ kind: "settle-difference", role: "operator" }],
    });
    await city.hear(differs);
    expect(city.chat.shown.map(({ user, card }) => [user, card.title])).toEqual([["op", "对账有差异待处理"]]);
  });

  it("a task that nobody has taken for a day is told again, once, to the supervisor too", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"]), appointed("boss", ["supervisor"])]);
    const late = { ...event({ subject: "CASE", sequence: 1, tasks: [accept] }), time: "2026-11-23T02:35:00.000Z" };
    await city.hear(late);
    await city.pass(10);
    expect(city.phone("boss").map(({ title }) => title)).toEqual(["办件超过 1 个工作日无人领取"]);
    expect(city.phone("clerk").map(({ title }) => title)).toEqual(["有新办件待受理", "办件超过 1 个工作日无人领取"]);
  });

  it("a second task of the same case is told too, when it is late itself, and each to whom it concerns", async () => {
    const city = await officialsStage([
      appointed("clerk", ["clerk"]),
      appointed("officer", ["officer"]),
      appointed("boss", ["supervisor"]),
    ]);
    city.setNow("2026-11-23T02:35:00.000Z");
    await city.hear({ ...submitted, time: city.now });
    const both = event({
      type: "gov.yimen.application.material-supplied.v1",
      subject: "CASE",
      sequence: 2,
      tasks: [accept, decide],
    });
    city.setNow("2026-11-23T04:35:00.000Z");
    await city.hear({ ...both, time: city.now });
    await city.pass(10);
    const late = (user: string) =>
      city.phone(user).filter(({ title }) => title === "办件超过 1 个工作日无人领取").length;
    const told = () => ["clerk", "officer", "boss"].map(late);
    expect(told()).toEqual([0, 0, 0]);
    city.setNow("2026-11-24T02:36:00.000Z");
    await city.pass(10);
    expect(told()).toEqual([1, 0, 1]);
    city.setNow("2026-11-24T04:36:00.000Z");
    await city.pass(10);
    expect(told()).toEqual([1, 1, 2]);
    await city.hear({ ...both, sequence: 3, id: "CASE.3.0", time: city.now });
    await city.pass(60);
    expect(told()).toEqual([1, 1, 2]);
  });

  it("of a Friday afternoon is not late on Saturday, but on Monday afternoon", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"]), appointed("boss", ["supervisor"])]);
    city.setNow("2026-11-27T07:00:00.000Z");
    await city.hear({ ...submitted, time: city.now });
    city.setNow("2026-11-30T06:55:00.000Z");
    await city.sweep();
    expect(city.phone("boss")).toEqual([]);
    await city.pass(10);
    expect(city.phone("boss")).toHaveLength(1);
  });

  it("a task that nobody could be told of is told the next working day, when somebody is there", async () => {
    const warned = vi.spyOn(logger, "warn");
    const city = await officialsStage([]);
    city.setNow("2026-11-26T02:36:00.000Z");
    await city.hear({ ...submitted, time: city.now });
    city.setNow("2026-11-27T02:36:00.000Z");
    await city.pass(2);
    expect(warned.mock.calls.map(([code]) => code)).toEqual(["notification.no-officer", "notification.no-officer"]);
    await city.appoint(appointed("boss", ["supervisor"]));
    city.setNow("2026-11-30T02:35:00.000Z");
    await city.sweep();
    expect(city.phone("boss")).toEqual([]);
    await city.pass(10);
    expect(city.phone("boss").map(({ title }) => title)).toEqual(["办件超过 1 个工作日无人领取"]);
    city.setNow("2026-12-02T02:36:00.000Z");
    await city.pass(10);
    expect(city.phone("boss")).toHaveLength(1);
  });

  it("another task that is late before that day is told of then", async () => {
    const city = await officialsStage([appointed("officer", ["officer"])]);
    city.setNow("2026-11-23T02:35:00.000Z");
    await city.hear({ ...submitted, time: city.now });
    city.setNow("2026-11-23T04:35:00.000Z");
    await city.hear({ ...event({ subject: "CASE", sequence: 2, tasks: [accept, decide] }), time: city.now });
    city.setNow("2026-11-24T02:36:00.000Z");
    await city.pass(10);
    const late = () => city.phone("officer").filter(({ title }) => title.includes("无人领取"));
    expect(late()).toEqual([]);
    city.setNow("2026-11-24T04:36:00.000Z");
    await city.pass(10);
    expect(late()).toHaveLength(1);
  });

  it("a task that was given back waits anew", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"]), appointed("boss", ["supervisor"])]);
    const since = "2026-11-23T02:35:00.000Z";
    await city.hear({ ...submitted, time: since });
    const taken = { type: "gov.yimen.application.claimed.v1", tasks: [{ ...accept, claimedBy: "clerk" }] };
    await city.hear({ ...event({ subject: "CASE", sequence: 2, ...taken }), time: since });
    const released = event({
      type: "gov.yimen.application.released.v1",
      subject: "CASE",
      sequence: 3,
      tasks: [accept],
    });
    await city.hear(released);
    await city.pass(10);
    expect(city.phone("boss")).toEqual([]);
    city.setNow("2026-11-25T02:34:00.000Z");
    await city.sweep();
    expect(city.phone("boss")).toHaveLength(1);
  });

  it("a task that was taken is not told again", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"]), appointed("boss", ["supervisor"])]);
    await city.hear({ ...submitted, time: "2026-11-23T02:35:00.000Z" });
    await city.hear(
      event({
        type: "gov.yimen.application.claimed.v1",
        subject: "CASE",
        sequence: 2,
        tasks: [{ ...accept, claimedBy: "clerk" }],
      }),
    );
    await city.pass(10);
    expect(city.phone("boss")).toEqual([]);
    expect(city.phone("clerk")).toHaveLength(1);
  });
});

describe("a flood", () => {
  it("of 500 cases at once is a handful of cards for each officer, and every case is on record as told", async () => {
    const clerks = ["c1", "c2", "c3", "unknown"];
    const city = await officialsStage(clerks.map((staff) => appointed(staff, ["clerk"])));
    const cases = Array.from({ length: 500 }, (_, i) => event({ subject: `C${i}`, sequence: 1, tasks: [accept] }));
    for (let start = 0; start < cases.length; start += 10) await city.hear(...cases.slice(start, start + 10));
    await city.pass(60);
    for (const clerk of ["c1", "c2", "c3"]) {
      expect(city.phone(clerk).length).toBeLessThanOrEqual(4);
      expect(city.phone(clerk)[1]?.title).toBe("您有 99+ 条新的待办提醒");
      expect(city.phone(clerk)[1]?.description).toContain("当前待办：受理 500");
    }
    const rows = city.notices.rows();
    expect(rows).toHaveLength(2000);
    expect(rows.filter(({ outcome }) => outcome === undefined)).toEqual([]);
    expect(rows.filter(({ staff, outcome }) => staff !== "unknown" && outcome?.status !== "sent")).toEqual([]);
  });

  it("at night waits for the morning, but for what is urgent", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"]), appointed("op", ["operator"])]);
    city.setNow("2026-11-24T15:10:00.000Z");
    await city.hear(
      submitted,
      event({ subject: "C2", sequence: 1, tasks: [accept] }),
      event({ type: EndpointDisabledV1.type, subject: "E", sequence: 1, data: { contact: "op" } }),
    );
    expect(city.phone("op")).toHaveLength(1);
    await city.pass(8 * 60);
    expect(city.phone("clerk")).toEqual([]);
    city.setNow("2026-11-25T00:01:00.000Z");
    await city.sweep();
    expect(city.phone("clerk").map(({ title }) => title)).toEqual(["您有 2 条新的待办提醒"]);
  });

  it("at night keeps nothing urgent behind it", async () => {
    const city = await officialsStage([appointed("op", ["clerk", "operator"])]);
    city.setNow("2026-11-24T15:10:00.000Z");
    for (let i = 0; i < 300; i++)
      await city.tell({ ...event({ subject: `C${i}`, sequence: 1, tasks: [accept] }), time: city.now });
    await city.pass(1);
    await city.tell(event({ type: EndpointDisabledV1.type, subject: "E", sequence: 1, data: { contact: "op" } }));
    await city.pass(3);
    expect(city.phone("op").map(({ urgent }) => urgent)).toEqual([true]);
  });
});

describe("when the chat is away", () => {
  it("for an hour, nothing is lost and nothing is told twice", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"]), appointed("city", ["clerk"])]);
    const show = city.chat.show;
    city.chat.show = async () => Promise.reject(new Error("45009"));
    for (let i = 0; i < 30; i++) {
      expect(await city.hear(event({ subject: `C${i}`, sequence: 1, tasks: [accept] }))).toEqual(allDone);
      await city.pass(2);
    }
    city.chat.show = show;
    await city.pass(90);
    const rows = city.notices.rows();
    expect(rows).toHaveLength(60);
    expect(rows.every(({ outcome }) => outcome?.status === "sent")).toBe(true);
    expect(city.phone("clerk").map(({ title }) => title)).toEqual(["有新办件待受理", "您有 29 条新的待办提醒"]);
  });

  it("for more than three days, what was waited for is given up, and on record", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"])]);
    const show = city.chat.show;
    city.chat.show = async () => Promise.reject(new Error("away"));
    await city.hear(submitted);
    await city.pass(10);
    city.setNow("2026-11-27T02:40:00.000Z");
    await city.sweep();
    expect(city.notices.rows()[0]?.outcome).toMatchObject({ status: "failed", reason: "given-up" });
    city.chat.show = show;
    await city.hear(event({ subject: "C2", sequence: 1, tasks: [accept] }));
    await city.pass(10);
    expect(city.phone("clerk")).toHaveLength(1);
  });
});

describe("a card that the chat refuses", () => {
  it("is on record as that, for that officer alone, and what comes after it is shown", async () => {
    const city = await officialsStage([appointed("a", ["clerk"]), appointed("b", ["clerk"])]);
    const show = city.chat.show;
    let refusals = 0;
    city.chat.show = async (message, user) => {
      if (user !== "a" || !message.card.url.endsWith("CASE")) return show(message, user);
      refusals += 1;
      return { result: "refused", code: 40058 };
    };
    await city.hear(submitted, event({ subject: "C2", sequence: 1, tasks: [accept] }));
    await city.pass(10);
    expect(refusals).toBe(1);
    expect(city.phone("a").map(({ url }) => url)).toEqual(["https://city.example/cases/C2"]);
    expect(city.phone("b").map(({ url }) => url)).toEqual([
      "https://city.example/cases/CASE",
      "https://city.example/cases/C2",
    ]);
    expect(city.notices.rows().map(({ staff, event: of, outcome }) => [staff, of, outcome?.status])).toEqual([
      ["a", "CASE.1.0", "failed"],
      ["b", "CASE.1.0", "sent"],
      ["a", "C2.1.0", "sent"],
      ["b", "C2.1.0", "sent"],
    ]);
    expect(city.notices.rows()[0]?.outcome).toMatchObject({ reason: "refused", code: 40058 });
  });
});

describe("an index that is a moment behind", () => {
  /** What waits shows only so many seconds after it was recorded. */
  const lagging = async (seconds: () => number, pace = DEFAULT_PACE) => {
    const city = await officialsStage([appointed("clerk", ["clerk"])], { pace });
    const { add, waiting } = city.notices;
    const shows = new Map<string, string>();
    city.notices.add = async (notice) => {
      if (!shows.has(notice.event)) shows.set(notice.event, later(city.now, seconds()));
      return add(notice);
    };
    city.notices.waiting = async (staff, limit) =>
      (await waiting(staff, limit)).filter(({ event: of }) => (shows.get(of) ?? "") <= city.now);
    return city;
  };

  it("hides nothing from a desk that is just about to rest", async () => {
    const city = await lagging(() => 5);
    await city.hear(submitted);
    await city.pass(4);
    // The desk waits until now: the event and the sweep meet in the same second.
    city.setNow(later(city.now, 61));
    await city.hear(event({ subject: "C2", sequence: 1, tasks: [accept] }));
    await city.sweep();
    await city.pass(15);
    expect(city.phone("clerk").map(({ url }) => url)).toEqual([
      "https://city.example/cases/CASE",
      "https://city.example/cases/C2",
    ]);
  });

  it("hides nothing from a desk that goes on after a card the chat refused, while which it came", async () => {
    const city = await lagging(() => 5);
    const show = city.chat.show;
    city.chat.show = async () => {
      city.chat.show = show;
      await city.tell(event({ subject: "C2", sequence: 1, tasks: [accept] }));
      return { result: "refused", code: 40058 };
    };
    await city.hear(submitted);
    await city.sweep();
    await city.pass(15);
    expect(city.phone("clerk").map(({ url }) => url)).toEqual(["https://city.example/cases/C2"]);
  });

  it("hides nothing from somebody's last desk: what waits for who has left is settled", async () => {
    const city = await lagging(() => 5);
    await city.hear(submitted);
    await city.pass(4);
    city.setNow(later(city.now, 61));
    await city.hear(event({ subject: "C2", sequence: 1, tasks: [accept] }));
    await city.appoint(appointed("clerk", [], {}, 2));
    await city.sweep();
    await city.pass(15);
    expect(city.notices.rows().map(({ outcome }) => outcome?.status)).toEqual(["sent", "failed"]);
  });

  const disabled = (subject: string) =>
    event({ type: EndpointDisabledV1.type, subject, sequence: 1, data: { contact: "clerk" } });

  it.each([
    ["at night", "2026-11-24T15:03:00.000Z", 0],
    ["when the day's ordinary messages are spent", MORNING, 180],
  ])("hides nothing urgent behind what waits for long: %s", async (_what, start, sentToday) => {
    const city = await lagging(() => 5);
    city.setNow(start);
    await city.desks.save({ ...newDesk("clerk"), version: 1, day: "2026-11-24", sentToday });
    await city.tell({ ...submitted, time: city.now });
    city.setNow(later(city.now, 300));
    await city.tell({ ...disabled("E"), time: city.now });
    city.setNow(later(city.now, 1));
    await city.sweep();
    await city.pass(3);
    expect(city.phone("clerk").map(({ urgent }) => urgent)).toEqual([true]);
  });

  it("hides nothing, whenever what comes", async () => {
    const Step = fc.record({
      seconds: fc.oneof(fc.nat(20), fc.nat(400)),
      isSwept: fc.boolean(),
      lag: fc.nat(29),
      isUrgent: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(Step, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(1, 40, 300),
        // In the morning, before the evening's end, before the night's.
        fc.constantFrom(MORNING, "2026-11-24T13:40:00.000Z", "2026-11-24T23:00:00.000Z"),
        fc.constantFrom(0, 180),
        async (steps, gap, start, sentToday) => {
          let lag = 0;
          const city = await lagging(() => lag, { ...DEFAULT_PACE, gapSeconds: gap });
          city.setNow(start);
          await city.desks.save({ ...newDesk("clerk"), version: 1, day: legalDate(start), sentToday });
          for (const [i, { seconds, isSwept, lag: behind, isUrgent }] of steps.entries()) {
            lag = behind;
            city.setNow(later(city.now, seconds));
            const happens = isUrgent ? disabled(`E${i}`) : event({ subject: `C${i}`, sequence: 1, tasks: [accept] });
            await (isSwept ? city.sweep() : city.tell({ ...happens, time: city.now }));
          }
          await city.pass(30);
          const untold = () => city.notices.rows().filter(({ outcome }) => outcome?.status !== "sent");
          expect(untold().filter(({ card }) => card.urgent)).toEqual([]);
          // What may wait has come by noon of the next day.
          city.setNow("2026-11-26T04:01:00.000Z");
          await city.pass(30);
          expect(untold()).toEqual([]);
          expect((await city.desks.find("clerk"))?.state.kind ?? "quiet").toBe("quiet");
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("killed between the chat and the record", () => {
  it("to several officers, each gets the very same once more, so that the chat can tell that it is the same", async () => {
    const city = await officialsStage([appointed("a", ["clerk"]), appointed("b", ["clerk"])]);
    const settle = city.notices.settle;
    city.notices.settle = async () => Promise.reject(new Error("killed"));
    await city.hear(submitted);
    await city.hear(event({ subject: "C2", sequence: 1, tasks: [accept] }));
    city.notices.settle = settle;
    await city.pass(15);
    for (const clerk of ["a", "b"]) {
      const messages = city.chat.shown.filter(({ user }) => user === clerk);
      expect(messages).toHaveLength(3);
      expect(messages[1]).toEqual(messages[0]);
      expect(messages[2]?.card.url).toContain("C2");
    }
    const ids = city.chat.shown.map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(city.notices.rows().every(({ outcome }) => outcome?.status === "sent")).toBe(true);
  });

  it("before the first word to the chat, it is sent by the sweep", async () => {
    const city = await officialsStage([appointed("clerk", ["clerk"])]);
    const save = city.desks.save;
    city.desks.save = async () => Promise.reject(new Error("killed"));
    expect(await city.hear(submitted)).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
    city.desks.save = save;
    await city.hear(submitted);
    expect(city.phone("clerk")).toHaveLength(1);
  });
});

describe("an appointment", () => {
  it("replaces what was known, wherever the officer was before", async () => {
    const city = await officialsStage([appointed("a", ["clerk"])]);
    await city.appoint(appointed("a", ["clerk"], { department: "11440600007039469J" }, 2));
    expect(await city.officers.ofDepartment(department)).toEqual([]);
    expect(await city.officers.ofDepartment("11440600007039469J")).toMatchObject([{ staff: "a", sequence: 2 }]);
  });

  it("that is older than what is known does nothing", async () => {
    const city = await officialsStage([appointed("a", ["clerk"], {}, 3)]);
    expect(await city.appoint(appointed("a", ["officer"], {}, 2))).toEqual(allDone);
    expect(await city.officers.ofDepartment(department)).toMatchObject([{ roles: ["clerk"], sequence: 3 }]);
  });

  it("of nobody any more ends what waits for them", async () => {
    const city = await officialsStage([appointed("a", ["clerk"])]);
    await city.hear(submitted, event({ subject: "C2", sequence: 1, tasks: [accept] }));
    await city.appoint(appointed("a", [], {}, 2));
    await city.pass(10);
    expect(city.phone("a")).toHaveLength(1);
    expect(city.notices.rows().map(({ outcome }) => outcome?.status)).toEqual(["sent", "failed"]);
  });

  it("leaves nobody to be told of a case submitted later", async () => {
    const city = await officialsStage([appointed("a", [])]);
    await city.hear(event({ type: ApplicationSubmittedV1.type, subject: "C", sequence: 1, tasks: [accept] }));
    expect(city.chat.shown).toEqual([]);
  });
});
