import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Application, CaseFee } from "./application.ts";
import { type ApplicationEvent, type Change, type Command, changed, type Given } from "./change.ts";
import { applies, type FeeDue, type ItemRules, type Situation } from "./item-rules.ts";
import { ACCEPTANCE_DAYS, DELIVERY_DAYS } from "./settings.ts";
import { termAfter } from "./term.ts";

/** What the applicant has to pay in their situation, before the acceptance and before the issue; nothing for fees of 0. */
export const feesOf = ({ fees }: ItemRules, situation: Situation): readonly CaseFee[] =>
  (["acceptance", "issue"] as const).flatMap((due): CaseFee[] => {
    const charges = fees
      .filter((fee) => fee.due === due && fee.amount > 0 && applies(fee.when, situation))
      .map(({ name, amount, chargeItem }) => ({ name, amount, ...(chargeItem && { chargeItem }) }));
    const total = charges.reduce((sum, { amount }) => sum + amount, 0);
    return total > 0 ? [{ due, charges, total }] : [];
  });

/** The fee that is still to be paid before `due`. */
export const unpaid = (fees: readonly CaseFee[], due: FeeDue): CaseFee | undefined =>
  fees.find((fee) => fee.due === due && fee.order === undefined);

export const feeDue = ({ due, charges, total }: CaseFee): ApplicationEvent => ({
  type: "fee-due",
  due,
  charges,
  total,
});

export interface Settlement {
  readonly due: FeeDue;
  readonly order: string;
  /** When it was paid, and not when we were told. */
  readonly settledAt: Instant;
}

/**
 * The fee is paid: the case goes on, and the department's period that was held has begun with the payment. What the law makes of it if
 * nobody answers counts from there, too (docs/decisions/0056-no-clock-while-a-fee-is-waited-for.md). Paid for a case that
 * waits no longer (withdrawn meanwhile) it is only noted: giving back is the payments' matter.
 */
export const settleFee = (
  state: Application,
  given: Given,
  { due, order, settledAt }: Settlement,
  command: Command,
): Decision<Change, "application.no-fee-due"> => {
  if (!unpaid(state.fees, due)) return refuse("application.no-fee-due");
  const { phase } = state;
  const goesOn =
    phase.status === "submitted" && due === "acceptance"
      ? { status: phase.status, since: settledAt, acceptBy: termAfter(settledAt, ACCEPTANCE_DAYS) }
      : phase.status === "approved" && phase.held && due === "issue"
        ? { status: phase.status, deliverBy: termAfter(settledAt, DELIVERY_DAYS) }
        : undefined;
  return accept(
    changed(
      state,
      {
        ...(goesOn && { phase: goesOn }),
        facts: { fees: state.fees.map((fee) => (fee.due === due ? { ...fee, order } : fee)) },
        steps: [{ step: "fee-settled" }],
        events: [{ type: "fee-settled", due, order }],
      },
      command,
      given,
    ),
  );
};
