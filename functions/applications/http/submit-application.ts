import { submitApplication } from "#shared/contracts/http/applications.ts";
import type { Caller } from "#shared/contracts/http/caller.ts";
import type { RequestRefusal } from "#shared/contracts/http/problems.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { answeredBefore } from "#shared/kernel/keyed.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Duplicate, Receipt } from "../domain/application.ts";
import { isUnderWay } from "../domain/deadlines.ts";
import type { ItemRules } from "../domain/item-rules.ts";
import type { ApplicantKey } from "../domain/ports.ts";
import { submit } from "../domain/submission.ts";
import { commandOf, type Deps, isInMandate, knownOf, lastReceipt, statedApplicant } from "./acting.ts";
import { mayUseDraft } from "./drafts.ts";

/** How many of an applicant's latest cases are looked through for the same item. */
const LOOKED_THROUGH = 25;

/**
 * One conditional write. The id is made of the client and its key, or of the draft, so that a retry meets what it created, on
 * whatever channel.
 */
export const submitApplicationEndpoint = (deps: Deps) =>
  endpoint(submitApplication, async (request) => {
    const { body, caller, key } = request;
    const whose = statedApplicant(caller, body.applicant);
    if (!whose.ok) return whose;
    if (!isInMandate(caller, body.itemCode)) return refuse("application.not-in-mandate");
    const applicant = whose.value;

    const id = body.draft
      ? derivedId("application-of-draft", body.draft)
      : derivedId("application", caller.client, key);
    const command = commandOf(submitApplication.operation, request, deps.now());
    const before = async (): Promise<Decision<Receipt, RequestRefusal | "application.draft-submitted"> | undefined> => {
      const existing = await deps.applications.find(id);
      if (!existing) return undefined;
      return answeredBefore(existing, command) ?? refuse("application.draft-submitted");
    };

    if (body.draft) {
      const draft = await deps.drafts.find(body.draft);
      if (!draft || !mayUseDraft(caller, applicant, draft))
        return (await before()) ?? refuse("application.draft-not-found");
    }

    const { situation = {}, form, materials = [], commitment } = body;
    const rules = await deps.items.inForce(body.itemCode);
    if (!rules) return (await before()) ?? refuse("application.item-not-found");
    if (!isAssured(caller, rules))
      return (await before()) ?? refuse("application.assurance-needed", String(rules.assurance));
    const [formFaults, files, duplicates, hasBrokenCommitment] = await Promise.all([
      rules.form ? deps.forms.faults(rules.form, form) : [],
      knownOf(deps, applicant, materials),
      openDuplicates(deps, applicant, body.itemCode, id),
      commitment !== undefined && deps.applications.hasBrokenCommitment(applicant),
    ]);
    const decision = submit(
      id,
      { rules, settings: deps.settings },
      { applicant, situation, form, materials, commitment },
      { formFaults, files, duplicates, hasBrokenCommitment },
      command,
    );
    // The item may have changed since the first time; what was answered then still stands.
    if (!decision.ok) return (await before()) ?? decision;
    try {
      await deps.applications.save(decision.value);
    } catch (error) {
      const answered = error instanceof StaleVersionError ? await before() : undefined;
      if (!answered) throw error;
      return answered;
    }
    // A draft that outlives its case makes no second one: the case's id is the draft's.
    if (body.draft) await deps.drafts.remove(body.draft);
    return accept(lastReceipt(decision.value.state));
  });

/**
 * A person's own token tells how sure it is who they are. A channel vouches for the applicant it names, and a clerk for whoever
 * stands at the counter (docs/decisions/0044-items-demand-assurance.md).
 */
const isAssured = ({ person, helper, acr }: Caller, { assurance }: Pick<ItemRules, "assurance">): boolean =>
  assurance === undefined || person === undefined || helper !== undefined || Number(acr ?? "0") >= assurance;

/** Open cases of the same applicant for the same item. One query; what came in this very moment is not seen. */
const openDuplicates = async (
  { applications }: Deps,
  applicant: ApplicantKey,
  itemCode: string,
  id: string,
): Promise<readonly Duplicate[]> => {
  const page = await applications.ofApplicant(applicant, { limit: LOOKED_THROUGH });
  if (page === "bad-cursor") return [];
  return page.items
    .filter((each) => each.id !== id && each.number.startsWith(itemCode) && each.number.length - itemCode.length >= 8)
    .filter(({ status }) => isUnderWay(status))
    .slice(0, 5)
    .map((each) => ({ id: each.id, number: each.number }));
};
