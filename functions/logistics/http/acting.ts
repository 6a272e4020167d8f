import { type Caller, isOfDepartment } from "#shared/contracts/http/caller.ts";
import type { RequestRefusal } from "#shared/contracts/http/problems.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { answeredBefore, keyed } from "#shared/kernel/keyed.ts";
import type { Request } from "#shared/runtime/endpoint.ts";
import type { ApplicantReference } from "../domain/case-facts.ts";
import type { Cases, Shipments, Waybills } from "../domain/ports.ts";
import type { Change, Command, Receipt, Shipment } from "../domain/shipment.ts";

export interface Deps {
  readonly shipments: Shipments;
  readonly cases: Cases;
  readonly waybills: Waybills;
  readonly now: Clock;
}

interface Concerned {
  readonly department: string;
  readonly division: string;
  readonly applicant?: ApplicantReference | undefined;
}

/** A person sees what belongs to whom they act for, a department its own; a channel sees any it knows the id of. */
export const maySee = (caller: Caller, concerned: Concerned): boolean => {
  if (caller.department !== undefined) return isOfDepartment(caller, concerned);
  if (caller.person === undefined) return caller.channel !== undefined;
  const { applicant } = concerned;
  return applicant !== undefined && applicant.kind === caller.actFor?.kind && applicant.id === caller.actFor.id;
};

/** Who acts for the department: the token says it of staff, a department's client names them. */
export const officerOf = (caller: Caller, named: string | undefined): string | undefined => caller.staff ?? named;

export const commandOf = <B>(
  operation: string,
  { caller, key, body, path }: Pick<Request<unknown, unknown, B>, "caller" | "key" | "body" | "path">,
  at: string,
  officer?: string,
): Command => ({
  at,
  ...keyed({ caller, key }, [operation, path, body]),
  by: {
    client: caller.client,
    ...(caller.channel && { channel: caller.channel }),
    ...(officer && { officer }),
  },
});

/** The receipt of the command that made this change. */
export const receiptOfChange = ({ state: { commands } }: Change): Receipt => {
  const last = commands.at(-1);
  if (!last) throw new Error("a change without the command that made it");
  return last.receipt;
};

/**
 * Runs one command on one shipment: finds it, answers a repeat as before, holds the caller to the version it saw, decides, and
 * writes once. A shipment that the caller may not act on is not found.
 */
export const acting = async <P extends { id: string }, Q, B, E extends string, N extends string>(
  deps: Deps,
  operation: string,
  request: Request<P, Q, B>,
  act: {
    readonly may: (caller: Caller, shipment: Shipment) => boolean;
    readonly notFound: N;
    readonly officer?: string | undefined;
    readonly decide: (shipment: Shipment, command: Command) => Decision<Change, E> | Promise<Decision<Change, E>>;
  },
): Promise<Decision<Receipt, E | N | RequestRefusal>> => {
  const shipment = await deps.shipments.find(request.path.id);
  if (!shipment || !act.may(request.caller, shipment)) return refuse(act.notFound);
  const command = commandOf(operation, request, deps.now(), act.officer);
  const before = answeredBefore(shipment, command);
  if (before) return before;
  if (request.ifMatch !== undefined && request.ifMatch !== shipment.version) return refuse("request.stale");
  const decision = await act.decide(shipment, command);
  if (!decision.ok) return decision;
  await deps.shipments.save(decision.value);
  return accept(receiptOfChange(decision.value));
};
