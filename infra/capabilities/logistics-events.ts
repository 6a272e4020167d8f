import {
  ApplicationAcceptedV1,
  ApplicationConcludedV1,
  ApplicationDecidedV1,
  ApplicationDeclinedV1,
  ApplicationLapsedV1,
  ApplicationReopenedV1,
  ApplicationRevokedV1,
  ApplicationSubmittedV1,
  ApplicationWithdrawnV1,
} from "#shared/contracts/events/applications.ts";
import { OrderClosedV1, OrderSettledV1, RefundCompletedV1 } from "#shared/contracts/events/payments.ts";

const types = (contracts: readonly { readonly type: string }[]): string[] => contracts.map(({ type }) => type);

/** What parcels hear of cases: exactly what the function knows. */
export const OF_CASES = types([
  ApplicationSubmittedV1,
  ApplicationAcceptedV1,
  ApplicationDecidedV1,
  ApplicationConcludedV1,
  ApplicationDeclinedV1,
  ApplicationWithdrawnV1,
  ApplicationLapsedV1,
  ApplicationRevokedV1,
  ApplicationReopenedV1,
]);

/** What parcels hear of money. */
export const OF_PAYMENTS = types([OrderSettledV1, OrderClosedV1, RefundCompletedV1]);
