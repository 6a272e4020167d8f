import type { Caller } from "#shared/contracts/http/caller.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Actor, Origin } from "../accounts/accounts.ts";

/** A person's token, as it came through the authorizer. */
export interface ActingPerson extends Actor {
  readonly actFor: NonNullable<Caller["actFor"]>;
}

/** A client on its own and a member of staff have no account of their own here. */
export const actingPerson = ({ person, actFor, signedInAt = 0 }: Caller): ActingPerson | undefined =>
  person && actFor ? { person, actFor, signedInAt } : undefined;

type NotOneself = "request.scope-missing" | "person.acting-for-another" | "person.not-at-the-counter";

/** Whose account is meant: one's own. */
export const oneself = (caller: Caller): Decision<Actor, Exclude<NotOneself, "person.not-at-the-counter">> => {
  const acting = actingPerson(caller);
  if (!acting) return refuse("request.scope-missing");
  const { person, actFor, signedInAt } = acting;
  return actFor.kind === "natural" && actFor.id === person
    ? accept({ person, signedInAt })
    : refuse("person.acting-for-another");
};

/** The same, and nobody else has their hands on the keyboard. */
export const oneselfAlone = (caller: Caller): Decision<Actor, NotOneself> =>
  caller.helper || caller.counter ? refuse("person.not-at-the-counter") : oneself(caller);

export const originOf = (caller: Caller, source: string): Origin => ({
  source,
  client: caller.client,
  ...(caller.channel && { channel: caller.channel }),
});
