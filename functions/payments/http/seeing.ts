import type { Caller } from "#shared/contracts/http/caller.ts";
import type { DepartmentOrderView, PaymentOrderView } from "#shared/contracts/http/payments.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import type { Order } from "../domain/order.ts";

/** A channel may pay any order whose id it knows; a person only their own, or those of whom they act for. */
export const mayPay = ({ channel, person, actFor }: Caller, { applicant }: Order): boolean =>
  person === undefined
    ? channel !== undefined
    : actFor !== undefined && applicant?.kind === actFor.kind && applicant.id === actFor.id;

/** Staff and systems see the orders of their own house and of the divisions they serve. */
export const ofDepartment = ({ department, division }: Caller, order: Order): boolean =>
  department !== undefined &&
  order.department === department &&
  (order.division === undefined || (division !== undefined && isWithin(order.division, division)));

type Role = "clerk" | "officer" | "approver" | "operator";

/** Who acts: whose token it is, with a role for it; or whom the department's system names, for whom it vouches. */
export const officerOf = (
  caller: Caller,
  named: string | undefined,
  roles: readonly Role[],
): Decision<string, "payment.role-missing" | "payment.officer-missing"> => {
  if (caller.staff !== undefined)
    return roles.some((role) => caller.roles?.includes(role)) ? accept(caller.staff) : refuse("payment.role-missing");
  return named === undefined ? refuse("payment.officer-missing") : accept(named);
};

const viewOf = (order: Order): PaymentOrderView => ({
  id: order.id,
  version: order.version,
  purpose: { ...order.purpose },
  application: order.application,
  number: order.number,
  status: order.status,
  ...(order.status === "closed" && { reason: order.reason }),
  charges: order.charges.map((charge) => ({ ...charge })),
  total: order.total,
  payBy: { ...order.payBy },
  openedAt: order.openedAt,
  ...(order.status === "settled" && { settled: { provider: order.settlement.provider, at: order.settlement.at } }),
  ...(order.status === "settled" && order.receipt && { receipt: order.receipt.state }),
  refunds: order.refunds.map(({ id, amount, reason, state, automatic, requestedAt, requestedBy, decidedBy }) => ({
    id,
    amount,
    reason,
    state,
    automatic,
    requestedAt,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(decidedBy !== undefined && { decidedBy }),
  })),
});

export const departmentViewOf = (order: Order): DepartmentOrderView => ({
  ...viewOf(order),
  surplus: order.surplus.map(({ number, provider, amount, at }) => ({ number, provider, amount, at })),
  attention: order.attention.map((each) => ({ ...each })),
});

/** What the payer sees of who decided: nothing. Names of officers are the department's. */
export const payerViewOf = (order: Order): PaymentOrderView => {
  const view = viewOf(order);
  return { ...view, refunds: view.refunds.map(({ requestedBy: _, decidedBy: __, ...refund }) => refund) };
};
