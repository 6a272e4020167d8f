import { expect } from "vitest";
import { addWorkingDays } from "#shared/kernel/working-days.ts";
import {
  accepts,
  applicants,
  asksFor,
  claims,
  concludes,
  corrects,
  decides,
  declines,
  extendsLimit,
  isNobodyElses,
  onPaper,
  pays,
  readsCase,
  releases,
  resumes,
  type Step,
  stands,
  submits,
  supplies,
  suspends,
  verdicts,
  verifies,
  withdraws,
} from "./case-steps.ts";

export interface Journey {
  readonly situation?: Record<string, string>;
  readonly by?: keyof typeof applicants;
  readonly steps: readonly Step[];
}

const promise = { commitment: { statement: "本单位承诺所填内容真实，并符合全部许可条件。" } };

/** Ten working days more (Administrative Licensing Law art. 42). */
const isExtendedBy = (days: number, from: number): Step => {
  return async (hand) => {
    const { promisedBy } = await readsCase(hand);
    const { timeline } = await readsCase(hand);
    const accepted = timeline.find(({ step }) => step === "accepted")?.at ?? "";
    const on = new Date(Date.parse(accepted) + 8 * 3_600_000).toISOString().slice(0, 10);
    expect(promisedBy).toEqual(addWorkingDays(on, from + days));
  };
};

/** Every real item to its end, with the wrong turns that belong to it. */
export const journeys: Readonly<Record<string, Journey>> = {
  社会保障卡申领: {
    situation: { age: "adult", household: "local" },
    steps: [
      submits({ situation: { age: "adult" } }, "application.situation-incomplete"),
      submits({ situation: { age: "adult", household: "moon" } }, "application.situation-incomplete"),
      submits({ form: {} }, "application.form-invalid"),
      submits({ materials: [] }, "application.materials-missing"),
      submits({ applicant: applicants.shop }, "application.applicant-not-eligible"),
      submits({ applicant: { ...applicants.person, idNumber: "110105194912310021" } }, "application.invalid-id-number"),
      submits(),
      isNobodyElses,
      concludes("application.not-decided"),
      accepts("application.decision-required"),
      accepts("application.reason-required", verdicts.unreasoned),
      accepts("done", verdicts.approve),
      accepts("application.not-submitted", verdicts.approve),
      withdraws("application.already-decided"),
      concludes(),
      concludes("application.not-decided"),
      stands({ status: "concluded", outcome: "approved", fees: [] }),
    ],
  },
  老年人优待卡申领: {
    situation: { household: "permit", agent: "yes" },
    steps: [
      submits((hand) => ({ materials: onPaper(hand, { household: "permit" }) }), "application.materials-missing"),
      submits({ materials: [{ material: "m4", licence: "照片" }] }, "application.material-unfit"),
      submits({ materials: [{ material: "m99", onPaper: true }] }, "application.material-unfit"),
      submits(),
      declines(),
      declines("application.not-submitted"),
      stands({ status: "declined" }),
      submits(),
      accepts("done", verdicts.refuse),
      stands({ status: "refused" }),
      concludes(),
      stands({ status: "concluded", outcome: "refused" }),
    ],
  },
  高龄津贴申领: {
    steps: [
      submits(),
      decides("handling", {}, "application.not-accepted"),
      accepts("application.decision-not-due", verdicts.approve),
      accepts(),
      decides("review", {}, "application.wrong-stage"),
      decides("handling", { answers: () => [] }, "application.checks-unanswered"),
      decides("handling", { answers: (all) => [...all, { check: "c99", yes: true }] }, "application.check-unknown"),
      decides(
        "handling",
        { outcome: "refuse", answers: (all) => all.map((each) => ({ ...each, yes: false })) },
        "application.check-reason-required",
      ),
      decides("handling", { outcome: "refuse", answers: (all) => all }, "application.decision-contradicts-checks"),
      claims("officer"),
      claims("other:another-officer", "application.claimed"),
      decides("handling", { by: "other:another-officer" }, "application.claimed"),
      releases("other:another-officer", "application.claimed"),
      releases("officer"),
      releases("officer", "application.not-claimed"),
      claims("other:another-officer"),
      decides("handling", { by: "other:another-officer" }),
      decides("review"),
      decides("approval", { by: "clerk" }, "application.same-officer"),
      decides("approval"),
      decides("approval", {}, "application.not-accepted"),
      concludes(),
      stands({ status: "concluded", outcome: "approved" }),
    ],
  },
  生育登记: {
    situation: { marriage: "married", place: "residence", birth: "again" },
    steps: [
      submits((hand) => ({ materials: onPaper(hand, {}) }), "application.materials-missing"),
      // At the window the law has it received; the clerk tells what is missing.
      submits((hand) => ({ materials: onPaper(hand, {}) }), "done", "channel-window"),
      asksFor("m99", "application.material-unknown"),
      corrects(["m2"], "application.not-returned"),
      asksFor("m2"),
      stands({ status: "returned", defects: [{ material: "m2", what: "未提交" }] }),
      accepts("application.not-submitted"),
      corrects([], "application.materials-missing"),
      corrects(["m2", "m3", "m5"]),
      asksFor("m4", "application.correction-used"),
      accepts(),
      decides("approval"),
      concludes(),
      stands({ status: "concluded", outcome: "approved" }),
    ],
  },
  广东省居住证申领: {
    situation: { ground: "work", agent: "no" },
    steps: [
      submits(),
      extendsLimit("application.not-accepted"),
      accepts(),
      isExtendedBy(0, 10),
      extendsLimit(),
      isExtendedBy(10, 10),
      extendsLimit("application.already-extended"),
      decides("handling"),
      withdraws(),
      decides("approval", {}, "application.not-accepted"),
      concludes("application.not-decided"),
      stands({ status: "withdrawn" }),
      submits(),
      accepts(),
      decides("handling"),
      decides("approval"),
      concludes(),
      stands({ status: "concluded", outcome: "approved", fees: [] }),
    ],
  },
  不动产异议登记: {
    situation: { use: "residential", holder: "no", agent: "no" },
    by: "shop",
    steps: [
      submits(),
      accepts("done", verdicts.approve),
      concludes("application.fee-unpaid"),
      pays(4_000),
      withdraws("application.already-decided"),
      concludes(),
      stands({ status: "concluded", outcome: "approved" }),
    ],
  },
  "存量房转移登记（买卖）": {
    situation: { use: "other", parties: "enterprise", certificates: "more" },
    by: "company",
    steps: [
      submits((hand) => ({ materials: onPaper(hand, { parties: "natural" }) }), "application.materials-missing"),
      submits({ materials: [{ material: "m2", file: "01JAAAAAAAAAAAAAAAAAAAAAAA" }] }, "application.material-unfit"),
      submits(),
      accepts(),
      isExtendedBy(0, 1),
      decides("handling"),
      decides("approval", { by: "clerk" }, "application.same-officer"),
      decides("approval"),
      concludes("application.fee-unpaid"),
      pays(56_000),
      concludes(),
      stands({ status: "concluded", outcome: "approved" }),
    ],
  },
  公司设立登记: {
    situation: { premises: "rented" },
    steps: [
      submits(promise, "application.commitment-not-allowed"),
      submits({ materials: [{ material: "m1", deferred: true }] }, "application.material-unfit"),
      submits(),
      async (hand) => {
        const first = hand.receipt;
        await submits()(hand);
        expect(hand.receipt?.duplicates).toEqual([{ id: first?.id, number: first?.number }]);
      },
      withdraws(),
      withdraws("application.already-decided"),
      accepts("application.not-submitted", verdicts.approve),
      submits(),
      accepts("done", verdicts.approve),
      concludes(),
      stands({ status: "concluded", outcome: "approved" }),
    ],
  },
  "食品经营许可（新办）": {
    by: "shop",
    steps: [
      submits((hand) => ({
        materials: onPaper(hand, {}).map(({ material }) =>
          material === "m5" || material === "m6" ? { material, deferred: true } : { material, onPaper: true },
        ),
      })),
      suspends("inspection", "application.not-accepted"),
      accepts(),
      resumes("application.not-suspended"),
      suspends("hearing", "application.no-such-procedure"),
      suspends("inspection"),
      suspends("inspection", "application.suspended"),
      decides("handling", {}, "application.suspended"),
      extendsLimit("application.suspended"),
      claims("officer", "application.no-task"),
      stands({ status: "suspended" }),
      resumes(),
      decides("handling"),
      decides("approval", {}, "application.material-outstanding"),
      supplies({ material: "m1", onPaper: true }, "application.material-not-deferred"),
      supplies({ material: "m5", deferred: true }, "application.material-not-deferred"),
      // Paper is brought to the window; a page can say what it likes.
      supplies({ material: "m5", onPaper: true }, "application.material-unfit", "channel-portal"),
      supplies({ material: "m5", onPaper: true }),
      supplies({ material: "m5", onPaper: true }, "application.material-not-deferred"),
      decides("approval", {}, "application.material-outstanding"),
      supplies({ material: "m6", onPaper: true }),
      decides("approval"),
      supplies({ material: "m6", onPaper: true }, "application.already-decided"),
      concludes(),
      stands({ status: "concluded", outcome: "approved" }),
    ],
  },
  "公共场所卫生许可（新办）": {
    situation: { procedure: "commitment", "air-conditioning": "no" },
    by: "shop",
    steps: [
      submits({ materials: [{ material: "m1", onPaper: true }] }, "application.materials-missing"),
      // What the promise stands for need not be brought.
      submits({ ...promise, materials: [{ material: "m1", onPaper: true }] }),
      verifies("kept", "application.no-commitment-to-verify"),
      accepts("done", verdicts.approve),
      concludes(),
      verifies("broken", "application.reason-required", []),
      verifies("broken"),
      verifies("kept", "application.no-commitment-to-verify"),
      stands({ status: "revoked", commitment: { verifyBy: expect.anything(), found: "broken" } }),
      submits(promise, "application.commitment-barred"),
      // Without a promise they are still heard.
      submits({ situation: { procedure: "general", "air-conditioning": "yes" } }),
      accepts("done", verdicts.refuse),
      concludes(),
      stands({ status: "concluded", outcome: "refused" }),
    ],
  },
  "劳务派遣经营许可（设立）": {
    situation: { procedure: "commitment" },
    by: "company",
    steps: [
      submits({ applicant: applicants.person }, "application.applicant-not-eligible"),
      // Broken at one department, barred at every other.
      submits({ ...promise, applicant: applicants.shop }, "application.commitment-barred"),
      submits(promise),
      accepts(),
      decides("handling", {}, "application.wrong-stage"),
      decides("approval", { by: "clerk" }, "application.same-officer"),
      decides("approval"),
      verifies("kept"),
      verifies("broken", "application.no-commitment-to-verify"),
      concludes(),
      stands({ status: "concluded", outcome: "approved" }),
      submits(promise),
      accepts(),
      decides("approval", { outcome: "refuse" }),
      concludes(),
      stands({ status: "concluded", outcome: "refused" }),
    ],
  },
  "道路货物运输经营许可（普通货运）": {
    by: "company",
    steps: [
      submits({ form: { scope: "不是数组", vehicles: -1 } }, "application.form-invalid"),
      submits((hand) => ({
        materials: onPaper(hand, {}).map(({ material }) =>
          material === "m6" ? { material, deferred: true } : { material, onPaper: true },
        ),
      })),
      accepts(),
      decides("handling", { outcome: "refuse" }),
      decides("approval", { outcome: "approve", answers: (all) => all.slice(1) }, "application.checks-unanswered"),
      // Who is refused need not bring what was to follow.
      decides("approval", { outcome: "refuse" }),
      concludes(),
      stands({ status: "concluded", outcome: "refused" }),
    ],
  },
};
