import {
  ApplicationAcceptedV1,
  ApplicationConcludedV1,
  ApplicationDecidedV1,
  ApplicationDeclinedV1,
  ApplicationSubmittedV1,
  ApplicationWithdrawnV1,
  PersonalDataReadV1,
  StageDecidedV1,
} from "#shared/contracts/events/applications.ts";
import type { AnyEvent, EventContract } from "#shared/contracts/events/envelope.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { Application, ApplicationEvent, Change } from "../domain/application.ts";
import type { Reading } from "../domain/ports.ts";

const contracts = {
  submitted: ApplicationSubmittedV1,
  accepted: ApplicationAcceptedV1,
  declined: ApplicationDeclinedV1,
  "stage-decided": StageDecidedV1,
  decided: ApplicationDecidedV1,
  concluded: ApplicationConcludedV1,
  withdrawn: ApplicationWithdrawnV1,
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
export const cloudEventsOf = ({ state, events }: Change): AnyEvent[] =>
  eventsOf(
    {
      source: "/applications",
      subject: state.id,
      version: state.version,
      at: state.timeline.at(-1)?.at ?? state.receivedAt,
      extensions: extensionsOf(state),
    },
    events.map(({ type, ...data }) => ({
      contract: contracts[type],
      data: {
        number: state.number,
        itemVersion: state.item.version,
        itemName: state.item.name,
        ...applicantOf(state),
        ...(type === "submitted" && { handling: state.item.handling }),
        ...data,
      },
    })),
  );

export const readingEventsOf = ({ id, application, at, client, officer, purpose }: Reading): AnyEvent[] =>
  eventsOf({ source: "/applications/readings", subject: id, version: 1, at, extensions: extensionsOf(application) }, [
    {
      contract: PersonalDataReadV1,
      data: { number: application.number, client, officer, purpose, ...applicantOf(application) },
    },
  ]);
