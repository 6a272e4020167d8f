import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Replacement } from "./organisation.ts";
import { bindGuardian, comesOfAge, isChild, type OpenPerson } from "./person.ts";

export type GuardianRefusal = "guardian.none" | "guardian.replaced-since" | "counter.name-differs";

/** Agreed to on paper, at the counter. */
const PAPER_CONSENTS = (["account", "sensitive-data", "guardian"] as const).map((purpose) => ({
  purpose,
  textVersion: "counter-paper",
}));

/**
 * Someone has shown at a counter that they are the guardian (监护人) of a child, or the child itself, of 14 or more, that whoever
 * acts for it is not: who was until then acts for it no longer. What a stranger had said of the child's name gives way. The same
 * person again, or the same visit, changes nothing. Refused when another visit has settled it since this one was opened.
 * @param visitor a person's id; the child's own when it came itself
 * @param shown with when the visit was opened
 */
export const replaceGuardian = (
  child: OpenPerson,
  name: string,
  visitor: string,
  { openedAt, ...shown }: Omit<Replacement, "before" | "at"> & { readonly openedAt: Instant },
  at: Instant,
): Decision<OpenPerson, GuardianRefusal> => {
  const { guardian: before, guardianReplaced: replaced, ...kept } = child;
  if (shown.visit === replaced?.visit || visitor === before) return accept(child);
  if (before === undefined || comesOfAge(child.idNumber) <= at) return refuse("guardian.none");
  if (replaced && replaced.at >= openedAt) return refuse("guardian.replaced-since");
  const guardianReplaced = { ...shown, before, at };
  if (visitor === child.id) return accept({ ...kept, version: child.version + 1, guardianReplaced });
  if (child.assurance.level >= 2 && child.name !== name) return refuse("counter.name-differs");
  const known = { ...child, name, guardianReplaced };
  // From the age of 14 its consents are its own, and stay.
  return accept(
    isChild(child.idNumber, at)
      ? bindGuardian(known, { guardian: visitor, consents: PAPER_CONSENTS, channel: "window" }, at)
      : { ...known, guardian: visitor, version: child.version + 1 },
  );
};
