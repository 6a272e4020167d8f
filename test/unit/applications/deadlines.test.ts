import { describe, expect, it } from "vitest";
import { acceptCase } from "#functions/applications/domain/acceptance.ts";
import { calendarChange, recomputedChange } from "#functions/applications/domain/calendar.ts";
import type { Given } from "#functions/applications/domain/change.ts";
import { withdrawCase } from "#functions/applications/domain/conclusion.ts";
import { extendCase } from "#functions/applications/domain/extension.ts";
import { settleFee } from "#functions/applications/domain/fees.ts";
import { resumeCase, suspendCase } from "#functions/applications/domain/special-procedures.ts";
import { decideCaseStage } from "#functions/applications/domain/stages.ts";
import { term } from "#functions/applications/domain/term.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import {
  APPROVE,
  byOfficer,
  caseIn,
  codeOf,
  command,
  givenOf,
  granted,
  instantRules,
  REFUSE,
  rules,
  stages,
  submitted,
} from "#test/support/applications.ts";

/**
 * Received and accepted on a day; the promised limit; a special procedure from and to, an extension; and then the days by which
 * it had to be accepted, by which it was promised, by which the law wants it decided (20 working days), and by which a decision of
 * that same first day had to be delivered. Counted apart from this code over the days off and the make-up days of the State
 * Council's notices for 2024 (国办发明电〔2023〕7号), 2025 (〔2024〕12号) and 2026 (2025-11-04).
 */
const table: readonly (readonly [
  day: string,
  promised: number,
  procedure: readonly [string, string] | undefined,
  extended: boolean,
  acceptBy: string,
  promisedBy: string,
  decideBy: string,
  deliverBy: string,
])[] = [
  ["2024-01-02", 1, undefined, false, "2024-01-09", "2024-01-03", "2024-01-30", "2024-01-16"],
  ["2024-01-29", 3, undefined, false, "2024-02-04", "2024-02-01", "2024-02-29", "2024-02-09"],
  ["2024-02-02", 5, undefined, false, "2024-02-08", "2024-02-08", "2024-03-06", "2024-02-21"],
  ["2024-02-05", 10, undefined, false, "2024-02-18", "2024-02-23", "2024-03-08", "2024-02-23"],
  ["2024-02-09", 15, undefined, false, "2024-02-22", "2024-03-07", "2024-03-14", "2024-02-29"],
  ["2024-02-18", 1, undefined, false, "2024-02-23", "2024-02-19", "2024-03-15", "2024-03-01"],
  ["2024-03-29", 3, undefined, false, "2024-04-08", "2024-04-03", "2024-04-28", "2024-04-15"],
  ["2024-04-03", 5, undefined, false, "2024-04-11", "2024-04-11", "2024-05-06", "2024-04-18"],
  ["2024-04-26", 10, undefined, false, "2024-05-07", "2024-05-13", "2024-05-27", "2024-05-13"],
  ["2024-04-30", 15, undefined, false, "2024-05-10", "2024-05-23", "2024-05-30", "2024-05-16"],
  ["2024-05-10", 1, undefined, false, "2024-05-16", "2024-05-11", "2024-06-06", "2024-05-23"],
  ["2024-06-07", 3, undefined, false, "2024-06-17", "2024-06-13", "2024-07-08", "2024-06-24"],
  ["2024-09-13", 5, undefined, false, "2024-09-23", "2024-09-23", "2024-10-17", "2024-09-29"],
  ["2024-09-14", 10, undefined, false, "2024-09-24", "2024-09-30", "2024-10-18", "2024-09-30"],
  ["2024-09-27", 15, undefined, false, "2024-10-10", "2024-10-23", "2024-10-30", "2024-10-16"],
  ["2024-09-30", 1, undefined, false, "2024-10-12", "2024-10-08", "2024-11-01", "2024-10-18"],
  ["2024-10-12", 3, undefined, false, "2024-10-18", "2024-10-16", "2024-11-08", "2024-10-25"],
  ["2024-11-29", 5, undefined, false, "2024-12-06", "2024-12-06", "2024-12-27", "2024-12-13"],
  ["2025-01-02", 10, undefined, false, "2025-01-09", "2025-01-16", "2025-02-06", "2025-01-16"],
  ["2025-01-17", 15, undefined, false, "2025-01-24", "2025-02-13", "2025-02-20", "2025-02-07"],
  ["2025-01-24", 1, undefined, false, "2025-02-07", "2025-01-26", "2025-02-27", "2025-02-13"],
  ["2025-01-26", 3, undefined, false, "2025-02-08", "2025-02-06", "2025-02-28", "2025-02-14"],
  ["2025-01-27", 5, undefined, false, "2025-02-10", "2025-02-10", "2025-03-03", "2025-02-17"],
  ["2025-02-05", 10, undefined, false, "2025-02-11", "2025-02-18", "2025-03-04", "2025-02-18"],
  ["2025-03-31", 15, undefined, false, "2025-04-08", "2025-04-22", "2025-04-28", "2025-04-15"],
  ["2025-04-03", 1, undefined, false, "2025-04-11", "2025-04-07", "2025-05-06", "2025-04-18"],
  ["2025-04-25", 3, undefined, false, "2025-05-06", "2025-04-29", "2025-05-27", "2025-05-13"],
  ["2025-04-30", 5, undefined, false, "2025-05-12", "2025-05-12", "2025-06-03", "2025-05-19"],
  ["2025-05-29", 10, undefined, false, "2025-06-06", "2025-06-13", "2025-06-27", "2025-06-13"],
  ["2025-05-30", 15, undefined, false, "2025-06-09", "2025-06-23", "2025-06-30", "2025-06-16"],
  ["2025-09-26", 1, undefined, false, "2025-10-10", "2025-09-28", "2025-10-30", "2025-10-16"],
  ["2025-09-28", 3, undefined, false, "2025-10-11", "2025-10-09", "2025-10-31", "2025-10-17"],
  ["2025-09-30", 5, undefined, false, "2025-10-14", "2025-10-14", "2025-11-04", "2025-10-21"],
  ["2025-10-11", 10, undefined, false, "2025-10-17", "2025-10-24", "2025-11-07", "2025-10-24"],
  ["2025-11-28", 15, undefined, false, "2025-12-05", "2025-12-19", "2025-12-26", "2025-12-12"],
  ["2026-01-04", 1, undefined, false, "2026-01-09", "2026-01-05", "2026-01-30", "2026-01-16"],
  ["2026-02-10", 3, undefined, false, "2026-02-24", "2026-02-13", "2026-03-16", "2026-03-02"],
  ["2026-02-13", 5, undefined, false, "2026-02-27", "2026-02-27", "2026-03-19", "2026-03-05"],
  ["2026-02-14", 10, undefined, false, "2026-02-28", "2026-03-06", "2026-03-20", "2026-03-06"],
  ["2026-02-24", 15, undefined, false, "2026-03-02", "2026-03-16", "2026-03-23", "2026-03-09"],
  ["2026-04-03", 1, undefined, false, "2026-04-13", "2026-04-07", "2026-05-07", "2026-04-20"],
  ["2026-04-30", 3, undefined, false, "2026-05-11", "2026-05-08", "2026-06-01", "2026-05-18"],
  ["2026-05-09", 5, undefined, false, "2026-05-15", "2026-05-15", "2026-06-05", "2026-05-22"],
  ["2026-06-18", 10, undefined, false, "2026-06-26", "2026-07-03", "2026-07-17", "2026-07-03"],
  ["2026-09-18", 15, undefined, false, "2026-09-24", "2026-10-15", "2026-10-22", "2026-10-09"],
  ["2026-09-24", 1, undefined, false, "2026-10-09", "2026-09-28", "2026-10-29", "2026-10-15"],
  ["2026-09-30", 3, undefined, false, "2026-10-13", "2026-10-10", "2026-11-03", "2026-10-20"],
  ["2026-10-10", 5, undefined, false, "2026-10-16", "2026-10-16", "2026-11-06", "2026-10-23"],
  ["2024-01-29", 5, ["2024-02-01", "2024-02-20"], false, "2024-02-04", "2024-02-22", "2024-03-14", "2024-02-09"],
  ["2024-09-13", 10, ["2024-09-14", "2024-10-08"], false, "2024-09-23", "2024-10-18", "2024-11-01", "2024-09-29"],
  ["2024-04-03", 5, ["2024-04-07", "2024-05-06"], false, "2024-04-11", "2024-05-10", "2024-05-30", "2024-04-18"],
  ["2025-01-17", 10, ["2025-01-24", "2025-02-08"], false, "2025-01-24", "2025-02-14", "2025-02-28", "2025-02-07"],
  ["2025-04-25", 5, ["2025-04-27", "2025-05-06"], false, "2025-05-06", "2025-05-12", "2025-06-03", "2025-05-13"],
  ["2025-09-26", 10, ["2025-09-28", "2025-10-11"], false, "2025-10-10", "2025-10-23", "2025-11-06", "2025-10-16"],
  ["2026-02-10", 5, ["2026-02-13", "2026-02-28"], false, "2026-02-24", "2026-03-03", "2026-03-24", "2026-03-02"],
  ["2026-04-30", 10, ["2026-05-06", "2026-05-09"], false, "2026-05-11", "2026-05-21", "2026-06-04", "2026-05-18"],
  ["2026-06-18", 5, ["2026-06-18", "2026-06-22"], false, "2026-06-26", "2026-06-29", "2026-07-20", "2026-07-03"],
  ["2026-09-18", 10, ["2026-09-20", "2026-10-10"], false, "2026-09-24", "2026-10-22", "2026-11-05", "2026-10-09"],
  ["2024-01-29", 3, undefined, true, "2024-02-04", "2024-02-20", "2024-03-14", "2024-02-09"],
  ["2024-04-26", 10, undefined, true, "2024-05-07", "2024-05-27", "2024-06-11", "2024-05-13"],
  ["2024-09-13", 3, undefined, true, "2024-09-23", "2024-10-09", "2024-10-31", "2024-09-29"],
  ["2025-01-17", 10, undefined, true, "2025-01-24", "2025-02-20", "2025-03-06", "2025-02-07"],
  ["2025-04-25", 3, undefined, true, "2025-05-06", "2025-05-16", "2025-06-11", "2025-05-13"],
  ["2025-09-26", 10, undefined, true, "2025-10-10", "2025-10-30", "2025-11-13", "2025-10-16"],
  ["2026-01-05", 3, undefined, true, "2026-01-12", "2026-01-22", "2026-02-14", "2026-01-19"],
  ["2026-02-10", 10, undefined, true, "2026-02-24", "2026-03-16", "2026-03-30", "2026-03-02"],
  ["2026-04-30", 3, undefined, true, "2026-05-11", "2026-05-21", "2026-06-15", "2026-05-18"],
  ["2026-08-31", 10, undefined, true, "2026-09-07", "2026-09-28", "2026-10-16", "2026-09-14"],
  ["2024-09-13", 5, ["2024-09-18", "2024-09-30"], true, "2024-09-23", "2024-10-23", "2024-11-13", "2024-09-29"],
  ["2025-01-17", 5, ["2025-01-23", "2025-02-10"], true, "2025-01-24", "2025-02-25", "2025-03-18", "2025-02-07"],
  ["2026-02-10", 5, ["2026-02-12", "2026-03-02"], true, "2026-02-24", "2026-03-19", "2026-04-10", "2026-03-02"],
  ["2026-04-24", 5, ["2026-04-27", "2026-05-08"], true, "2026-05-06", "2026-05-27", "2026-06-17", "2026-05-12"],
];

const morning = (day: string): string => `${day}T02:00:00.000Z`;

describe("the deadlines of a case", () => {
  it("are held to at least sixty days", () => expect(table.length).toBeGreaterThanOrEqual(60));

  it.each(table)(
    "of %s, promised in %i, suspended %j, extended %j",
    (day, promised, procedure, extended, acceptBy, promisedBy, decideBy, deliverBy) => {
      const itemRules = rules({ limits: { statutory: 20, promised }, stages: stages("approval") });
      const given = givenOf(itemRules);
      const received = submitted(itemRules, { at: morning(day) }).state;
      expect(received.phase).toMatchObject({ acceptBy: { date: acceptBy } });
      let state = granted(acceptCase(received, given, undefined, command({ at: morning(day) }))).state;
      const verdict = decideCaseStage(
        state,
        given,
        "approval",
        APPROVE,
        command({ at: morning(day), ...byOfficer("a") }),
      );
      expect(granted(verdict).state.phase).toMatchObject({ deliverBy: { date: deliverBy } });
      if (procedure) {
        const [from, to] = procedure;
        state = granted(suspendCase(state, given, "inspection", command({ at: morning(from) }))).state;
        state = granted(resumeCase(state, given, command({ at: morning(to) }))).state;
      }
      if (extended) state = granted(extendCase(state, given, "案情复杂", command({ at: morning(day) }))).state;
      expect(state.phase).toMatchObject({ promisedBy: { date: promisedBy }, decideBy: { date: decideBy } });
      for (const each of [state.phase].flatMap((phase) =>
        "promisedBy" in phase ? [phase.promisedBy, phase.decideBy] : [],
      ))
        expect(each.provisional).toBe(each.date >= "2026-12-25");
    },
  );
});

describe("the calendar", () => {
  const given = givenOf(rules({ stages: stages("approval"), limits: { statutory: 20, promised: 3 } }));
  const accepted = () =>
    granted(
      acceptCase(
        submitted(given.rules, { at: morning("2026-03-02") }).state,
        given,
        undefined,
        command({ at: morning("2026-03-02") }),
      ),
    ).state;
  const told = (at: string) =>
    calendarChange(accepted(), given, at)?.events.map((event) =>
      "deadline" in event ? `${event.type} ${event.deadline}` : event.type,
    );

  it.each([
    // Promised by 2026-03-05: one working day is left when the 4th has ended in Shanghai.
    ["2026-03-04T15:59:59.999Z", undefined],
    ["2026-03-04T16:00:00.000Z", ["deadline-near promised"]],
    ["2026-03-05T15:59:59.999Z", ["deadline-near promised"]],
    ["2026-03-05T16:00:00.000Z", ["deadline-near promised", "overdue promised"]],
    // By law until 2026-03-30.
    ["2026-03-27T16:00:00.000Z", ["deadline-near promised", "overdue promised", "deadline-near statutory"]],
    [
      "2026-03-30T16:00:00.000Z",
      ["deadline-near promised", "overdue promised", "deadline-near statutory", "overdue statutory"],
    ],
  ])("at %s has told %j", (at, events) => expect(told(at)).toEqual(events));

  it.each([
    ["none", "accepted"],
    ["approved", "approved"],
    ["refused", "refused"],
  ] as const)("by the tacit rule %s leaves the case %s when the statutory limit has passed", (tacit, status) => {
    const silent = givenOf({ ...given.rules, tacit });
    const change = calendarChange(accepted(), silent, "2026-03-30T16:00:00.000Z");
    expect(change?.state.phase.status).toBe(status);
    expect(change?.events.some((event) => event.type === "decided" && event.tacit === true)).toBe(tacit !== "none");
    const last = change?.state.timeline.at(-1);
    if (tacit !== "none") expect(last).toMatchObject({ step: status, byLaw: true, by: { client: "yimen" } });
  });

  const officer = (at: string) => command({ at, ...byOfficer("approver-1") });
  const acts: [string, (given: Given, at: string) => Decision<unknown, string>, string][] = [
    ["decide", (by, at) => decideCaseStage(accepted(), by, "approval", REFUSE, officer(at)), "limit-passed"],
    ["suspend", (by, at) => suspendCase(accepted(), by, "inspection", officer(at)), "limit-passed"],
    ["withdraw", (by, at) => withdrawCase(accepted(), by, undefined, command({ at })), "already-decided"],
  ];
  it.each(
    acts.flatMap(([name, act, code]) =>
      (["none", "approved", "refused"] as const).map((tacit) => [name, tacit, act, code] as const),
    ),
  )("lets nobody %s past the law's decision where silence means %s", (_, tacit, act, code) => {
    const silent = givenOf({ ...given.rules, tacit });
    expect(codeOf(act(silent, "2026-03-30T15:59:59.999Z"))).toBe("done");
    // The sweep has not been there yet.
    expect(codeOf(act(silent, "2026-03-30T16:00:00.000Z"))).toBe(tacit === "none" ? "done" : code);
  });

  it("lets no clerk decide an instant item that the law has accepted and decided meanwhile", () => {
    const item = instantRules({ tacit: "approved", limits: { statutory: 3, promised: 1 } });
    const waiting = submitted(item, { at: morning("2026-03-02") }).state;
    const refused = (at: string) => codeOf(acceptCase(waiting, givenOf(item), REFUSE, command({ at })));
    expect(refused("2026-03-09T15:59:59.999Z")).toBe("done");
    expect(refused("2026-03-09T16:00:00.000Z")).toBe("limit-passed");
    const byLaw = calendarChange(waiting, givenOf(item), "2026-03-09T16:00:00.000Z");
    expect(byLaw?.state.phase.status).toBe("approved");
  });

  it("accepts by law, as of the receipt, what nobody answered in five working days", () => {
    const waiting = submitted(given.rules, { at: morning("2026-03-02") }).state;
    expect(calendarChange(waiting, given, "2026-03-06T15:59:59.999Z")).toBeUndefined();
    const change = calendarChange(waiting, given, "2026-03-09T16:00:00.000Z");
    expect(change?.state.phase).toMatchObject({
      status: "accepted",
      promisedBy: { date: "2026-03-05" },
      decideBy: { date: "2026-03-30" },
    });
    expect(change?.events.find(({ type }) => type === "accepted")).toMatchObject({ deemed: true });
    // The promise was made as of the receipt: it has passed already, and that is told in the same breath.
    expect(change?.events.some((event) => event.type === "overdue" && event.deadline === "promised")).toBe(true);
  });

  it("dates a decision of the law from its moment, however late the sweep comes to write it down", () => {
    const silent = givenOf({ ...given.rules, tacit: "approved" });
    const onTime = calendarChange(accepted(), silent, "2026-03-30T16:00:00.000Z");
    const late = calendarChange(accepted(), silent, "2026-04-02T02:00:00.000Z");
    expect(onTime?.state.phase).toMatchObject({ status: "approved", deliverBy: term("2026-03-31", 10) });
    expect(late?.state.phase).toEqual(onTime?.state.phase);
    expect(late?.events.at(-1)).toEqual(onTime?.events.at(-1));
  });

  it("lets no moment of the law come before the one that it follows from", () => {
    const hasty = givenOf({ ...given.rules, tacit: "approved", limits: { statutory: 3, promised: 2 } });
    const { state } = submitted(hasty.rules, { at: morning("2026-03-02") });
    // Accepted by law at the end of the ninth, as of the second: the limit of three days was over on the fifth.
    const change = calendarChange(state, hasty, "2026-03-09T16:00:00.000Z");
    expect(change?.state.phase).toMatchObject({ status: "approved", deliverBy: { from: "2026-03-10" } });
  });

  it("tells of an acceptance that comes too late for what it is: the law's", () => {
    const accepting = (on: string, rules: Given["rules"], verdict?: typeof APPROVE) => {
      const { state } = submitted(rules, { at: morning("2026-03-02") });
      return granted(acceptCase(state, givenOf(rules), verdict, command({ at: morning(on) }))).events[0];
    };
    for (const [item, verdict] of [[given.rules], [instantRules(), APPROVE]] as const) {
      expect(accepting("2026-03-09", item, verdict)).not.toHaveProperty("deemed");
      expect(accepting("2026-03-10", item, verdict)).toMatchObject({
        type: "accepted",
        deemed: true,
        decideBy: { from: "2026-03-02" },
      });
    }
  });

  it("looks into a promise from the law's decision on, too, and not from the sweep", () => {
    const silent = givenOf({ ...given.rules, tacit: "approved", commitment: true });
    const state = { ...accepted(), commitment: { statement: "承诺符合全部许可条件", instead: [] } };
    const change = calendarChange(state, silent, "2026-04-02T02:00:00.000Z");
    expect(change?.state.commitment).toMatchObject({ verifyBy: { from: "2026-03-31" } });
  });

  it("lets no clock of the department run while a fee holds the acceptance", () => {
    const fees = [{ name: "考试费", amount: 6000, due: "acceptance" as const }];
    const charged = givenOf({ ...given.rules, fees, tacit: "approved", limits: { statutory: 10, promised: 3 } });
    const waiting = submitted(charged.rules, { at: morning("2026-03-02") }).state;
    // On the ninth of the ten working days that the department has from the acceptance.
    const settled = { due: "acceptance", order: "order-1", settledAt: morning("2026-03-13") } as const;
    const paid = granted(settleFee(waiting, charged, settled, command({ at: morning("2026-03-13") }))).state;
    const byLaw = calendarChange(paid, charged, "2026-03-20T16:00:00.000Z");
    const limits = { promisedBy: term("2026-03-13", 3), decideBy: term("2026-03-13", 10) };
    expect(byLaw?.state.phase).toMatchObject({ status: "accepted", ...limits });
    expect(byLaw?.events.some(({ type }) => type === "decided")).toBe(false);
    const late = acceptCase(paid, charged, undefined, command({ at: morning("2026-03-23") }));
    expect(granted(late).state.phase).toMatchObject({ status: "accepted", ...limits });
  });

  const FEE = { name: "考试费", amount: 6000 };

  it.each(["acceptance", "issue"] as const)(
    "begins what a fee has held with the payment, whenever we hear of it: %s",
    (due) => {
      const item = { ...given.rules, stages: stages("approval"), fees: [{ ...FEE, due }] };
      const charged = givenOf(item);
      const { state } = submitted(item, { at: morning("2026-03-02") });
      const on = (day: string, more = {}) => command({ at: morning(day), ...more });
      const decided = () => {
        const { state: open } = granted(acceptCase(state, charged, undefined, on("2026-03-02")));
        return granted(decideCaseStage(open, charged, "approval", APPROVE, on("2026-03-03", byOfficer("a-1")))).state;
      };
      const waiting = due === "issue" ? decided() : state;
      // The last moment of the fifth in Shanghai, told some days later.
      const settled = { due, order: "order-1", settledAt: "2026-03-05T15:59:58.000Z" } as const;
      const { phase } = granted(settleFee(waiting, charged, settled, on("2026-03-10"))).state;
      expect(phase).toEqual(
        due === "issue"
          ? { status: "approved", deliverBy: term("2026-03-05", 10) }
          : { status: "submitted", since: settled.settledAt, acceptBy: term("2026-03-05", 5) },
      );
    },
  );

  it("lets a case lapse for want of payment a working day after the last one to pay: what was paid in time goes on", () => {
    const item = { ...given.rules, fees: [{ ...FEE, due: "acceptance" as const }] };
    const charged = givenOf(item);
    // Ten working days: until Friday, the 6th of November.
    const { state } = submitted(item, { at: morning("2026-10-23") });
    expect(state.phase).toMatchObject({ payBy: { date: "2026-11-06" } });
    expect(calendarChange(state, charged, "2026-11-09T15:59:59.999Z")).toBeUndefined();
    expect(calendarChange(state, charged, "2026-11-09T16:00:00.000Z")?.events).toEqual([{ type: "lapsed" }]);
    const settled = { due: "acceptance", order: "order-1", settledAt: "2026-11-06T15:59:58.000Z" } as const;
    const paid = granted(settleFee(state, charged, settled, command({ at: "2026-11-06T16:05:00.000Z" }))).state;
    expect(paid.phase).toMatchObject({ status: "submitted", acceptBy: term("2026-11-06", 5) });
    expect(calendarChange(paid, charged, "2026-11-09T16:00:00.000Z")).toBeUndefined();
  });

  const suspended = () =>
    granted(suspendCase(accepted(), given, "inspection", command({ at: morning("2026-03-03") }))).state;

  it("stands still while a special procedure lasts, and warns of the procedure only", () => {
    // Ten working days: until 2026-03-17.
    const tell = (at: string) => calendarChange(suspended(), given, at)?.events;
    expect(tell("2026-03-16T15:59:59.999Z")).toBeUndefined();
    const near = { type: "deadline-near", deadline: "procedure", dueBy: term("2026-03-03", 10) };
    expect(tell("2026-03-16T16:00:00.000Z")).toEqual([near]);
    const over = calendarChange(suspended(), given, "2027-03-01T00:00:00.000Z");
    expect(over?.events).toEqual([near, { ...near, type: "overdue" }]);
    expect(over?.state.phase).toEqual(suspended().phase);
    expect(over?.state.wake).toBeUndefined();
  });

  it("stays where the index has it when it is suspended and goes on, and is found by a new holiday notice", () => {
    const [before, paused] = [accepted(), suspended()];
    expect(paused.wake).toBe(before.wake);
    const resumed = granted(resumeCase(paused, given, command({ at: morning("2026-03-04") }))).state;
    expect(resumed.wake).toBe(before.wake);
    if (paused.phase.status !== "suspended") throw new Error(paused.phase.status);
    const old = { ...paused.phase.expectedBy, date: "2026-03-18" };
    const change = recomputedChange(
      { ...paused, phase: { ...paused.phase, expectedBy: old } },
      given,
      morning("2026-03-04"),
    );
    expect(change?.state.phase).toMatchObject({ expectedBy: term("2026-03-03", 10) });
  });

  it("computes deadlines anew by a notice that has come out, and writes nothing where none has moved", () => {
    expect(recomputedChange(accepted(), given, morning("2026-03-03"))).toBeUndefined();
    const state = accepted();
    if (state.phase.status !== "accepted") throw new Error(state.phase.status);
    // As it was told when the year's make-up days were not known yet.
    const old = { ...state.phase.decideBy, date: "2026-03-31", provisional: true };
    const change = recomputedChange(
      { ...state, phase: { ...state.phase, decideBy: old } },
      given,
      morning("2026-03-03"),
    );
    expect(change?.state.phase).toMatchObject({ decideBy: { ...term("2026-03-02", 20), date: "2026-03-30" } });
    expect(change?.events).toEqual([{ type: "deadlines-recomputed" }]);
    expect(change?.state.version).toBe(state.version + 1);
    expect(change?.state.timeline).toEqual(state.timeline);
  });

  it("lets a returned case lapse, and warns the applicant one working day before", () => {
    const returned = caseIn("returned");
    const first = calendarChange(returned, given, "2026-12-03T16:00:00.000Z");
    expect(first?.events).toMatchObject([{ type: "deadline-near", deadline: "correction" }]);
    const second = first && calendarChange(first.state, given, "2026-12-04T16:00:00.000Z");
    expect(second?.events).toEqual([{ type: "lapsed" }]);
  });
});
