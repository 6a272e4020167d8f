import type { Application } from "./application.ts";
import { type Command, isSameOfficer } from "./change.ts";

/** Nobody answers, opens or looks into what they have applied for, or what is applied for in their name. */
export const isOwnApplication = (
  { applicant, timeline }: Pick<Application, "applicant" | "timeline">,
  { ownAccount }: Pick<Command, "ownAccount">,
): boolean => ownAccount !== undefined && (ownAccount === applicant.person || ownAccount === timeline[0]?.by.person);

/** Nor does anybody decide it at any stage, or what they have filled in for somebody at the counter. */
export const isOwnCase = (
  state: Pick<Application, "applicant" | "timeline">,
  command: Pick<Command, "by" | "ownAccount">,
): boolean => isSameOfficer(state.timeline[0]?.by.helper, command.by.officer) || isOwnApplication(state, command);
