import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptCase, declineCase } from "#functions/applications/domain/acceptance.ts";
import type { Applicant } from "#functions/applications/domain/application.ts";
import { correct } from "#functions/applications/domain/correction.ts";
import type { ItemRules } from "#functions/applications/domain/item-rules.ts";
import { submit } from "#functions/applications/domain/submission.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import {
  applicant,
  caseIn,
  codeOf,
  command,
  company,
  form,
  givenOf,
  granted,
  instantRules,
  noFindings,
  otherPerson,
  RECEIVED,
  rules,
  submitted,
} from "#test/support/applications.ts";

const id = derivedId("application", "portal", "k-1");
const given = givenOf();

const submitting = (
  itemRules: ItemRules,
  {
    by = applicant(),
    filled = form,
    as = command(),
    caseId = id,
  }: {
    by?: Applicant;
    filled?: Record<string, unknown>;
    as?: ReturnType<typeof command>;
    caseId?: string;
  } = {},
) => submit(caseId, givenOf(itemRules), { applicant: by, situation: {}, form: filled, materials: [] }, noFindings, as);

describe("an application that is received", () => {
  it("waits for acceptance, and carries all that was said, by whom and when", () => {
    const by = { client: "portal", channel: "portal" } as const;
    const asked = command({ by });
    const { state, events } = granted(submitting(rules(), { as: asked }));
    const { code, version, name, department, division, handling } = rules();
    const acceptBy = { date: "2026-11-27", provisional: false, from: "2026-11-22", days: 5 };
    const number = `11440606MB2D26310W444071200204020261122${id.slice(-11)}`;
    expect(state).toEqual({
      id,
      version: 1,
      number,
      item: { code, version, name, department, division, handling },
      applicant: applicant(),
      situation: {},
      form,
      materials: [],
      receivedAt: RECEIVED,
      phase: { status: "submitted", since: RECEIVED, acceptBy },
      fees: [],
      deferred: [],
      raised: [],
      // The end of the day after which a promised limit of three days could be near, had it been accepted at once.
      wake: "2026-11-24T16:00:00.000Z",
      timeline: [{ at: RECEIVED, step: "submitted", by }],
      commands: [
        {
          key: asked.key,
          fingerprint: asked.fingerprint,
          receipt: { id, number, status: "submitted", version: 1, acceptBy },
        },
      ],
    });
    expect(events).toEqual([{ type: "submitted", acceptBy, deliverable: true }]);
  });

  it.each([
    ["a natural person", otherPerson],
    ["a legal person", company],
  ])("may come from %s", (_what, from) => expect(submitted(rules(), { by: from }).state.applicant).toEqual(from));

  it.each([
    [
      "a company, for an item for persons",
      rules({ applicants: ["natural"] }),
      company,
      "application.applicant-not-eligible",
    ],
    [
      "a person, for an item for companies",
      rules({ applicants: ["legal"] }),
      applicant(),
      "application.applicant-not-eligible",
    ],
    [
      "a wrong check character",
      rules(),
      applicant({ idNumber: "440606199003070018" }),
      "application.invalid-id-number",
    ],
    [
      "a company's code as a person's number",
      rules(),
      applicant({ idNumber: company.idNumber }),
      "application.invalid-id-number",
    ],
    [
      "a person's number as a company's code",
      rules(),
      { ...company, idNumber: applicant().idNumber },
      "application.invalid-id-number",
    ],
  ])("is refused with %s", (_what, itemRules, from, code) => {
    expect(submitting(itemRules, { by: from })).toEqual({ ok: false, refusal: { code } });
  });
});

describe("a case number", () => {
  const numberOf = (code: string, at = RECEIVED, caseId = id) =>
    granted(submitting(rules({ code }), { caseId, as: command({ at }) })).state.number;
  const code31 = "11440606MB2D26310W4440712002040";

  it.each([
    ["31 characters", code31, 11],
    ["33 characters", `${code31}01`, 9],
  ])("is the item's code of %s, the day and a serial: 50 characters", (_what, code, serial) => {
    const number = numberOf(code);
    expect(number).toBe(`${code}20261122${id.slice(-serial)}`);
    expect(number).toHaveLength(50);
  });

  it.each([
    ["2026-11-22T15:59:59.999Z", "20261122"],
    ["2026-11-22T16:00:00.000Z", "20261123"],
    ["2026-12-31T16:00:00.000Z", "20270101"],
  ])("carries the legal day in Shanghai: at %s it is %s", (at, day) =>
    expect(numberOf(code31, at).slice(31, 39)).toBe(day),
  );

  it("is another for another case of the same item and day", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 50 }), (keys) => {
        const numbers = keys.map((key) => numberOf(`${code31}01`, RECEIVED, derivedId("application", "portal", key)));
        expect(new Set(numbers).size).toBe(keys.length);
      }),
    );
  });
});

describe("the deadlines of a case", () => {
  it.each([
    ["an ordinary week", "2026-11-16T02:00:00.000Z", "2026-11-23", false],
    ["the Spring Festival", "2026-02-12T02:00:00.000Z", "2026-02-26", false],
    ["the last moment of a day in Shanghai", "2026-11-16T15:59:59.999Z", "2026-11-23", false],
    ["the first moment of the next", "2026-11-16T16:00:00.000Z", "2026-11-24", false],
    ["the turn of the year", "2026-12-30T02:00:00.000Z", undefined, true],
  ])("give the department 5 working days to accept, over %s", (_what, at, date, provisional) => {
    const { state } = submitted(rules(), { at });
    if (state.phase.status !== "submitted") throw new Error(state.phase.status);
    expect(state.phase.acceptBy.provisional).toBe(provisional);
    if (date) expect(state.phase.acceptBy.date).toBe(date);
  });

  it.each([
    [{ statutory: 20, promised: 1 }, "2026-02-11", "2026-03-16"],
    [{ statutory: 30, promised: 10 }, "2026-03-02", "2026-03-30"],
    [{ statutory: 0, promised: 0 }, "2026-02-10", "2026-02-10"],
  ])("count %j from the day of acceptance, not of receipt", (limits, promised, statutory) => {
    const waiting = submitted(rules({ limits }), { at: "2026-02-03T02:00:00.000Z" }).state;
    const { state } = granted(
      acceptCase(waiting, givenOf(rules({ limits })), undefined, command({ at: "2026-02-10T02:00:00.000Z" })),
    );
    expect(state.phase).toMatchObject({ promisedBy: { date: promised }, decideBy: { date: statutory } });
  });

  it("give 10 working days from the decision to deliver", () => {
    const at = "2026-02-10T02:00:00.000Z";
    const waiting = submitted(instantRules(), { at }).state;
    const { state } = granted(
      acceptCase(waiting, givenOf(instantRules()), { outcome: "approve", reasons: [] }, command({ at })),
    );
    expect(state.phase).toMatchObject({ status: "approved", deliverBy: { date: "2026-03-02", provisional: false } });
  });

  it("are told in the receipt of the command that set them, each while it counts", () => {
    const deadlinesIn = (status: Parameters<typeof caseIn>[0]) =>
      Object.keys(caseIn(status).commands.at(-1)?.receipt ?? {}).filter((name) => name.endsWith("By"));
    expect(deadlinesIn("submitted")).toEqual(["acceptBy"]);
    expect(deadlinesIn("accepted")).toEqual(["promisedBy", "decideBy"]);
    expect(deadlinesIn("approved")).toEqual(["deliverBy"]);
    expect(deadlinesIn("refused")).toEqual(["deliverBy"]);
    for (const closed of ["declined", "concluded", "withdrawn"] as const) expect(deadlinesIn(closed)).toEqual([]);
  });
});

describe("an application that nobody answered in five working days", () => {
  const { state } = granted(submitting(rules(), { as: command({ at: "2026-03-02T02:00:00.000Z" }) }));
  const late = command({ at: "2026-06-01T02:00:00.000Z" });

  it("counts as accepted since the day it was received, so that its deadlines have run since (art. 32)", () => {
    const accepted = granted(acceptCase(state, given, undefined, late)).state;
    expect(accepted.phase).toMatchObject({ promisedBy: { date: "2026-03-05" }, decideBy: { date: "2026-03-30" } });
  });

  it("cannot be declined any more, but could to the end of the last day", () => {
    expect(declineCase(state, given, ["材料不全"], late)).toEqual({
      ok: false,
      refusal: { code: "application.deemed-accepted" },
    });
    expect(declineCase(state, given, ["材料不全"], command({ at: "2026-03-09T15:59:59.999Z" })).ok).toBe(true);
    expect(declineCase(state, given, ["材料不全"], command({ at: "2026-03-09T16:00:00.000Z" })).ok).toBe(false);
  });
});

it("refuses a form that one row could not hold", () => {
  const fits = { text: "房".repeat(66_000) };
  const isTaken = (filled: Record<string, unknown>) => submitting(rules(), { filled });
  expect(isTaken(fits).ok).toBe(true);
  expect(isTaken({ ...fits, more: "房".repeat(1_000) })).toEqual({
    ok: false,
    refusal: { code: "application.form-too-large" },
  });
});

it("refuses it in a correction as well", () => {
  const corrected = (text: string) =>
    codeOf(correct(caseIn("returned"), given, { form: { text }, materials: [] }, noFindings, command()));
  expect(corrected("房".repeat(66_000))).toBe("done");
  expect(corrected("房".repeat(67_000))).toBe("form-too-large");
});
