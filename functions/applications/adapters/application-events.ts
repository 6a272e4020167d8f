import {
  ApplicationAcceptedV1,
  ApplicationConcludedV1,
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
  CommitmentVerifiedV1,
  CorrectionRequestedV1,
  DeadlineNearV1,
  DeadlineOverdueV1,
  DeadlinesRecomputedV1,
  FeeDueV1,
  FeeSettledV1,
  MaterialSuppliedV1,
  PersonalDataReadV1,
  StageDecidedV1,
  TaskClaimedV1,
  TaskReleasedV1,
} from "#shared/contracts/events/applications.ts";
import type { AnyEvent, EventContract } from "#shared/contracts/events/envelope.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { Application } from "../domain/application.ts";
import type { ApplicationEvent, Change } from "../domain/change.ts";
import { tasksOf } from "../domain/desk.ts";
import type { Reading } from "../domain/ports.ts";

const contracts = {
  submitted: ApplicationSubmittedV1,
  "correction-requested": CorrectionRequestedV1,
  corrected: ApplicationCorrectedV1,
  accepted: ApplicationAcceptedV1,
  declined: ApplicationDeclinedV1,
  claimed: TaskClaimedV1,
  released: TaskReleasedV1,
  "stage-decided": StageDecidedV1,
  suspended: ApplicationSuspendedV1,
  resumed: ApplicationResumedV1,
  extended: ApplicationExtendedV1,
  decided: ApplicationDecidedV1,
  "commitment-verified": CommitmentVerifiedV1,
  revoked: ApplicationRevokedV1,
  "material-supplied": MaterialSuppliedV1,
  concluded: ApplicationConcludedV1,
  withdrawn: ApplicationWithdrawnV1,
  lapsed: ApplicationLapsedV1,
  reopened: ApplicationReopenedV1,
  "fee-due": FeeDueV1,
  "fee-settled": FeeSettledV1,
  "deadline-near": DeadlineNearV1,
  overdue: DeadlineOverdueV1,
  "deadlines-recomputed": DeadlinesRecomputedV1,
} as const satisfies Record<ApplicationEvent["type"], EventContract>;

const extensionsOf = ({ item }: Application) => ({
  department: item.department.uscc,
  division: item.division,
  itemcode: item.code,
});

/** A person's account, where the channel knew it. Who an enterprise is, is told by its number: that stays in the case. */
const applicantOf = ({ applicant: { kind, person } }: Application) =>
  kind === "natural" && person ? { applicant: { kind, id: person } } : {};

/** The CloudEvents of a change: references and codes, nothing of the applicant or the form. */
export const cloudEventsOf = ({ state, at, events }: Change): AnyEvent[] => {
  const tasks = tasksOf(state);
  const helper = state.timeline[0]?.by.helper;
  return eventsOf(
    { source: "/applications", subject: state.id, version: state.version, at, extensions: extensionsOf(state) },
    events.map(({ type, ...data }) => ({
      contract: contracts[type],
      data: {
        number: state.number,
        itemVersion: state.item.version,
        itemName: state.item.name,
        ...applicantOf(state),
        ...(helper && { helper }),
        ...(type === "submitted" && { handling: state.item.handling }),
        ...data,
        ...(tasks.length > 0 && { tasks }),
      },
    })),
  );
};

export const readingEventsOf = ({ id, application, at, client, officer, purpose }: Reading): AnyEvent[] =>
  eventsOf({ source: "/applications/readings", subject: id, version: 1, at, extensions: extensionsOf(application) }, [
    {
      contract: PersonalDataReadV1,
      data: { number: application.number, client, officer, purpose, ...applicantOf(application) },
    },
  ]);
