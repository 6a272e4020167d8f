import type { Application, Status } from "./application.ts";
import type { Term } from "./term.ts";

export type DeadlineKind =
  | "acceptance"
  | "promised"
  | "statutory"
  | "delivery"
  | "correction"
  | "material"
  | "procedure"
  | "commitment";

/** A period that is running. `payment` is the applicant's, and is told by the payment order, not by us. */
export interface Running {
  readonly kind: DeadlineKind | "payment";
  readonly term: Term;
  /** The material it is for, where there may be several. */
  readonly material?: string;
}

/** All periods that run in this state. */
export const running = ({ phase, deferred, commitment }: Application): readonly Running[] => {
  const found: Running[] = [];
  const run = (kind: Running["kind"], term: Term | undefined, material?: string): void => {
    if (term) found.push({ kind, term, ...(material && { material }) });
  };
  if (phase.status === "submitted") {
    if (phase.payBy) run("payment", phase.payBy);
    else run("acceptance", phase.acceptBy);
  }
  if (phase.status === "returned") run("correction", phase.correctBy);
  if (phase.status === "accepted") {
    run("promised", phase.promisedBy);
    run("statutory", phase.decideBy);
    for (const { material, by, supplied } of deferred) if (!supplied) run("material", by, material);
  }
  if (phase.status === "suspended") run("procedure", phase.expectedBy);
  if ((phase.status === "approved" || phase.status === "refused") && !phase.held) run("delivery", phase.deliverBy);
  if ((phase.status === "approved" || phase.status === "concluded") && !commitment?.found)
    run("commitment", commitment?.verifyBy);
  return found;
};

/** The applicant's request has not come to its end yet. */
export const isUnderWay = (status: Status): boolean =>
  !["declined", "concluded", "withdrawn", "lapsed", "revoked"].includes(status);

export const isOpen = ({ phase, commitment }: Pick<Application, "phase" | "commitment">): boolean =>
  isUnderWay(phase.status) || (phase.status === "concluded" && commitment?.verifyBy !== undefined && !commitment.found);

/** The deadline a list shows: the next one that somebody has to keep; none while none runs, nor once the case is closed. */
export const dueBy = ({ phase, commitment }: Pick<Application, "phase" | "commitment">): Term | undefined => {
  switch (phase.status) {
    case "submitted":
      return phase.payBy ?? phase.acceptBy;
    case "returned":
      return phase.correctBy;
    case "accepted":
      return phase.promisedBy;
    case "suspended":
      return phase.expectedBy;
    case "approved":
    case "refused":
      return phase.held ? undefined : phase.deliverBy;
    case "concluded":
      return commitment?.found ? undefined : commitment?.verifyBy;
    case "declined":
    case "revoked":
    case "withdrawn":
    case "lapsed":
      return undefined;
  }
};
