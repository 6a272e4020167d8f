import {
  decideRefund,
  listDepartmentPaymentOrders,
  requestRefund,
  settlePaymentAttention,
} from "#shared/contracts/http/payments.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { type Keyed, keyed } from "#shared/kernel/keyed.ts";
import { endpoint, type Request } from "#shared/runtime/endpoint.ts";
import type { Change, Order } from "../domain/order.ts";
import type { Orders } from "../domain/ports.ts";
import * as refunding from "../domain/refunding.ts";
import { departmentViewOf, ofDepartment, officerOf } from "./seeing.ts";

interface Deps {
  readonly orders: Orders;
  readonly now: Clock;
}

interface Command extends Keyed {
  readonly officer: string;
}

/** Runs one command of an official on one order of their own department. */
const acting = async <P extends { id: string }, B extends { officer?: string | undefined }, E extends string>(
  deps: Deps,
  operation: string,
  request: Request<P, unknown, B>,
  roles: Parameters<typeof officerOf>[2],
  decide: (order: Order, command: Command) => Decision<Change | undefined, E>,
) => {
  const officer = officerOf(request.caller, request.body.officer, roles);
  if (!officer.ok) return officer;
  const order = await deps.orders.find(request.path.id);
  if (!order || !ofDepartment(request.caller, order)) return refuse("payment.order-not-found");
  const decision = decide(order, {
    officer: officer.value,
    ...keyed(request, [operation, request.path, request.body]),
  });
  if (!decision.ok) return decision;
  if (decision.value) await deps.orders.save(decision.value);
  return accept(departmentViewOf(decision.value?.order ?? order));
};

export const listDepartmentPaymentOrdersEndpoint = (deps: Deps) =>
  endpoint(listDepartmentPaymentOrders, async ({ query, caller }) => {
    const orders = await deps.orders.ofApplication(query.application);
    return accept({ items: orders.filter((order) => ofDepartment(caller, order)).map(departmentViewOf) });
  });

export const requestRefundEndpoint = (deps: Deps) =>
  endpoint(requestRefund, (request) =>
    acting(deps, "request", request, ["clerk", "officer"], (order, command) =>
      refunding.requestRefund(order, { ...request.body, ...command }, deps.now()),
    ),
  );

export const decideRefundEndpoint = (deps: Deps) =>
  endpoint(decideRefund, (request) =>
    acting(deps, "decide", request, ["approver"], (order, command) =>
      refunding.decideRefund(
        order,
        { refund: request.path.refund, approve: request.body.approve, ...command },
        deps.now(),
      ),
    ),
  );

export const settlePaymentAttentionEndpoint = (deps: Deps) =>
  endpoint(settlePaymentAttention, (request) =>
    acting(deps, "settle", request, ["clerk", "officer"], (order, command) =>
      refunding.settleAttention(
        order,
        { reference: request.path.reference, outcome: request.body.outcome, note: request.body.note, ...command },
        deps.now(),
      ),
    ),
  );
