import {
  ApplicationAcceptedV1,
  ApplicationCorrectedV1,
  ApplicationDecidedV1,
  ApplicationDeclinedV1,
  ApplicationExtendedV1,
  ApplicationLapsedV1,
  ApplicationReopenedV1,
  ApplicationResumedV1,
  ApplicationRevokedV1,
  ApplicationSubmittedV1,
  ApplicationSuspendedV1,
  ApplicationWithdrawnV1,
  CorrectionRequestedV1,
  DeadlineNearV1,
  DeadlineOverdueV1,
  FeeDueV1,
  FeeSettledV1,
  FileReadV1,
  FileRejectedV1,
  MaterialSuppliedV1,
  PersonalDataReadV1,
  StageDecidedV1,
  TaskReleasedV1,
} from "#shared/contracts/events/applications.ts";
import {
  ShipmentAttentionNeededV1,
  ShipmentDeliveredV1,
  ShipmentDiffersV1,
  ShipmentMovedV1,
  ShipmentReadyV1,
  ShipmentReturnedV1,
  ShipmentSentV1,
} from "#shared/contracts/events/logistics.ts";
import {
  DayDiffersV1,
  OrderSettledV1,
  PaymentAttentionNeededV1,
  RefundCompletedV1,
  RefundRequestedV1,
} from "#shared/contracts/events/payments.ts";
import { EndpointDisabledV1, EndpointFailingV1, EndpointTestedV1 } from "#shared/contracts/events/webhooks.ts";

/*
 * What wakes the functions of notifications, type by type: a queue that is woken for nothing costs as much as one that has work.
 * test/unit/notifications/rules.test.ts holds them to what the functions do.
 */

/** Told to officials (domain/work.ts). */
export const TOLD_TO_OFFICIALS: string[] = [
  ApplicationSubmittedV1,
  ApplicationCorrectedV1,
  ApplicationAcceptedV1,
  StageDecidedV1,
  ApplicationResumedV1,
  ApplicationReopenedV1,
  TaskReleasedV1,
  FeeSettledV1,
  MaterialSuppliedV1,
  ApplicationDecidedV1,
  DeadlineNearV1,
  DeadlineOverdueV1,
  RefundRequestedV1,
  PaymentAttentionNeededV1,
  DayDiffersV1,
  ShipmentReadyV1,
  ShipmentDiffersV1,
  ShipmentReturnedV1,
  ShipmentAttentionNeededV1,
  EndpointFailingV1,
  EndpointDisabledV1,
].map(({ type }) => type);

/** Told to people (consumers/progress-of-event.ts). */
export const TOLD_TO_PEOPLE: string[] = [
  ApplicationSubmittedV1,
  CorrectionRequestedV1,
  ApplicationAcceptedV1,
  ApplicationDeclinedV1,
  ApplicationSuspendedV1,
  ApplicationResumedV1,
  ApplicationExtendedV1,
  ApplicationDecidedV1,
  ApplicationRevokedV1,
  ApplicationLapsedV1,
  ApplicationReopenedV1,
  ApplicationWithdrawnV1,
  FeeDueV1,
  DeadlineNearV1,
  FileRejectedV1,
  OrderSettledV1,
  RefundCompletedV1,
  ShipmentSentV1,
  ShipmentMovedV1,
  ShipmentDeliveredV1,
  ShipmentReturnedV1,
].map(({ type }) => type);

/** Capabilities whose events tell what waits for an official; the beginnings of their types. */
export const TASK_CAPABILITIES = ["application", "payment", "shipment", "webhook"].map(
  (capability) => `gov.yimen.${capability}.`,
);

/** Their events that say nothing of tasks (consumers/tasks-of-event.ts). */
export const WITHOUT_TASKS: string[] = [PersonalDataReadV1, FileReadV1, FileRejectedV1, EndpointTestedV1].map(
  ({ type }) => type,
);
