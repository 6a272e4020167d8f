import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { isResidentId } from "#shared/kernel/identity-numbers.ts";
import type { AssuranceLevel } from "../accounts/accounts.ts";
import type { UpstreamIdentity, UpstreamRefusal } from "./upstreams.ts";

/** What an upstream says of a person, under our names and not yet believed. */
export interface Claimed {
  readonly subject: unknown;
  readonly name: unknown;
  readonly idNumber: unknown;
  readonly level: unknown;
}

/** Systems send text and numbers for the same thing. */
const textOf = (value: unknown): string =>
  typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";

/**
 * Reads what an upstream says. Without a well-formed ID number nobody is known by it: names and phones are shared, mistyped and
 * passed on.
 * @param today legal day
 */
export const vouchedIdentity = (
  {
    name: upstream,
    assurance,
  }: { readonly name: string; readonly assurance: Readonly<Record<string, AssuranceLevel>> },
  claimed: Claimed,
  today: string,
): Decision<UpstreamIdentity, UpstreamRefusal> => {
  const subject = textOf(claimed.subject);
  const name = textOf(claimed.name);
  const idNumber = textOf(claimed.idNumber).toUpperCase();
  const rawLevel = textOf(claimed.level);
  if (subject === "" || name === "") return refuse("upstream.answer-untrusted", "subject or name missing");
  if (idNumber === "") return refuse("upstream.id-number-missing");
  if (!isResidentId(idNumber, today)) return refuse("upstream.id-number-invalid");
  const known = Object.hasOwn(assurance, rawLevel) ? assurance[rawLevel] : undefined;
  return accept({ upstream, subject, name, idNumber, assurance: known ?? 0, rawLevel });
};
