import { beginDraft, discardDraft, readDraft, saveDraft, searchDrafts } from "#shared/contracts/http/applications.ts";
import type { Caller } from "#shared/contracts/http/caller.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { derivedId, fingerprint } from "#shared/kernel/ids.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import * as drafts from "../domain/drafts.ts";
import type { ApplicantKey } from "../domain/ports.ts";
import { applicantOf, type Deps, inMandate, isInMandate } from "./acting.ts";

type Draft = drafts.Draft;

/** A person goes on with the drafts of whom they act for, on any channel; a channel's client only with its own. */
const isTheirs = (caller: Caller, { applicant, client, itemCode }: Draft): boolean =>
  isInMandate(caller, itemCode) && isApplicants(caller, { applicant, client });

const isApplicants = (caller: Caller, { applicant, client }: Pick<Draft, "applicant" | "client">): boolean =>
  caller.person === undefined
    ? caller.channel !== undefined && caller.client === client
    : caller.applicant?.kind === applicant.kind && caller.applicant.idNumber === applicant.idNumber;

/** Whether a submission for this applicant may come from this draft. */
export const mayUseDraft = (caller: Caller, { kind, idNumber }: ApplicantKey, draft: Draft): boolean =>
  isTheirs(caller, draft) && draft.applicant.kind === kind && draft.applicant.idNumber === idNumber;

const viewOf = ({ id, version, itemCode, content, savedAt, expiresAt }: Draft) => ({
  id,
  version,
  itemCode,
  content: content as Record<string, never>,
  savedAt,
  expiresAt,
});

export const beginDraftEndpoint = (deps: Deps) =>
  endpoint(beginDraft, async ({ body, caller, key }) => {
    const whose = applicantOf(caller, body.applicant);
    if (!whose.ok) return whose;
    if (!isInMandate(caller, body.itemCode)) return refuse("application.not-in-mandate");
    const { kind, idNumber, name, phone } = whose.value;
    if (name === undefined) return refuse("application.applicant-required");
    const id = derivedId("draft", caller.client, key);
    const asked = fingerprint(body);
    const before = async () => {
      const known = await deps.drafts.find(id);
      if (!known) return undefined;
      return known.fingerprint === asked ? accept(viewOf(known)) : refuse("request.key-reused");
    };
    const begun = drafts.beginDraft(
      {
        id,
        itemCode: body.itemCode,
        applicant: { kind, idNumber, name, ...(phone && { phone }) },
        content: body.content ?? {},
        client: caller.client,
        fingerprint: asked,
      },
      deps.now(),
    );
    if (!begun.ok) return begun;
    try {
      await deps.drafts.save(begun.value);
      return accept(viewOf(begun.value));
    } catch (error) {
      const answered = error instanceof StaleVersionError ? await before() : undefined;
      if (!answered) throw error;
      return answered;
    }
  });

export const saveDraftEndpoint = (deps: Deps) =>
  endpoint(saveDraft, async ({ path, body, caller, ifMatch }) => {
    const draft = await deps.drafts.find(path.id);
    if (!draft || !isTheirs(caller, draft)) return refuse("application.draft-not-found");
    if (ifMatch !== undefined && ifMatch !== draft.version) return refuse("request.stale");
    if (await deps.applications.find(derivedId("application-of-draft", draft.id)))
      return refuse("application.draft-submitted");
    const saved = drafts.saveDraft(draft, body.content, deps.now());
    if (!saved.ok) return saved;
    await deps.drafts.save(saved.value);
    return accept(viewOf(saved.value));
  });

export const readDraftEndpoint = (deps: Deps) =>
  endpoint(readDraft, async ({ path, caller }) => {
    const draft = await deps.drafts.find(path.id);
    return draft && isTheirs(caller, draft) ? accept(viewOf(draft)) : refuse("application.draft-not-found");
  });

export const discardDraftEndpoint = (deps: Deps) =>
  endpoint(discardDraft, async ({ path, caller }) => {
    const draft = await deps.drafts.find(path.id);
    if (!draft || !isTheirs(caller, draft)) return refuse("application.draft-not-found");
    await deps.drafts.remove(draft.id);
    return accept(undefined);
  });

/** What a channel's client finds besides its own drafts it cannot open: their number is all it learns. */
export const searchDraftsEndpoint = (deps: Deps) =>
  endpoint(searchDrafts, async ({ body, caller, query }) => {
    const whose = applicantOf(caller, body.applicant);
    if (!whose.ok) return whose;
    const page = await deps.drafts.ofApplicant(whose.value, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(inMandate(caller, page));
  });
