import type { Instant } from "#shared/kernel/clock.ts";
import { type Deadline, isPast } from "#shared/kernel/working-days.ts";
import type { Application, Opinion, Outcome } from "./application.ts";
import type { Given, Outcomes } from "./change.ts";
import { feeDue, unpaid } from "./fees.ts";
import type { ItemRules } from "./item-rules.ts";
import { DELIVERY_DAYS } from "./settings.ts";
import { termAfter } from "./term.ts";

export interface Verdict {
  readonly outcome: Opinion;
  readonly reasons: readonly string[];
}

export const lacksReason = ({ outcome, reasons }: Verdict): boolean => outcome === "refuse" && reasons.length === 0;

export const reasonsOf = ({ reasons }: Pick<Verdict, "reasons">) => (reasons.length > 0 ? { reasons } : {});

/**
 * The statutory limit of an item with a tacit rule (默示) has passed: the law has decided the case, though the sweep has not written it
 * down yet. Nobody decides it otherwise, stops its clock or takes it back.
 */
export const isDecidedByLaw = (decideBy: Deadline, { tacit }: Pick<ItemRules, "tacit">, at: Instant): boolean =>
  tacit !== "none" && isPast(decideBy, at);

/**
 * The decision on the case. An approval that has still to be paid for is held before its issue: the delivery's clock waits too.
 * What was promised is to be looked into from now on.
 */
export const decided = (
  { fees, commitment }: Pick<Application, "fees" | "commitment">,
  { settings }: Given,
  verdict: Verdict,
  at: Instant,
  tacit?: true,
) => {
  const outcome: Outcome = verdict.outcome === "approve" ? "approved" : "refused";
  const toPay = outcome === "approved" ? unpaid(fees, "issue") : undefined;
  const promised = outcome === "approved" ? commitment : undefined;
  const deliverBy = termAfter(at, DELIVERY_DAYS);
  return {
    phase: { status: outcome, deliverBy, ...(toPay && { held: true }) },
    facts: promised ? { commitment: { ...promised, verifyBy: termAfter(at, settings.verifyDays) } } : {},
    steps: [{ step: outcome, ...reasonsOf(verdict), ...(tacit && { byLaw: true }) }],
    events: [
      {
        type: "decided",
        outcome,
        deliverBy,
        ...(tacit && { tacit }),
        ...(promised && { commitment: true }),
        ...(toPay && { held: true }),
      },
      ...(toPay ? [feeDue(toPay)] : []),
    ],
  } as const satisfies Outcomes;
};
