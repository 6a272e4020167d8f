import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import { sourceItems } from "#local/demo-city/registry.ts";
import { residents } from "#local/demo-city/residents.ts";
import { until } from "#local/until.ts";
import {
  beginDraft,
  listWorklist,
  readDraft,
  searchApplications,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import { resumeItem, suspendItem } from "#shared/contracts/http/catalogue/managing.ts";
import { pullEvents } from "#shared/contracts/http/webhooks/feed.ts";
import { endOfLegalDate, type Instant, legalDate, systemClock } from "#shared/kernel/clock.ts";
import { addWorkingDays, workingDaysBetween } from "#shared/kernel/working-days.ts";
import {
  accepts,
  type CaseInHand,
  codeOf,
  concludes,
  corrects,
  type DeskWork,
  decides,
  declines,
  deskWork,
  exampleForm,
  extendsLimit,
  granted,
  onPaper,
  readsCase,
  resumes,
  stands,
  submissionOf,
  submits,
  suspends,
  takeInHand,
  verdicts,
  withdraws,
} from "../support/case-steps.ts";
import { testCity } from "../support/city.ts";
import { journeys } from "../support/item-journeys.ts";
import { pastCases } from "../support/past-cases.ts";
import { windowProgram } from "../support/window-clerk.ts";

const DAY_MS = 24 * 3_600_000;
const daysBefore = (at: Instant, days: number): Instant => new Date(Date.parse(at) - days * DAY_MS).toISOString();

/** The last moment, whole days before, of which it is true. */
const lastBefore = (now: Instant, is: (at: Instant) => boolean): Instant => {
  for (let days = 0; days < 40; days++) if (is(daysBefore(now, days))) return daysBefore(now, days);
  throw new Error("no such day");
};
/** Since when just that many working days have begun, whatever the date: the last of them may not be over. */
const workingDaysBefore = (now: Instant, count: number): Instant =>
  lastBefore(now, (at) => workingDaysBetween(legalDate(at), legalDate(now)) >= count);

interface Told {
  readonly type: string;
  readonly subject: string;
  readonly sequence: number;
  readonly data: Record<string, unknown>;
}

/** In this order: later tests build on what earlier ones left in the city, whose time nothing but these tests moves on. */
describe("the twelve real items, on the synthesised templates", () => {
  let city: City;
  let work: DeskWork;
  let past: Awaited<ReturnType<typeof pastCases>>;
  beforeAll(async () => {
    city = await testCity({ systemOf: undefined, timers: false });
    work = deskWork(city);
    past = await pastCases(city);
  });
  afterAll(async () => {
    past?.stop();
    await city?.stop();
  });

  /** What the department finds in its feed of this case, once a withdrawal is the last of it. */
  const toldOf = (hand: CaseInHand): Promise<readonly Told[]> =>
    until("the feed tells the end of the case", async () => {
      const found: Told[] = [];
      for (let after = ""; ; ) {
        const query = { limit: "100", item: hand.item.code, ...(after && { after }) };
        const page = granted(await hand.department(pullEvents, { query }));
        found.push(...page.items.map(({ event }) => event as unknown as Told));
        if (!page.more) break;
        after = page.next;
      }
      const mine = found.filter(({ subject }) => subject === hand.receipt?.id);
      return mine.some(({ type }) => type === "gov.yimen.application.withdrawn.v1") && mine;
    });
  const kindsOf = (told: readonly Told[]) => told.map(({ type }) => type.split(".").at(-2));
  const sweep = () => city.cloud.invoke("Applications/SweepDue", {}) as Promise<Record<string, number>>;

  it("have a journey each", () => {
    const names = sourceItems().map(({ name }) => name);
    expect(Object.keys(journeys).sort()).toEqual(names.sort());
    expect(names).toHaveLength(12);
  });

  it.each(Object.entries(journeys))("carry %s to its end, and turn back whoever goes wrong", async (name, journey) => {
    const hand = await takeInHand(work, name, journey);
    for (const step of journey.steps) await step(hand);
  });

  it("go on at the window with what was begun at the portal, and make one case of it", async () => {
    const hand = await takeInHand(work, "社会保障卡申领", { situation: { age: "adult", household: "local" } });
    const [resident] = residents;
    const { name = "", idNumber = "" } = resident ?? {};
    const applicant = { kind: "natural", name, idNumber } as const;
    const portal = work.as("channel-portal");
    const { id } = granted(
      await portal(beginDraft, {
        key: work.key(),
        body: { itemCode: hand.item.code, applicant, content: { situation: { age: "adult" } } },
      }),
    );
    // The id alone opens nothing at another channel: the applicant has to be there.
    expect(codeOf(await work.as("channel-window")(readDraft, { path: { id } }))).toBe("application.draft-not-found");

    const window = await windowProgram(city);
    const clerk = await window.signIn(hand.officers.clerk);
    const visitor = await window.serve(clerk, { name, idNumber });
    const content = { situation: hand.situation, form: exampleForm(hand) };
    expect((await window.call(visitor, "GET", `/v1/drafts/${id}`)).told).toMatchObject({
      content: { situation: { age: "adult" } },
    });
    expect((await window.call(visitor, "PUT", `/v1/drafts/${id}`, { content })).told).toMatchObject({ id, version: 2 });

    const body = { itemCode: hand.item.code, ...content, materials: onPaper(hand, hand.situation), draft: id };
    const asked = await Promise.all(
      ["once", "once", "twice"].map((key) => window.call(visitor, "POST", "/v1/applications", body, key)),
    );
    const made = asked.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ text }) => text))).toHaveLength(1);
    expect(asked.filter(({ status }) => status !== 201).map(({ code }) => code)).toEqual(
      Array.from({ length: 3 - made.length }, () => "application.draft-submitted"),
    );
    const again = await portal(submitApplication, {
      key: work.key(),
      body: submissionOf(hand, { applicant, draft: id }) as never,
    });
    expect(codeOf(again)).toBe("application.draft-submitted");
    const found = granted(await portal(searchApplications, { body: { applicant: { kind: "natural", idNumber } } }));
    expect(found.items.map((each) => each.id)).toEqual([made[0]?.told.id]);

    // Who has filled it in does not decide it, nor does a clerk do what is not a clerk's.
    const at = `/v1/applications/${made[0]?.told.id}`;
    const decided = await window.call(clerk, "POST", `${at}/accept`, { decision: verdicts.approve });
    expect(decided).toMatchObject({ status: 409, code: "application.own-case" });
    const extended = await window.call(clerk, "POST", `${at}/extend`, { reason: "需要进一步核查" });
    expect(extended).toMatchObject({ status: 403, code: "application.role-missing" });
  });

  it("are reopened after a successful complaint, by a supervisor of the department alone", async () => {
    const hand = await takeInHand(work, "老年人优待卡申领", { situation: { household: "permit", agent: "yes" } });
    for (const step of [submits(), accepts("done", verdicts.refuse), concludes()]) await step(hand);
    const window = await windowProgram(city);
    const at = `/v1/applications/${hand.receipt?.id}/reopen`;
    const body = { complaint: "TS-2026-0042", reason: "复核认为符合条件" };
    const approver = await window.signIn(hand.officers.approver);
    expect((await window.call(approver, "POST", at, body)).status).toBe(403);
    const elsewhere = city.staff.find(
      ({ department, roles }) => department !== hand.item.department.uscc && roles.includes("supervisor"),
    );
    const stranger = await window.signIn(elsewhere?.staff ?? "");
    expect(await window.call(stranger, "POST", at, body)).toMatchObject({
      status: 404,
      code: "application.not-found",
    });
    const supervisor = await window.signIn(hand.officers.supervisor);
    const reopened = await window.call(supervisor, "POST", at, body);
    expect(reopened, reopened.text).toMatchObject({ status: 200, told: { status: "accepted" } });
    expect(await window.call(supervisor, "POST", at, body)).toMatchObject({ code: "application.not-closed" });
    const [stage] = hand.item.stages;
    await decides(stage?.name ?? "approval")(hand);
    await concludes()(hand);
    await stands({ status: "concluded", outcome: "approved" })(hand);
  });

  it("cannot be applied for while they are suspended", async () => {
    const hand = await takeInHand(work, "高龄津贴申领", {});
    const path = { code: hand.item.code };
    granted(await hand.department(suspendItem, { path, key: work.key(), body: { reason: "系统升级" } }));
    const tried = () =>
      work.as("channel-portal")(submitApplication, { key: work.key(), body: submissionOf(hand) as never });
    await until("a submission is refused", async () => codeOf(await tried()) === "application.item-not-found");
    granted(await hand.department(resumeItem, { path, key: work.key(), body: {} }));
    await until("a submission is taken again", async () => codeOf(await tried()) === "done");
  });

  it("are warned of once, however often the sweep runs", async () => {
    const hand = await takeInHand(work, "高龄津贴申领", {});
    const now = systemClock();
    const at = lastBefore(now, (day) => now >= endOfLegalDate(addWorkingDays(legalDate(day), 4).date));
    hand.receipt = (await past.submitted(hand, at)) as never;
    const swept = await Promise.all([sweep(), sweep()]);
    expect(swept.reduce((sum, { changed = 0 }) => sum + changed, 0)).toBeGreaterThanOrEqual(1);
    await city.cloud.fireSchedule("Applications/EveryFiveMinutes");
    expect(await sweep()).toMatchObject({ changed: 0, failed: 0 });
    await withdraws()(hand);
    const told = await toldOf(hand);
    expect(kindsOf(told)).toEqual(["submitted", "deadline-near", "withdrawn"]);
    expect(told[1]?.data).toMatchObject({ deadline: "acceptance", dueBy: addWorkingDays(legalDate(at), 5) });
  });

  it("are looked at too early rather than too late, and then stand where they belong", async () => {
    const hand = await takeInHand(work, "高龄津贴申领", {});
    const now = systemClock();
    const { id } = await past.submitted(hand, now, (state) => ({ ...state, wake: state.receivedAt }));
    expect(await sweep()).toMatchObject({ moved: 1, failed: 0 });
    expect(await sweep()).toMatchObject({ moved: 0, failed: 0 });
    const { items } = granted(await hand.department(listWorklist, { query: { list: "unassigned", at: "accept" } }));
    expect(items.find((each) => each.id === id)).toMatchObject({ dueBy: addWorkingDays(legalDate(now), 5) });
  });

  it("are accepted by law when nobody has answered in five working days", async () => {
    const hand = await takeInHand(work, "广东省居住证申领", { situation: { ground: "home", agent: "no" } });
    const at = workingDaysBefore(systemClock(), 6);
    hand.receipt = (await past.submitted(hand, at)) as never;
    await declines("application.deemed-accepted")(hand);
    expect(await sweep()).toMatchObject({ failed: 0 });
    const view = await readsCase(hand);
    expect(view).toMatchObject({ status: "accepted", stage: "handling" });
    expect(view.timeline.at(-1)).toMatchObject({ step: "accepted", byLaw: true });
    expect(view.decideBy).toEqual(addWorkingDays(legalDate(at), 10));
    await accepts("application.not-submitted")(hand);
    await withdraws()(hand);
    const kinds = kindsOf(await toldOf(hand));
    expect(kinds.filter((kind) => kind === "overdue")).toHaveLength(1);
    expect(kinds.filter((kind) => kind === "accepted")).toHaveLength(1);
  });

  it("lapse when what was missing does not come in time, and take it no more from the end of the last day on", async () => {
    const hand = await takeInHand(work, "生育登记", journeys.生育登记 ?? {});
    const at = workingDaysBefore(systemClock(), 11);
    hand.receipt = (await past.returned(hand, await past.submitted(hand, at), at, "m2")) as never;
    // The sweep has not been there yet.
    await corrects(["m2"], "application.correction-late")(hand);
    await stands({ status: "returned" })(hand);
    expect(await sweep()).toMatchObject({ failed: 0 });
    const view = await readsCase(hand);
    expect(view).toMatchObject({ status: "lapsed" });
    expect(view.timeline.at(-1)).toMatchObject({ step: "lapsed", by: { client: "yimen" } });
    await corrects(["m2"], "application.not-returned")(hand);
    await withdraws("application.already-decided")(hand);
  });

  it("are decided by law where silence means yes, from the end of the last day on, and by nobody otherwise", async () => {
    // No source tells of a tacit rule of any of the twelve, so none of them has one: this is a thirteenth.
    const real = await takeInHand(work, "道路货物运输经营许可（普通货运）", { by: "company" });
    const limits = { statutory: 10, promised: 5 };
    const code = `${real.item.code.slice(0, -1)}9`;
    const hand = await past.invented(real, code, { tacit: "approved", limits });
    const at = workingDaysBefore(systemClock(), 11);
    hand.receipt = (await past.accepted(hand, await past.submitted(hand, at), at)) as never;
    // The sweep has not been there yet: whatever would escape what the law has decided is refused.
    await decides("handling", { outcome: "refuse" }, "application.limit-passed")(hand);
    await suspends("inspection", "application.limit-passed")(hand);
    await extendsLimit("application.limit-passed")(hand);
    await withdraws("application.already-decided")(hand);
    expect(await sweep()).toMatchObject({ failed: 0 });
    const view = await readsCase(hand);
    expect(view).toMatchObject({ status: "approved", outcome: "approved" });
    expect(view.timeline.at(-1)).toMatchObject({ step: "approved", byLaw: true, by: { client: "yimen" } });
    await decides("handling", { outcome: "refuse" }, "application.not-accepted")(hand);
    await concludes()(hand);
  });

  it("are due later by the working days that a special procedure took", async () => {
    const hand = await takeInHand(work, "食品经营许可（新办）", { by: "company" });
    const suspended = workingDaysBefore(systemClock(), 4);
    const received = daysBefore(suspended, 1);
    const accepted = await past.accepted(hand, await past.submitted(hand, received), received);
    hand.receipt = (await past.suspended(hand, accepted, suspended)) as never;
    await resumes()(hand);
    const { promisedBy, decideBy, timeline } = await readsCase(hand);
    const resumed = timeline.find(({ step }) => step === "resumed")?.at ?? "";
    const took = workingDaysBetween(legalDate(suspended), legalDate(resumed));
    expect(took).toBeGreaterThan(3);
    expect(promisedBy).toEqual(addWorkingDays(legalDate(received), 10 + took));
    expect(decideBy).toEqual(addWorkingDays(legalDate(received), 20 + took));
  });

  it("get the deadlines of today's calendar when they are recomputed, once", async () => {
    const hand = await takeInHand(work, "道路货物运输经营许可（普通货运）", { by: "company" });
    const before = await past.submitted(hand, systemClock(), (state) => ({
      ...state,
      phase: {
        ...state.phase,
        acceptBy: { from: legalDate(state.receivedAt), days: 5, date: "2099-01-01", provisional: true },
      } as never,
    }));
    hand.receipt = before as never;
    const run = async () => {
      let [seen, moved] = [0, 0];
      let order: unknown = {};
      while (order !== undefined) {
        const slice = (await city.cloud.invoke("Applications/RecomputeDeadlines", order)) as Record<string, number>;
        seen += slice.seen ?? 0;
        moved += slice.moved ?? 0;
        order = slice.next;
      }
      return { seen, moved };
    };
    const first = await run();
    expect(first.moved).toBe(1);
    expect(first.seen).toBeGreaterThan(1);
    expect(await run()).toEqual({ seen: first.seen, moved: 0 });
    expect((await readsCase(hand)).acceptBy).toEqual(addWorkingDays(legalDate(before.receivedAt), 5));
    await withdraws()(hand);
    expect(kindsOf(await toldOf(hand))).toEqual(["submitted", "deadlines-recomputed", "withdrawn"]);
  });

  it("stay readable, and broken promises known, when the keys are rotated", async () => {
    const hand = await takeInHand(work, "公共场所卫生许可（新办）", journeys["公共场所卫生许可（新办）"] ?? {});
    await submits()(hand);
    await past.keys.putNewKey();
    city.cloud.killWorkers("Applications/Http");
    const first = await past.keys.rotate();
    expect(first).toMatchObject({ left: 0 });
    expect(first.rewritten).toBeGreaterThan(20);
    expect(await past.keys.rotate()).toMatchObject({ rewritten: 0, left: 0 });
    await past.keys.takeOldKeyAway();
    city.cloud.killWorkers("Applications/Http");
    expect(await readsCase(hand)).toMatchObject({ status: "submitted", applicant: { idNumber: "9****************P" } });
    await submits({ commitment: { statement: "本单位承诺符合全部许可条件。" } }, "application.commitment-barred")(hand);
  });

  it("need all that their functions are granted, and nothing that they are not", () => {
    expect(city.cloud.deniedCalls()).toEqual([]);
    const unused = city.cloud
      .unusedGrants()
      .filter(({ function: name }) => name.includes("-applications-"))
      .filter(({ function: name, action }) => !ELSEWHERE.some(([of, what]) => name.includes(of) && what.test(action)));
    expect(unused).toEqual([]);
  });
});

/** Rights that are needed only when something fails, or by what other tests do: parcels (logistics), the chat (notifications). */
const ELSEWHERE: readonly (readonly [string, RegExp])[] = [
  ["", /^sqs:(ChangeMessageVisibility|GetQueueUrl)$/],
  ["Relay", /^s3:PutObject$/],
  ["OnShipmentDeliv", /./],
  ["OnClaimAsked", /./],
];
