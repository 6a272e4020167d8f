import {
  acceptApplication,
  concludeApplication,
  decideStage,
  declineApplication,
  withdrawApplication,
} from "#shared/contracts/http/applications.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { acceptCase, concludeCase, decideCaseStage, declineCase, withdrawCase } from "../domain/application.ts";
import { acting, type Deps, ofDepartment } from "./acting.ts";

export const acceptApplicationEndpoint = (deps: Deps) =>
  endpoint(acceptApplication, (request) =>
    acting(deps, acceptApplication.operation, request, {
      may: ofDepartment,
      officer: request.body.officer,
      decide: (state, command) => acceptCase(state, request.body.decision, command),
    }),
  );

export const declineApplicationEndpoint = (deps: Deps) =>
  endpoint(declineApplication, (request) =>
    acting(deps, declineApplication.operation, request, {
      may: ofDepartment,
      officer: request.body.officer,
      decide: (state, command) => declineCase(state, request.body.reasons, command),
    }),
  );

export const decideStageEndpoint = (deps: Deps) =>
  endpoint(decideStage, (request) =>
    acting(deps, decideStage.operation, request, {
      may: ofDepartment,
      officer: request.body.officer,
      decide: (state, command) => decideCaseStage(state, request.path.stage, request.body, command),
    }),
  );

export const concludeApplicationEndpoint = (deps: Deps) =>
  endpoint(concludeApplication, (request) =>
    acting(deps, concludeApplication.operation, request, {
      may: ofDepartment,
      officer: request.body.officer,
      decide: concludeCase,
    }),
  );

/** The channel names the applicant it acts for; with another one there is no such case. */
export const withdrawApplicationEndpoint = (deps: Deps) =>
  endpoint(withdrawApplication, (request) =>
    acting(deps, withdrawApplication.operation, request, {
      may: (_, { applicant }) =>
        applicant.kind === request.body.applicant.kind && applicant.idNumber === request.body.applicant.idNumber,
      decide: (state, command) => withdrawCase(state, request.body.reason, command),
    }),
  );
