import type { Application } from "./application.ts";
import { dueBy } from "./deadlines.ts";
import type { StageName } from "./item-rules.ts";
import type { Term } from "./term.ts";

/** Where an open case lies: what it waits for. In the order in which a worklist walks through them. */
export const desks = ["accept", "handling", "review", "approval", "issue", "verify", "waiting"] as const;
export type Desk = (typeof desks)[number];

/** None once nothing more is expected of anyone. */
export const deskOf = ({ phase, commitment }: Pick<Application, "phase" | "commitment">): Desk | undefined => {
  switch (phase.status) {
    case "submitted":
      return phase.payBy ? "waiting" : "accept";
    case "returned":
    case "suspended":
      return "waiting";
    case "accepted":
      return phase.stage;
    case "approved":
    case "refused":
      return phase.held ? "waiting" : "issue";
    case "concluded":
      return commitment?.verifyBy && !commitment.found ? "verify" : undefined;
    case "declined":
    case "revoked":
    case "withdrawn":
    case "lapsed":
      return undefined;
  }
};

export type Role = "clerk" | "officer" | "approver" | "supervisor";

const roles = {
  accept: "clerk",
  handling: "officer",
  review: "officer",
  approval: "approver",
  issue: "clerk",
  verify: "officer",
} as const satisfies Record<Exclude<Desk, "waiting">, Role>;

export const roleOf = (desk: Exclude<Desk, "waiting">): Role => roles[desk];

/** What waits for an official (待办). */
export interface Task {
  readonly kind: "accept" | "decide" | "resume" | "issue" | "verify-commitment" | "chase-material";
  readonly role: Role;
  readonly stage?: StageName;
  readonly dueBy?: Term;
  readonly claimedBy?: string;
}

/** All that waits for officials in this state: the case's own task, and beside it what has to be seen to. */
export const tasksOf = (state: Application): readonly Task[] => {
  const { phase, commitment, deferred, claimedBy } = state;
  const desk = deskOf(state);
  const due = dueBy(state);
  const taken = { ...(due && { dueBy: due }), ...(claimedBy && { claimedBy }) };
  const tasks: Task[] = [];
  if (desk === "accept") tasks.push({ kind: "accept", role: "clerk", ...taken });
  if (phase.status === "accepted")
    tasks.push({ kind: "decide", role: roleOf(phase.stage), stage: phase.stage, ...taken });
  if (phase.status === "suspended") tasks.push({ kind: "resume", role: "officer", ...taken });
  if (desk === "issue") tasks.push({ kind: "issue", role: "clerk", ...taken });
  if ((phase.status === "approved" || desk === "verify") && commitment?.verifyBy && !commitment.found)
    tasks.push({
      kind: "verify-commitment",
      role: "officer",
      dueBy: commitment.verifyBy,
      ...(desk === "verify" && claimedBy && { claimedBy }),
    });
  if (phase.status === "accepted" || phase.status === "suspended")
    for (const { by, supplied } of deferred)
      if (!supplied) tasks.push({ kind: "chase-material", role: "clerk", ...(by && { dueBy: by }) });
  return tasks.slice(0, 20);
};
