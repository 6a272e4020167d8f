import type { AdapterFactory } from "oidc-provider";
import type { AccountModels } from "./account-sessions.ts";
import { browserInteractions } from "./browser-interactions.ts";
import type { Interactions } from "./interactions.ts";
import { accountClient } from "./registered-clients.ts";
import { keepWarm, type WarmParts } from "./warm-provider.ts";

/** The protocol for the function that shows the pages. */
export const warmInteractions = (
  parts: Omit<WarmParts, "models"> & { readonly models: AdapterFactory & AccountModels },
): Interactions => {
  const { issuer, models, accounts } = parts;
  const kept = keepWarm(parts, (provider) => browserInteractions(provider, models, accounts));
  return {
    pending: async (visit) => (await kept()).pending(visit),
    finish: async (visit, outcome) => (await kept()).finish(visit, outcome),
    signedIn: async (visit) => (await kept()).signedIn(visit),
    sessionsOf: async (subject, visit) => (await kept()).sessionsOf(subject, visit),
    endSession: async (subject, id) => (await kept()).endSession(subject, id),
    endAllSessions: async (subject, except) => (await kept()).endAllSessions(subject, except),

    signInLocation({ acr, users = "persons" } = {}) {
      const location = new URL(`${issuer}/auth`);
      location.search = new URLSearchParams({
        client_id: accountClient(users),
        response_type: "none",
        scope: "openid",
        redirect_uri: new URL("/account", issuer).href,
        ...(acr && { acr_values: acr }),
      }).toString();
      return location.href;
    },
    signOutLocation: () => `${issuer}/session/end`,
  };
};
