import type { AdapterFactory } from "oidc-provider";
import type { AccountModels } from "../issuer/account-sessions.ts";

/**
 * Ends what the issuer keeps of an account's sessions and grants, by its rows alone. Clients are not told; they find out at
 * their next refresh. For functions in which there is no provider.
 */
export const endSessionsIn =
  (models: AdapterFactory & AccountModels) =>
  async (person: string): Promise<void> => {
    for (const { model, payload } of await models.listByAccount(person)) {
      if (payload.jti === undefined) continue;
      await models(model).destroy(payload.jti);
      if (model === "Grant") await models("RefreshToken").revokeByGrantId(payload.jti);
    }
  };
