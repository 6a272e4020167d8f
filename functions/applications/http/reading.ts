import {
  listWorklist,
  readApplication,
  readPersonalData,
  searchApplications,
} from "#shared/contracts/http/applications.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { type Application, receiptOf } from "../domain/application.ts";
import { masked } from "../domain/masking.ts";
import { type Deps, maySee, ofDepartment } from "./acting.ts";

const viewOf = (state: Application) => {
  const { item } = state;
  return {
    ...receiptOf(state),
    item: { code: item.code, version: item.version, name: item.name },
    department: item.department,
    division: item.division,
    applicant: masked(state.applicant),
    receivedAt: state.receivedAt,
    ...(state.status === "concluded" && { outcome: state.outcome }),
    timeline: state.timeline,
  };
};

export const readApplicationEndpoint = (deps: Deps) =>
  endpoint(readApplication, async ({ path, caller }) => {
    const state = await deps.applications.find(path.id);
    if (!state || !maySee(caller, state)) return refuse("application.not-found");
    return accept(viewOf(state));
  });

/** The reading is on record before the data is shown. */
export const readPersonalDataEndpoint = (deps: Deps) =>
  endpoint(readPersonalData, async ({ path, body, caller }) => {
    const application = await deps.applications.find(path.id);
    if (!application || !ofDepartment(caller, application)) return refuse("application.not-found");
    await deps.applications.recordReading({
      id: newId(),
      application,
      at: deps.now(),
      client: caller.client,
      officer: body.officer,
      purpose: body.purpose,
    });
    return accept({ applicant: application.applicant, form: application.form });
  });

export const searchApplicationsEndpoint = (deps: Deps) =>
  endpoint(searchApplications, async ({ body, query }) => {
    const page = await deps.applications.ofApplicant(body.applicant, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(page);
  });

export const listWorklistEndpoint = (deps: Deps) =>
  endpoint(listWorklist, async ({ caller: { department, division }, query }) => {
    if (!department || !division) return refuse("request.scope-missing");
    const page = await deps.applications.openOf(department, division, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(page);
  });
