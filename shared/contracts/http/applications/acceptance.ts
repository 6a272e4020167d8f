import * as z from "zod";
import { route } from "../route.ts";
import { byId, Defect, Officer, Reason, Reasons, receipt } from "./parts.ts";
import { pick } from "./texts.ts";

const officer = Officer.optional();

export const acceptApplication = route({
  operation: "acceptApplication",
  tag: "applications",
  summary: "Accept (受理): the statutory clock starts; an instant item is decided at once",
  method: "POST",
  path: "/v1/applications/{id}/accept",
  scopes: ["applications:decide"],
  pathParams: byId,
  keyed: true,
  body: z.object({
    officer,
    decision: z.object({ outcome: z.enum(["approve", "refuse"]), reasons: Reasons }).optional(),
  }),
  success: receipt,
  refusals: pick(
    "application.not-found",
    "application.officer-required",
    "application.role-missing",
    "application.claimed",
    "application.not-submitted",
    "application.fee-unpaid",
    "application.own-case",
    "application.decision-required",
    "application.decision-not-due",
    "application.limit-passed",
    "application.reason-required",
  ),
});

export const declineApplication = route({
  operation: "declineApplication",
  tag: "applications",
  summary: "Decline (不予受理), with the reasons",
  method: "POST",
  path: "/v1/applications/{id}/decline",
  scopes: ["applications:decide"],
  pathParams: byId,
  keyed: true,
  body: z.object({ officer, reasons: z.array(Reason).min(1).max(20) }),
  success: receipt,
  refusals: pick(
    "application.not-found",
    "application.officer-required",
    "application.role-missing",
    "application.claimed",
    "application.not-submitted",
    "application.fee-unpaid",
    "application.own-case",
    "application.deemed-accepted",
  ),
});

export const requestCorrection = route({
  operation: "requestCorrection",
  tag: "applications",
  summary: "Tell what is missing (补正告知): once and completely",
  method: "POST",
  path: "/v1/applications/{id}/request-correction",
  scopes: ["applications:decide"],
  pathParams: byId,
  keyed: true,
  body: z.object({ officer, defects: z.array(Defect).min(1).max(60) }),
  success: receipt,
  refusals: pick(
    "application.not-found",
    "application.officer-required",
    "application.role-missing",
    "application.claimed",
    "application.not-submitted",
    "application.fee-unpaid",
    "application.own-case",
    "application.deemed-accepted",
    "application.correction-used",
    "application.material-unknown",
  ),
});
