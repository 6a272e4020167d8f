import type { Caller } from "#shared/contracts/http/caller.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Applicant } from "../../domain/application.ts";

type Whose = Pick<Applicant, "kind" | "idNumber">;
type Refusal = "file.applicant-missing" | "file.applicant-differs";

const isSame = (a: Whose, b: Whose): boolean => a.kind === b.kind && a.idNumber === b.idNumber;

/** Whom a person's token stands for. */
const vouched = ({ person, actFor, applicant }: Caller): Applicant | undefined =>
  person === undefined
    ? undefined
    : applicant && { ...applicant, ...(actFor?.kind === "natural" && { person: actFor.id }) };

/**
 * The applicant in whose name the caller acts: with a person's token the one it stands for, whatever the body repeats; with
 * a channel's the one it names. A department acts for nobody.
 */
export const applicantOf = (caller: Caller, named: Applicant | undefined): Decision<Applicant, Refusal> => {
  if (caller.person !== undefined) {
    const own = vouched(caller);
    if (!own) return refuse("file.applicant-missing");
    return named && !isSame(named, own) ? refuse("file.applicant-differs") : accept(own);
  }
  return named && caller.channel ? accept(named) : refuse("file.applicant-missing");
};

export const whoseOf = (caller: Caller, named: Whose | undefined): Decision<Whose, Refusal> =>
  applicantOf(caller, named && { name: "", ...named });

/** A mandate for some items only reaches no file that was brought for another, or for none in particular. */
export const mayReach = ({ items }: Caller, itemCode: string | undefined): boolean =>
  items === undefined || (itemCode !== undefined && items.includes(itemCode));
