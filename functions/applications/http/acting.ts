import type { Caller } from "#shared/contracts/http/caller.ts";
import type { RequestRefusal } from "#shared/contracts/http/problems.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import type { Request } from "#shared/runtime/endpoint.ts";
import type { Application, Change, Command, Receipt } from "../domain/application.ts";
import type { Applications } from "../domain/ports.ts";

export interface Deps {
  readonly applications: Applications;
  readonly now: Clock;
}

/** A department sees the cases of its own house and of the divisions it serves; a channel sees any it knows the id of. */
export const maySee = ({ channel, department, division }: Caller, { item }: Application): boolean =>
  department === undefined
    ? channel !== undefined
    : item.department.uscc === department && division !== undefined && isWithin(item.division, division);

/** For commands that only the case's own department may give. */
export const ofDepartment = (caller: Caller, state: Application): boolean =>
  caller.department !== undefined && maySee(caller, state);

export const commandOf = <B>(
  operation: string,
  { caller, key, body, path }: Pick<Request<unknown, unknown, B>, "caller" | "key" | "body" | "path">,
  at: string,
  officer?: string,
): Command => ({
  at,
  key,
  fingerprint: fingerprint([operation, path, body]),
  by: {
    client: caller.client,
    ...(caller.channel && { channel: caller.channel }),
    ...(officer && { officer }),
  },
});

/** What was answered to this key before; a refusal when the key came with another request. */
export const answeredBefore = (
  state: Application,
  { key, fingerprint: wanted, by }: Command,
): Decision<Receipt, "request.key-reused"> | undefined => {
  const known = state.commands.find((command) => command.key === scopedKey(by.client, key));
  if (!known) return undefined;
  return known.fingerprint === wanted ? accept(known.receipt) : refuse("request.key-reused");
};

/** Two clients may choose the same key. */
export const scopedKey = (client: string, key: string): string => `${client}/${key}`;

/**
 * Runs one command on one case: finds it, answers a repeat as before, holds the caller to the version it saw, decides,
 * and writes once. A case that the caller may not act on is not found.
 */
export const acting = async <P extends { id: string }, Q, B, E extends string>(
  deps: Deps,
  operation: string,
  request: Request<P, Q, B>,
  act: {
    readonly may: (caller: Caller, state: Application) => boolean;
    readonly officer?: string;
    readonly decide: (state: Application, command: Command) => Decision<Change, E>;
  },
): Promise<Decision<Receipt, E | "application.not-found" | RequestRefusal>> => {
  const state = await deps.applications.find(request.path.id);
  if (!state || !act.may(request.caller, state)) return refuse("application.not-found");

  const asked = commandOf(operation, request, deps.now(), act.officer);
  const before = answeredBefore(state, asked);
  if (before) return before;
  if (request.ifMatch !== undefined && request.ifMatch !== state.version) return refuse("request.stale");

  const decision = act.decide(state, { ...asked, key: scopedKey(asked.by.client, asked.key) });
  if (!decision.ok) return decision;
  await deps.applications.save(decision.value);
  return accept(lastReceipt(decision.value.state));
};

/** The receipt of the command that made this state. */
export const lastReceipt = ({ commands }: Application): Receipt => {
  const last = commands.at(-1);
  if (!last) throw new Error("a state without the command that made it");
  return last.receipt;
};
