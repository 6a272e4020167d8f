import type { Endpoint } from "#shared/runtime/endpoint.ts";
import {
  checkOutPaymentOrderEndpoint,
  listPaymentOrdersEndpoint,
  type PayingDeps,
  readFiscalReceiptEndpoint,
  readPaymentOrderEndpoint,
  renewPaymentOrderEndpoint,
} from "./paying.ts";
import {
  closeBillDayEndpoint,
  compareBillDayEndpoint,
  readBillDayEndpoint,
  resolveDifferenceEndpoint,
} from "./reconciling.ts";
import {
  decideRefundEndpoint,
  listDepartmentPaymentOrdersEndpoint,
  requestRefundEndpoint,
  settlePaymentAttentionEndpoint,
} from "./refunding.ts";

export const paymentEndpoints = (deps: PayingDeps & Parameters<typeof readBillDayEndpoint>[0]): readonly Endpoint[] => [
  listPaymentOrdersEndpoint(deps),
  readPaymentOrderEndpoint(deps),
  checkOutPaymentOrderEndpoint(deps),
  renewPaymentOrderEndpoint(deps),
  readFiscalReceiptEndpoint(deps),
  listDepartmentPaymentOrdersEndpoint(deps),
  requestRefundEndpoint(deps),
  decideRefundEndpoint(deps),
  settlePaymentAttentionEndpoint(deps),
  readBillDayEndpoint(deps),
  compareBillDayEndpoint(deps),
  resolveDifferenceEndpoint(deps),
  closeBillDayEndpoint(deps),
];
