import * as z from "zod";
import { cloudEvent } from "./envelope.ts";

/** A reference to the applicant's account, where the channel knew it; never the person. */
const applicant = z
  .object({
    kind: z.enum(["natural", "legal"]),
    id: z.string().describe("identity's id of a person, or a unified social credit code"),
  })
  .optional();

const Case = z.object({
  number: z.string().describe("case number"),
  itemVersion: z.int().positive(),
  itemName: z.string(),
  applicant,
});
const Deadline = z.object({ date: z.iso.date(), provisional: z.boolean() });
const Stage = z.enum(["handling", "review", "approval"]);

const exampleCase = {
  number: "11440600007039469J4440131906000" + "20261122" + "7Z3K9M2QX4B",
  itemVersion: 1,
  itemName: "食品经营许可（新办）",
  applicant: { kind: "natural", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" } as const,
};

export const ApplicationSubmittedV1 = cloudEvent({
  type: "gov.yimen.application.submitted.v1",
  summary: "An application has been received and waits for acceptance.",
  data: Case.extend({ acceptBy: Deadline, handling: z.enum(["instant", "committed"]) }),
  example: { ...exampleCase, acceptBy: { date: "2026-11-27", provisional: false }, handling: "committed" },
});

export const ApplicationAcceptedV1 = cloudEvent({
  type: "gov.yimen.application.accepted.v1",
  summary: "The department has accepted it; the statutory clock runs.",
  data: Case.extend({ stage: Stage.optional(), promisedBy: Deadline, decideBy: Deadline }),
  example: {
    ...exampleCase,
    stage: "handling",
    promisedBy: { date: "2026-12-04", provisional: false },
    decideBy: { date: "2026-12-18", provisional: false },
  },
});

export const ApplicationDeclinedV1 = cloudEvent({
  type: "gov.yimen.application.declined.v1",
  summary: "The department has declined it; the reasons are in the case.",
  data: Case,
  example: exampleCase,
});

export const StageDecidedV1 = cloudEvent({
  type: "gov.yimen.application.stage-decided.v1",
  summary: "A stage has been decided and the next one begins.",
  data: Case.extend({ stage: Stage, outcome: z.enum(["approve", "refuse"]), nextStage: Stage }),
  example: { ...exampleCase, stage: "handling", outcome: "approve", nextStage: "approval" },
});

export const ApplicationDecidedV1 = cloudEvent({
  type: "gov.yimen.application.decided.v1",
  summary: "The decision has been made; the result is to be delivered by the day named (art. 44).",
  data: Case.extend({ outcome: z.enum(["approved", "refused"]), deliverBy: Deadline }),
  example: { ...exampleCase, outcome: "approved", deliverBy: { date: "2026-12-18", provisional: false } },
});

export const ApplicationConcludedV1 = cloudEvent({
  type: "gov.yimen.application.concluded.v1",
  summary: "The case is closed.",
  data: Case.extend({ outcome: z.enum(["approved", "refused"]) }),
  example: { ...exampleCase, outcome: "approved" },
});

export const ApplicationWithdrawnV1 = cloudEvent({
  type: "gov.yimen.application.withdrawn.v1",
  summary: "The applicant has withdrawn it.",
  data: Case,
  example: exampleCase,
});

export const PersonalDataReadV1 = cloudEvent({
  type: "gov.yimen.application.personal-data-read.v1",
  summary: "Someone has read the applicant's unmasked data.",
  data: z.object({ number: z.string(), client: z.string(), officer: z.string(), purpose: z.string(), applicant }),
  example: {
    number: exampleCase.number,
    applicant: exampleCase.applicant,
    client: "dept-market-440607",
    officer: "ss-sj-0203",
    purpose: "decision",
  },
});
