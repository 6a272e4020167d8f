import * as z from "zod";
import { cloudEvent } from "./envelope.ts";
import { ApplicantReference, Charge, Deadline, Stage, Tasks } from "./parts.ts";

const Case = z.object({
  number: z.string().describe("case number"),
  itemVersion: z.int().positive(),
  itemName: z.string(),
  applicant: ApplicantReference.optional(),
  helper: z.string().optional().describe("staff number of the clerk who helps the applicant at the counter"),
  tasks: Tasks,
});

const exampleCase = {
  number: "11440600007039469J4440131906000" + "20261122" + "7Z3K9M2QX4B",
  itemVersion: 1,
  itemName: "食品经营许可（新办）",
  applicant: { kind: "natural", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" } as const,
};
const acceptBy = { date: "2026-11-27", provisional: false };
const promisedBy = { date: "2026-12-04", provisional: false };
const decideBy = { date: "2026-12-18", provisional: false };

export const ApplicationSubmittedV1 = cloudEvent({
  type: "gov.yimen.application.submitted.v1",
  summary: "An application has been received and waits for acceptance.",
  data: Case.extend({
    acceptBy: Deadline,
    handling: z.enum(["instant", "committed"]),
    deliverable: z.boolean().optional().describe("its result can be sent by courier"),
  }),
  example: {
    ...exampleCase,
    acceptBy,
    handling: "committed",
    deliverable: true,
    tasks: [{ kind: "accept", role: "clerk", dueBy: acceptBy }],
  },
});

export const CorrectionRequestedV1 = cloudEvent({
  type: "gov.yimen.application.correction-requested.v1",
  summary: "The department has told, once and completely, what is missing (补正, art. 32); the applicant has to act.",
  data: Case.extend({ correctBy: Deadline }),
  example: { ...exampleCase, correctBy: { date: "2026-12-14", provisional: false } },
});

export const ApplicationCorrectedV1 = cloudEvent({
  type: "gov.yimen.application.corrected.v1",
  summary: "The applicant has supplied what was missing; it waits for acceptance again.",
  data: Case.extend({ acceptBy: Deadline }),
  example: { ...exampleCase, acceptBy, tasks: [{ kind: "accept", role: "clerk", dueBy: acceptBy }] },
});

export const ApplicationAcceptedV1 = cloudEvent({
  type: "gov.yimen.application.accepted.v1",
  summary: "It is accepted; the statutory clock runs.",
  data: Case.extend({
    stage: Stage.optional(),
    promisedBy: Deadline,
    decideBy: Deadline,
    deemed: z
      .boolean()
      .optional()
      .describe(
        "by law, as of the day from which nobody answered for five working days: the receipt, a correction, a settled fee",
      ),
  }),
  example: {
    ...exampleCase,
    stage: "handling",
    promisedBy,
    decideBy,
    tasks: [{ kind: "decide", role: "officer", stage: "handling", dueBy: promisedBy }],
  },
});

export const ApplicationDeclinedV1 = cloudEvent({
  type: "gov.yimen.application.declined.v1",
  summary: "The department has declined it; the reasons are in the case.",
  data: Case,
  example: exampleCase,
});

export const TaskClaimedV1 = cloudEvent({
  type: "gov.yimen.application.claimed.v1",
  summary: "An officer has taken the case's current task; nobody else may decide it until it is released.",
  data: Case.extend({ officer: z.string() }),
  example: {
    ...exampleCase,
    officer: "ss-sj-0203",
    tasks: [{ kind: "decide", role: "officer", stage: "handling", dueBy: promisedBy, claimedBy: "ss-sj-0203" }],
  },
});

export const TaskReleasedV1 = cloudEvent({
  type: "gov.yimen.application.released.v1",
  summary: "The case's current task is anyone's again.",
  data: Case.extend({ officer: z.string() }),
  example: { ...exampleCase, officer: "ss-sj-0203" },
});

export const StageDecidedV1 = cloudEvent({
  type: "gov.yimen.application.stage-decided.v1",
  summary: "A stage has been decided and the next one begins.",
  data: Case.extend({ stage: Stage, outcome: z.enum(["approve", "refuse"]), nextStage: Stage }),
  example: { ...exampleCase, stage: "handling", outcome: "approve", nextStage: "approval" },
});

const Procedure = z.enum(["hearing", "inspection", "testing", "quarantine", "expert-review"]);

export const ApplicationSuspendedV1 = cloudEvent({
  type: "gov.yimen.application.suspended.v1",
  summary: "A special procedure (特别程序, art. 45) stops the clock; its expected duration is told.",
  data: Case.extend({ procedure: Procedure, expectedBy: Deadline }),
  example: { ...exampleCase, procedure: "inspection", expectedBy: { date: "2026-12-11", provisional: false } },
});

export const ApplicationResumedV1 = cloudEvent({
  type: "gov.yimen.application.resumed.v1",
  summary: "The special procedure is over; the clock runs on with moved deadlines.",
  data: Case.extend({ procedure: Procedure, promisedBy: Deadline, decideBy: Deadline }),
  example: { ...exampleCase, procedure: "inspection", promisedBy, decideBy },
});

export const ApplicationExtendedV1 = cloudEvent({
  type: "gov.yimen.application.extended.v1",
  summary: "The limit is extended, once, by an approver who has told the reason (art. 42).",
  data: Case.extend({ promisedBy: Deadline, decideBy: Deadline }),
  example: { ...exampleCase, promisedBy, decideBy: { date: "2027-01-04", provisional: true } },
});

export const ApplicationDecidedV1 = cloudEvent({
  type: "gov.yimen.application.decided.v1",
  summary: "The decision has been made; the result is to be delivered by the day named (art. 44).",
  data: Case.extend({
    outcome: z.enum(["approved", "refused"]),
    deliverBy: Deadline,
    tacit: z.boolean().optional().describe("by the item's tacit rule: nobody decided within the statutory limit"),
    commitment: z.boolean().optional().describe("on a signed promise (告知承诺) that is still to be verified"),
    held: z
      .boolean()
      .optional()
      .describe("a fee holds the issue: deliverBy does not run, its working days begin with fee-settled"),
  }),
  example: { ...exampleCase, outcome: "approved", deliverBy: { date: "2026-12-18", provisional: false } },
});

export const CommitmentVerifiedV1 = cloudEvent({
  type: "gov.yimen.application.commitment-verified.v1",
  summary: "What was promised was found to be so.",
  data: Case,
  example: exampleCase,
});

export const ApplicationRevokedV1 = cloudEvent({
  type: "gov.yimen.application.revoked.v1",
  summary: "The promise was broken: the approval is revoked, and that is on record as credit.",
  data: Case,
  example: exampleCase,
});

export const MaterialSuppliedV1 = cloudEvent({
  type: "gov.yimen.application.material-supplied.v1",
  summary: "A deferred material (容缺受理) has been supplied.",
  data: Case.extend({ material: z.string().describe("the material's id in the item") }),
  example: { ...exampleCase, material: "m3" },
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

export const ApplicationLapsedV1 = cloudEvent({
  type: "gov.yimen.application.lapsed.v1",
  summary: "It has lapsed: the applicant did not supply what was missing, or did not pay, in time.",
  data: Case,
  example: exampleCase,
});

export const ApplicationReopenedV1 = cloudEvent({
  type: "gov.yimen.application.reopened.v1",
  summary: "A supervisor has reopened it after a successful complaint.",
  data: Case.extend({ stage: Stage.optional(), promisedBy: Deadline, decideBy: Deadline }),
  example: { ...exampleCase, stage: "handling", promisedBy, decideBy },
});

export const FeeDueV1 = cloudEvent({
  type: "gov.yimen.application.fee-due.v1",
  summary: "A fee is due before the case can go on; the case waits, the officer's clock does not run for it.",
  data: Case.extend({
    due: z.enum(["acceptance", "issue"]).describe("what is held until it is paid"),
    charges: z.array(Charge).min(1).max(20),
    total: z.int().positive().describe("fen"),
  }),
  example: {
    ...exampleCase,
    due: "issue",
    charges: [{ name: "不动产登记费（住宅类）", amount: 8000 }],
    total: 8000,
  },
});

export const FeeSettledV1 = cloudEvent({
  type: "gov.yimen.application.fee-settled.v1",
  summary: "The fee is paid; the case goes on.",
  data: Case.extend({ due: z.enum(["acceptance", "issue"]), order: z.string() }),
  example: { ...exampleCase, due: "issue", order: "01KB0M7X9Y8Z7W6V5T4S3R2Q1P" },
});

const DeadlineKind = z.enum([
  "acceptance",
  "promised",
  "statutory",
  "delivery",
  "correction",
  "material",
  "procedure",
  "commitment",
]);

export const DeadlineNearV1 = cloudEvent({
  type: "gov.yimen.application.deadline-near.v1",
  summary: "A deadline is near (黄牌 threshold, configuration per city). Raised once for each deadline.",
  data: Case.extend({ deadline: DeadlineKind, dueBy: Deadline }),
  example: { ...exampleCase, deadline: "promised", dueBy: promisedBy },
});

export const DeadlineOverdueV1 = cloudEvent({
  type: "gov.yimen.application.overdue.v1",
  summary: "A deadline has passed (红牌). Raised once for each deadline.",
  data: Case.extend({ deadline: DeadlineKind, dueBy: Deadline }),
  example: { ...exampleCase, deadline: "promised", dueBy: promisedBy },
});

export const DeadlinesRecomputedV1 = cloudEvent({
  type: "gov.yimen.application.deadlines-recomputed.v1",
  summary: "A year's holiday notice has come out and the case's deadlines have moved; read the case for the new ones.",
  data: Case,
  example: { ...exampleCase, tasks: [{ kind: "decide", role: "officer", stage: "handling", dueBy: promisedBy }] },
});

export const FileRejectedV1 = cloudEvent({
  type: "gov.yimen.application.file-rejected.v1",
  summary: "An uploaded file was refused by the check of its content; the applicant has to upload another.",
  data: z.object({
    file: z.string().describe("the file's id; the event's subject"),
    reason: z.enum(["malware", "type-differs", "checksum-differs", "size-differs", "unreadable"]),
    applicant: ApplicantReference.optional(),
  }),
  example: { file: "01KB0M5Q2W8ZC3T7N4XJ6VHR9E", reason: "malware", applicant: exampleCase.applicant },
});

export const PersonalDataReadV1 = cloudEvent({
  type: "gov.yimen.application.personal-data-read.v1",
  summary: "Someone has read the applicant's unmasked data.",
  data: z.object({
    number: z.string(),
    client: z.string(),
    officer: z.string(),
    purpose: z.string(),
    applicant: ApplicantReference.optional(),
  }),
  example: {
    number: exampleCase.number,
    applicant: exampleCase.applicant,
    client: "dept-market-440607",
    officer: "ss-sj-0203",
    purpose: "decision",
  },
});

export const FileReadV1 = cloudEvent({
  type: "gov.yimen.application.file-read.v1",
  summary: "Someone has been given a link to a file of the applicant's or to a receipt of their case.",
  data: z.object({
    file: z.string().describe("the file's id, or the case's when it is a receipt"),
    what: z.enum(["file", "receipt"]),
    client: z.string(),
    officer: z.string().optional(),
    purpose: z.string(),
    number: z.string().optional().describe("case number, where it was read for a case"),
    applicant: ApplicantReference.optional(),
  }),
  example: {
    file: "01KB0M5Q2W8ZC3T7N4XJ6VHR9E",
    what: "file",
    client: "dept-market-440607",
    officer: "ss-sj-0203",
    purpose: "decision",
    number: exampleCase.number,
    applicant: exampleCase.applicant,
  },
});
