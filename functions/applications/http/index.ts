import type { Endpoint } from "#shared/runtime/endpoint.ts";
import type { Deps } from "./acting.ts";
import * as commands from "./commands.ts";
import * as drafts from "./drafts.ts";
import {
  listWorklistEndpoint,
  readApplicationEndpoint,
  readPersonalDataEndpoint,
  searchApplicationsEndpoint,
  searchLicencesEndpoint,
} from "./reading.ts";
import { submitApplicationEndpoint } from "./submit-application.ts";

export const applicationEndpoints = (deps: Deps): readonly Endpoint[] => [
  submitApplicationEndpoint(deps),
  searchApplicationsEndpoint(deps),
  searchLicencesEndpoint(deps),
  readApplicationEndpoint(deps),
  readPersonalDataEndpoint(deps),
  listWorklistEndpoint(deps),
  drafts.beginDraftEndpoint(deps),
  drafts.saveDraftEndpoint(deps),
  drafts.readDraftEndpoint(deps),
  drafts.discardDraftEndpoint(deps),
  drafts.searchDraftsEndpoint(deps),
  commands.acceptApplicationEndpoint(deps),
  commands.declineApplicationEndpoint(deps),
  commands.requestCorrectionEndpoint(deps),
  commands.correctApplicationEndpoint(deps),
  commands.claimTaskEndpoint(deps),
  commands.releaseTaskEndpoint(deps),
  commands.decideStageEndpoint(deps),
  commands.suspendApplicationEndpoint(deps),
  commands.resumeApplicationEndpoint(deps),
  commands.extendApplicationEndpoint(deps),
  commands.supplyMaterialEndpoint(deps),
  commands.verifyCommitmentEndpoint(deps),
  commands.concludeApplicationEndpoint(deps),
  commands.reopenApplicationEndpoint(deps),
  commands.withdrawApplicationEndpoint(deps),
];
