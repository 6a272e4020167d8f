import type { Application } from "./application.ts";
import { type Command, isSameOfficer } from "./change.ts";

/**
 * Nobody answers, opens or looks into what they have applied for, or what is applied for in their name; nor where they have brought
 * something in later. Only entries of applicants name a person, or a clerk who helped.
 */
export const isOwnApplication = (
  { applicant, timeline }: Pick<Application, "applicant" | "timeline">,
  { ownAccount }: Pick<Command, "ownAccount">,
): boolean =>
  ownAccount !== undefined && (ownAccount === applicant.person || timeline.some(({ by }) => by.person === ownAccount));

/** Nor does anybody decide it at any stage, or what they have filled in for somebody at the counter. */
export const isOwnCase = (
  state: Pick<Application, "applicant" | "timeline">,
  command: Pick<Command, "by" | "ownAccount">,
): boolean =>
  state.timeline.some(({ by }) => isSameOfficer(by.helper, command.by.officer)) || isOwnApplication(state, command);
