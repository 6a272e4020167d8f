import {
  listWorklist,
  readApplication,
  readPersonalData,
  searchApplications,
  searchLicences,
} from "#shared/contracts/http/applications.ts";
import type { Caller } from "#shared/contracts/http/caller.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { newId } from "#shared/kernel/ids.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import type { Application, CaseMaterial, Outcome } from "../domain/application.ts";
import { receiptOf } from "../domain/change.ts";
import { masked } from "../domain/masking.ts";
import type { WorklistView } from "../domain/ports.ts";
import { applicantOf, type Deps, inMandate, maySee, officerOf } from "./acting.ts";

/** Of a licence is told whether anyone has verified it. */
const gradedOf = (material: CaseMaterial) => ({
  ...material,
  ...("issued" in material && { grade: "A" as const }),
  ...("licence" in material && { grade: "D" as const }),
});

/** What has been decided, whether its result has been issued or not. */
const outcomeOf = ({ phase }: Application): Outcome | undefined =>
  phase.status === "approved" || phase.status === "refused"
    ? phase.status
    : phase.status === "concluded"
      ? phase.outcome
      : undefined;

const viewOf = (state: Application, caller: Caller) => {
  const { item, phase, commitment } = state;
  const outcome = outcomeOf(state);
  // The applicant was told when they submitted; who accepts or decides the case has to know as well.
  const duplicates = caller.department === undefined ? undefined : state.commands[0]?.receipt.duplicates;
  return {
    ...receiptOf(state),
    item: { code: item.code, version: item.version, name: item.name },
    department: item.department,
    division: item.division,
    applicant: masked(state.applicant),
    receivedAt: state.receivedAt,
    situation: state.situation,
    materials: state.materials.map(gradedOf),
    ...(phase.status === "returned" && { defects: phase.defects }),
    fees: state.fees.map(({ due, total, charges, order }) => ({ due, total, charges, paid: order !== undefined })),
    deferred: state.deferred.map(({ material, by, supplied }) => ({
      material,
      ...(by && { by }),
      supplied: supplied ?? false,
    })),
    ...(commitment && { commitment: { verifyBy: commitment.verifyBy, found: commitment.found } }),
    ...(state.claimedBy && { claimedBy: state.claimedBy }),
    ...(outcome && { outcome }),
    ...(duplicates && { duplicates }),
    timeline: state.timeline,
  };
};

export const readApplicationEndpoint = (deps: Deps) =>
  endpoint(readApplication, async ({ path, caller }) => {
    const state = await deps.applications.find(path.id);
    if (!state || !maySee(caller, state)) return refuse("application.not-found");
    return accept(viewOf(state, caller));
  });

/** The reading is on record before the data is shown. */
export const readPersonalDataEndpoint = (deps: Deps) =>
  endpoint(readPersonalData, async ({ path, body, caller }) => {
    const application = await deps.applications.find(path.id);
    if (!application || caller.department === undefined || !maySee(caller, application))
      return refuse("application.not-found");
    const officer = officerOf(caller, body.officer);
    if (officer === undefined) return refuse("application.officer-required");
    await deps.applications.recordReading({
      id: newId(),
      application,
      at: deps.now(),
      client: caller.client,
      officer,
      purpose: body.purpose,
    });
    const { applicant, form, commitment } = application;
    return accept({ applicant, form, ...(commitment && { commitment: commitment.statement }) });
  });

export const searchApplicationsEndpoint = (deps: Deps) =>
  endpoint(searchApplications, async ({ body, caller, query }) => {
    const whose = applicantOf(caller, body.applicant);
    if (!whose.ok) return whose;
    const page = await deps.applications.ofApplicant(whose.value, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(inMandate(caller, page));
  });

/** What an applicant was issued, and for a material what of it the item takes. */
export const searchLicencesEndpoint = (deps: Deps) =>
  endpoint(searchLicences, async ({ body, caller, query }) => {
    const whose = applicantOf(caller, body.applicant);
    if (!whose.ok) return whose;
    const { material } = body;
    const rules = material && (await deps.items.inForce(material.itemCode));
    const wanted = rules?.materials.find(({ id }) => id === material?.material);
    if (material && !wanted) return refuse("application.material-unknown");
    const page = await deps.licences.ofApplicant(whose.value, query);
    if (page === "bad-cursor") return refuse("request.bad-cursor");
    const { items, ...next } = inMandate(caller, page);
    const fitting = items.filter(({ licenceType }) => !wanted || wanted.licenceTypes.includes(licenceType));
    return accept({ items: fitting.map((each) => ({ ...each, grade: "A" as const })), ...next });
  });

export const listWorklistEndpoint = (deps: Deps) =>
  endpoint(listWorklist, async ({ caller, query }) => {
    const { department, division } = caller;
    if (!department || !division) return refuse("request.scope-missing");
    const officer = officerOf(caller, query.officer);
    if (query.list === "mine" && officer === undefined) return refuse("application.officer-required");
    const view: WorklistView =
      query.list === "mine"
        ? { list: "mine", officer: officer ?? "" }
        : query.list === "unassigned"
          ? { list: "unassigned", desk: query.at }
          : { list: "open" };
    const within = query.division !== undefined && isWithin(query.division, division) ? query.division : division;
    const divisions = (await deps.items.divisionsOf(department)).filter((each) => isWithin(each, within));
    const page = await deps.applications.worklist(department, divisions, view, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(page);
  });
