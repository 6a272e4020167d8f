import * as z from "zod";
import { StageName } from "../catalogue/item.ts";
import { route } from "../route.ts";
import { Answer, byId, Officer, Procedure, Reason, Reasons, receipt } from "./parts.ts";
import { pick } from "./texts.ts";

const officer = Officer.optional();
const acting = [
  "application.not-found",
  "application.officer-required",
  "application.role-missing",
  "application.claimed",
] as const;

/** A command on the department's own case. */
const command = <const P extends `/${string}`>(path: P) =>
  ({
    tag: "applications",
    method: "POST",
    path: `/v1/applications/{id}${path}`,
    scopes: ["applications:decide"],
    pathParams: byId,
    keyed: true,
    success: receipt,
  }) as const;

export const claimTask = route({
  ...command("/claim"),
  operation: "claimTask",
  summary: "Take the case's current task (签收): nobody else decides it until it is done or released",
  body: z.object({ officer }),
  refusals: pick(...acting, "application.no-task", "application.claimed"),
});

export const releaseTask = route({
  ...command("/release"),
  operation: "releaseTask",
  summary: "Give the task back; a supervisor may do so for another",
  // A supervisor decides nothing, and so has no scope to decide.
  scopes: ["applications:read"],
  body: z.object({ officer }),
  refusals: pick(...acting, "application.not-claimed"),
});

export const decideStage = route({
  ...command("/stages/{stage}/decide"),
  operation: "decideStage",
  summary: "Decide the current stage on its approval form; the last stage's decision is the case's",
  pathParams: byId.extend({ stage: StageName }),
  body: z.object({
    officer,
    outcome: z.enum(["approve", "refuse"]),
    reasons: Reasons,
    answers: z.array(Answer).max(50).optional().describe("the stage's approval form, every check of it"),
  }),
  refusals: pick(
    ...acting,
    "application.not-accepted",
    "application.suspended",
    "application.limit-passed",
    "application.wrong-stage",
    "application.checks-unanswered",
    "application.check-unknown",
    "application.check-reason-required",
    "application.decision-contradicts-checks",
    "application.reason-required",
    "application.same-officer",
    "application.own-case",
    "application.material-outstanding",
  ),
});

export const suspendApplication = route({
  ...command("/suspend"),
  operation: "suspendApplication",
  summary: "Begin a special procedure (特别程序): the clock stops",
  body: z.object({ officer, procedure: Procedure }),
  refusals: pick(
    ...acting,
    "application.not-accepted",
    "application.suspended",
    "application.limit-passed",
    "application.no-such-procedure",
  ),
});

export const resumeApplication = route({
  ...command("/resume"),
  operation: "resumeApplication",
  summary: "The special procedure is over: the clock runs on",
  body: z.object({ officer }),
  refusals: pick(...acting, "application.not-suspended"),
});

export const extendApplication = route({
  ...command("/extend"),
  operation: "extendApplication",
  summary: "Extend the limit by 10 working days (延期), once, with the reason",
  body: z.object({ officer, reason: Reason }),
  refusals: pick(
    ...acting,
    "application.not-accepted",
    "application.suspended",
    "application.already-extended",
    "application.limit-passed",
  ),
});

export const verifyCommitment = route({
  ...command("/verify-commitment"),
  operation: "verifyCommitment",
  summary: "Say whether what was promised (告知承诺) was so; a broken promise revokes the approval",
  body: z.object({ officer, found: z.enum(["kept", "broken"]), reasons: Reasons }),
  refusals: pick(
    ...acting,
    "application.no-commitment-to-verify",
    "application.own-case",
    "application.reason-required",
  ),
});

export const concludeApplication = route({
  ...command("/conclude"),
  operation: "concludeApplication",
  summary: "Conclude (办结): the result has been issued and delivered",
  body: z.object({ officer }),
  refusals: pick(...acting, "application.not-decided", "application.fee-unpaid"),
});

export const reopenApplication = route({
  ...command("/reopen"),
  operation: "reopenApplication",
  summary: "Reopen a closed case after a successful complaint; supervisors only",
  scopes: ["applications:supervise"],
  body: z.object({ officer, complaint: z.string().min(3).max(100).describe("the complaint's number"), reason: Reason }),
  refusals: pick(...acting, "application.not-closed", "application.own-case"),
});
