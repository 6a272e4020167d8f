import { type Caller, isOfDepartment } from "#shared/contracts/http/caller.ts";
import type { RequestRefusal } from "#shared/contracts/http/problems.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import { answeredBefore } from "#shared/kernel/keyed.ts";
import type { Page } from "#shared/kernel/page.ts";
import type { Request } from "#shared/runtime/endpoint.ts";
import { type CaseDeps, givenOf } from "../case-deps.ts";
import type { Actor, Applicant, Application, CaseMaterial, Receipt } from "../domain/application.ts";
import type { Change, Command, Given } from "../domain/change.ts";
import { isTakenByAnother } from "../domain/claims.ts";
import type { Role } from "../domain/desk.ts";
import { fileIds, type Known, licenceIds } from "../domain/materials.ts";
import type { ApplicantKey, Drafts, Files, Forms, Licences } from "../domain/ports.ts";

export interface Deps extends CaseDeps {
  readonly files: Files;
  readonly licences: Licences;
  readonly forms: Forms;
  readonly drafts: Drafts;
}

/** For what only the case's own department may do. */
export const ofDepartment = (caller: Caller, { item }: Application): boolean =>
  isOfDepartment(caller, { department: item.department.uscc, division: item.division });

const isSame = (a: ApplicantKey, b: ApplicantKey): boolean => a.kind === b.kind && a.idNumber === b.idNumber;

/** A mandate may be for some items only. */
export const isInMandate = ({ items }: Pick<Caller, "items">, itemCode: string | undefined): boolean =>
  items === undefined || (itemCode !== undefined && items.includes(itemCode));

/** What such a mandate shows of a page: it may come short, or empty, and still be followed by another. */
export const inMandate = <T extends { readonly itemCode?: string | undefined }>(
  caller: Caller,
  { items, next }: Page<T>,
): Page<T> => ({ items: items.filter(({ itemCode }) => isInMandate(caller, itemCode)), ...(next && { next }) });

/**
 * A department sees the cases of its own house and of the divisions it serves; a person those of whom they act for; a channel any it
 * knows the id of.
 */
export const maySee = (caller: Caller, state: Application): boolean => {
  if (caller.department !== undefined) return ofDepartment(caller, state);
  if (caller.person !== undefined)
    return (
      caller.applicant !== undefined &&
      isSame(caller.applicant, state.applicant) &&
      isInMandate(caller, state.item.code)
    );
  return caller.channel !== undefined;
};

type StatedApplicant = ApplicantKey & Partial<Omit<Applicant, keyof ApplicantKey>>;

export type WhoseRefusal = "application.applicant-required" | "application.applicant-differs";

/** For whom a channel or a person acts: a person's token says it, and what the body says besides must not differ. A department acts for nobody. */
export const applicantOf = (
  caller: Caller,
  stated: StatedApplicant | undefined,
): Decision<StatedApplicant, WhoseRefusal> => {
  if (caller.person === undefined)
    return stated && caller.channel !== undefined ? accept(stated) : refuse("application.applicant-required");
  if (!caller.applicant) return refuse("application.applicant-required");
  if (stated && !isSame(stated, caller.applicant)) return refuse("application.applicant-differs");
  return accept({ ...stated, ...caller.applicant });
};

/** The same with all that is kept of an applicant: the name has to be told, and the account of a person who acts for themselves is noted. */
export const statedApplicant = (caller: Caller, stated: Applicant | undefined): Decision<Applicant, WhoseRefusal> => {
  const whose = applicantOf(caller, stated);
  if (!whose.ok) return whose;
  const { kind, idNumber, name, phone, person } = whose.value;
  if (name === undefined) return refuse("application.applicant-required");
  const account =
    caller.actFor?.kind === "natural" ? caller.actFor.id : caller.person === undefined ? person : undefined;
  return accept({ kind, idNumber, name, ...(phone && { phone }), ...(account && { person: account }) });
};

/** The officer who acts: whose token it is, or whom the department's own client names. */
export const officerOf = (caller: Caller, named: string | undefined): string | undefined => caller.staff ?? named;

const actorOf = (caller: Caller, officer?: string): Actor => ({
  client: caller.client,
  ...(caller.channel && { channel: caller.channel }),
  ...(officer && { officer }),
  ...(caller.person && { person: caller.person }),
  ...(caller.ground && { ground: caller.ground }),
  ...(caller.helper && { helper: caller.helper }),
});

export const commandOf = <B>(
  operation: string,
  { caller, key, body, path }: Pick<Request<unknown, unknown, B>, "caller" | "key" | "body" | "path">,
  at: string,
  officer?: string,
): Command => ({
  at,
  key: scopedKey(caller.client, key),
  fingerprint: short(fingerprint([operation, path, body])),
  by: actorOf(caller, officer),
  ...(caller.staffPerson && { ownAccount: caller.staffPerson }),
});

/** 72 bits: they only have to differ within one case. */
const short = (hash: string): string => hash.slice(0, 12);

/** Two clients may choose the same key. */
const scopedKey = (client: string, key: string): string => short(fingerprint([client, key]));

interface Act<E extends string> {
  readonly may: (caller: Caller, state: Application) => boolean;
  /** Refuses before the rule is asked, after a repeat has been answered. */
  readonly first?: (state: Application) => Decision<undefined, E>;
  readonly officer?: string | undefined;
  readonly decide: (
    state: Application,
    given: Given,
    command: Command,
  ) => Decision<Change, E> | Promise<Decision<Change, E>>;
}

/**
 * Runs one command on one case: finds it, answers a repeat as before, holds the caller to the version it saw, decides,
 * and writes once. A case that the caller may not act on is not found.
 */
const acting = async <P extends { id: string }, Q, B, E extends string>(
  deps: Deps,
  operation: string,
  request: Request<P, Q, B>,
  act: Act<E>,
): Promise<Decision<Receipt, E | "application.not-found" | RequestRefusal>> => {
  const state = await deps.applications.find(request.path.id);
  if (!state || !act.may(request.caller, state)) return refuse("application.not-found");

  const command = commandOf(operation, request, deps.now(), act.officer);
  const before = answeredBefore(state, command);
  if (before) return before;
  if (request.ifMatch !== undefined && request.ifMatch !== state.version) return refuse("request.stale");
  const first = act.first?.(state);
  if (first && !first.ok) return first;

  const decision = await act.decide(state, await givenOf(deps, state), command);
  if (!decision.ok) return decision;
  await deps.applications.save(decision.value);
  return accept(lastReceipt(decision.value.state));
};

export type OfficialRefusal = "application.officer-required" | "application.role-missing" | "application.claimed";

/**
 * The same for an officer of the case's own department. Staff act under their own number and by their roles; a department's client
 * vouches for whom it names (docs/decisions/0015-departments-vouch.md). A task that another has taken is not theirs.
 */
export const actingOfficially = async <
  P extends { id: string },
  Q,
  B extends { officer?: string | undefined },
  E extends string,
>(
  deps: Deps,
  operation: string,
  request: Request<P, Q, B>,
  {
    role,
    ofAnyone = false,
    decide,
  }: {
    readonly role: readonly Role[] | ((state: Application) => readonly Role[]);
    /** The task may be another's: this is no work on it. */
    readonly ofAnyone?: boolean;
    readonly decide: (state: Application, given: Given, command: Command, officer: string) => Decision<Change, E>;
  },
): Promise<Decision<Receipt, E | OfficialRefusal | "application.not-found" | RequestRefusal>> => {
  const { caller } = request;
  const officer = officerOf(caller, request.body.officer);
  return acting<P, Q, B, E | OfficialRefusal>(deps, operation, request, {
    may: ofDepartment,
    officer,
    first: (state) => {
      if (officer === undefined) return refuse("application.officer-required");
      const roles = typeof role === "function" ? role(state) : role;
      if (caller.staff !== undefined && !roles.some((each) => caller.roles?.includes(each)))
        return refuse("application.role-missing");
      if (!ofAnyone && isTakenByAnother(state, officer)) return refuse("application.claimed");
      return accept(undefined);
    },
    decide: (state, given, command) => decide(state, given, command, officer ?? ""),
  });
};

/** The same for the applicant, whom a channel names and a person's token knows; with another one there is no such case. */
export const actingForApplicant = async <
  P extends { id: string },
  Q,
  B extends { applicant?: ApplicantKey | undefined },
  E extends string,
>(
  deps: Deps,
  operation: string,
  request: Request<P, Q, B>,
  decide: Act<E>["decide"],
): Promise<Decision<Receipt, E | "application.not-found" | "application.applicant-required" | RequestRefusal>> => {
  const whose = applicantOf(request.caller, request.body.applicant);
  if (!whose.ok)
    return whose.refusal.code === "application.applicant-required"
      ? refuse("application.applicant-required")
      : refuse("application.not-found");
  return acting(deps, operation, request, {
    may: (caller, { applicant, item }) => isSame(applicant, whose.value) && isInMandate(caller, item.code),
    decide,
  });
};

/** What is known of the files and licences among these materials, those of the applicant only. */
export const knownOf = async (
  { files, licences }: Pick<Deps, "files" | "licences">,
  applicant: ApplicantKey,
  materials: readonly CaseMaterial[],
): Promise<Known> => {
  const [own, issued] = [fileIds(materials), licenceIds(materials)];
  const found = await Promise.all([
    own.length > 0 ? files.of(applicant, own) : [],
    issued.length > 0 ? licences.of(applicant, issued) : [],
  ]);
  return new Map(found.flat().map((each) => [each.id, each]));
};

/** The receipt of the command that made this state. */
export const lastReceipt = ({ commands }: Application): Receipt => {
  const last = commands.at(-1);
  if (!last) throw new Error("a state without the command that made it");
  return last.receipt;
};
