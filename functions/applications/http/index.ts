import type { Endpoint } from "#shared/runtime/endpoint.ts";
import type { Items } from "../domain/ports.ts";
import type { Deps } from "./acting.ts";
import {
  acceptApplicationEndpoint,
  concludeApplicationEndpoint,
  decideStageEndpoint,
  declineApplicationEndpoint,
  withdrawApplicationEndpoint,
} from "./commands.ts";
import {
  listWorklistEndpoint,
  readApplicationEndpoint,
  readPersonalDataEndpoint,
  searchApplicationsEndpoint,
} from "./reading.ts";
import { submitApplicationEndpoint } from "./submit-application.ts";

export const applicationEndpoints = (deps: Deps & { items: Items }): readonly Endpoint[] => [
  submitApplicationEndpoint(deps),
  searchApplicationsEndpoint(deps),
  readApplicationEndpoint(deps),
  readPersonalDataEndpoint(deps),
  listWorklistEndpoint(deps),
  acceptApplicationEndpoint(deps),
  declineApplicationEndpoint(deps),
  decideStageEndpoint(deps),
  concludeApplicationEndpoint(deps),
  withdrawApplicationEndpoint(deps),
];
