import { FileReadV1, FileRejectedV1 } from "#shared/contracts/events/applications.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { Applicant } from "../../domain/application.ts";
import type { FileChange } from "../domain/file.ts";
import type { FileReading } from "../domain/ports.ts";

/** A person's account, where it is known. An enterprise's number stays in the row. */
const referenceTo = ({ kind, person }: Applicant) =>
  kind === "natural" && person ? { applicant: { kind, id: person } } : {};

export const fileEventsOf = ({ state, events, at }: FileChange): AnyEvent[] =>
  eventsOf(
    { source: "/applications/files", subject: state.id, version: state.version, at },
    events.map(({ reason }) => ({
      contract: FileRejectedV1,
      data: { file: state.id, reason, ...referenceTo(state.applicant) },
    })),
  );

export const fileReadingEventsOf = (reading: FileReading): AnyEvent[] => {
  const { id, of, what, at, client, officer, purpose, applicant, number, department, division } = reading;
  return eventsOf(
    {
      source: "/applications/file-readings",
      subject: id,
      version: 1,
      at,
      extensions: { ...(department && { department }), ...(division && { division }) },
    },
    [{ contract: FileReadV1, data: { file: of, what, client, officer, purpose, number, ...referenceTo(applicant) } }],
  );
};
