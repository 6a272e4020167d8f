export { acceptApplication, declineApplication, requestCorrection } from "./applications/acceptance.ts";
export {
  claimTask,
  concludeApplication,
  decideStage,
  extendApplication,
  releaseTask,
  reopenApplication,
  resumeApplication,
  suspendApplication,
  verifyCommitment,
} from "./applications/deciding.ts";
export { beginDraft, discardDraft, readDraft, saveDraft, searchDrafts } from "./applications/drafts.ts";
export { Applicant, ApplicationId, type Receipt } from "./applications/parts.ts";
export {
  type ApplicationView,
  type CaseSummary,
  listWorklist,
  readApplication,
  readPersonalData,
  searchApplications,
  searchLicences,
} from "./applications/reading.ts";
export {
  correctApplication,
  submitApplication,
  supplyMaterial,
  withdrawApplication,
} from "./applications/submitting.ts";
