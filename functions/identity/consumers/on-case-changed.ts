import * as z from "zod";
import {
  ApplicationConcludedV1,
  ApplicationDeclinedV1,
  ApplicationLapsedV1,
  ApplicationReopenedV1,
  ApplicationRevokedV1,
  ApplicationSubmittedV1,
  ApplicationWithdrawnV1,
} from "#shared/contracts/events/applications.ts";
import { consume } from "#shared/runtime/consume.ts";
import type { Cases } from "../domain/account-ports.ts";

/** What tells that a case is open, or is no more. */
export const caseEvents = [
  ApplicationSubmittedV1,
  ApplicationReopenedV1,
  ApplicationDeclinedV1,
  ApplicationConcludedV1,
  ApplicationWithdrawnV1,
  ApplicationLapsedV1,
  ApplicationRevokedV1,
] as const;

const opening: readonly string[] = [ApplicationSubmittedV1.type, ApplicationReopenedV1.type];

const CaseEvent = z.union(caseEvents.map(({ schema }) => schema));

/** Notes which cases of a person are open: while one is, the account cannot be closed. A later event is never undone. */
export const onCaseChanged = ({ cases }: { cases: Pick<Cases, "note"> }) =>
  consume(CaseEvent, async ({ type, subject, sequence, data }) => {
    if (data.applicant?.kind !== "natural") return;
    await cases.note(data.applicant.id, subject, opening.includes(type), sequence);
  });
