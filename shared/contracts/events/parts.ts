import * as z from "zod";
import { StaffRole } from "./identity.ts";

/** A reference to the applicant's account, where the channel knew it; never the person. */
export const ApplicantReference = z.object({
  kind: z.enum(["natural", "legal"]),
  id: z.string().describe("identity's id of a person, or a unified social credit code"),
});

export const Deadline = z.object({ date: z.iso.date(), provisional: z.boolean() });

export const Stage = z.enum(["handling", "review", "approval"]);

/**
 * What waits for an official (待办). Every event of an aggregate tells all that wait after its change, so that a reader who
 * keeps only those of the highest `sequence` has a list without stale entries.
 */
export const Task = z.object({
  kind: z.enum([
    "accept",
    "decide",
    "resume",
    "issue",
    "verify-commitment",
    "chase-material",
    "approve-refund",
    "settle-payment",
    "send-parcel",
    "settle-parcel",
    "settle-difference",
    "mend-endpoint",
  ]),
  role: StaffRole.describe("who may do it, within the event's department and division"),
  stage: Stage.optional(),
  dueBy: Deadline.optional(),
  claimedBy: z.string().optional().describe("staff number of the officer who has taken it"),
});
export type Task = z.infer<typeof Task>;

/** Absent when nothing waits. */
export const Tasks = z.array(Task).max(20).optional();

/** What is to be paid. Amounts are whole fen. */
export const Charge = z.object({
  name: z.string(),
  amount: z.int().nonnegative().describe("fen"),
  chargeItem: z.string().optional().describe("charge-item code of the fiscal receipt, 12 digits"),
});
