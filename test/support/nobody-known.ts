import type { Applicants, LiveGrounds } from "#functions/identity/domain/live-grounds.ts";

/** A table in which nobody has an account, a ground, an appointment or a visit. */
export const nobodyKnown: { readonly live: LiveGrounds; readonly applicants: Applicants } = {
  live: {
    account: async () => undefined,
    standing: async () => undefined,
    rolesOf: async () => ({ roles: [] }),
    isVisitOpen: async () => false,
  },
  applicants: { find: async () => undefined },
};
