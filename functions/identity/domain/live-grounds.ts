import type { Instant } from "#shared/kernel/clock.ts";
import type { Principal } from "./mandate.ts";

/** What may have been taken away since a token was issued. */
export interface LiveGrounds {
  /** @param ground "mandate:<id>", "member" or "guardian" */
  isGood(
    ground: string,
    acting: { readonly person: string; readonly principal: Principal },
    at: Instant,
  ): Promise<boolean>;
  /** No roles for someone who left or never was. */
  rolesOf(
    staff: string,
  ): Promise<{ readonly roles: readonly string[]; readonly department?: string; readonly division?: string }>;
  isVisitOpen(id: string, visit: { readonly person: string; readonly staff: string }, at: Instant): Promise<boolean>;
}
