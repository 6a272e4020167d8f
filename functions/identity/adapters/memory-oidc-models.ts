import type { AdapterFactory, AdapterPayload } from "oidc-provider";
import type { AccountModels } from "../issuer/account-sessions.ts";
import type { GrantAdapter } from "../issuer/grants.ts";
import { OidcRefusal } from "./oidc-refusal.ts";

interface Row {
  readonly payload: AdapterPayload;
  readonly expiresAt: number;
}

/** @param now milliseconds since 1970 */
export const memoryOidcModels = (now: () => number = Date.now): AdapterFactory & AccountModels => {
  const rows = new Map<string, Row>();
  const alive = (key: string) => {
    const row = rows.get(key);
    return row && row.expiresAt > now() / 1000 ? structuredClone(row.payload) : undefined;
  };
  const revokeByGrantId = async (grantId: string) => {
    for (const [key, { payload }] of rows)
      if (payload.grantId === grantId && !key.startsWith("Interaction#")) rows.delete(key);
  };
  const factory = (model: string): GrantAdapter => {
    const first = (matches: (payload: AdapterPayload) => boolean) => {
      for (const key of rows.keys()) {
        const payload = key.startsWith(`${model}#`) ? alive(key) : undefined;
        if (payload && matches(payload)) return payload;
      }
      return undefined;
    };
    return {
      async upsert(id, payload, expiresIn = Number.POSITIVE_INFINITY) {
        const key = `${model}#${id}`;
        if (model === "ReplayDetection" && alive(key))
          throw new OidcRefusal("invalid_client", "client authentication failed");
        rows.set(key, { payload: structuredClone(payload), expiresAt: Math.floor(now() / 1000) + expiresIn });
      },
      async replace(id, payload, expiresIn) {
        if (!alive(`${model}#${id}`)) throw new OidcRefusal("invalid_grant", "grant request is invalid");
        await this.upsert(id, payload, expiresIn);
      },
      find: async (id) => alive(`${model}#${id}`),
      findByUid: async (uid) => first((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => first((payload) => payload.userCode === userCode),
      async consume(id) {
        const key = `${model}#${id}`;
        const payload = alive(key);
        if (!payload || payload.consumed) {
          if (payload?.grantId) {
            rows.delete(`Grant#${payload.grantId}`);
            await revokeByGrantId(payload.grantId);
          }
          throw new OidcRefusal("invalid_grant", "grant request is invalid");
        }
        rows.set(key, {
          payload: { ...payload, consumed: Math.floor(now() / 1000) },
          expiresAt: rows.get(key)?.expiresAt ?? 0,
        });
      },
      async destroy(id) {
        rows.delete(`${model}#${id}`);
      },
      revokeByGrantId,
    };
  };
  return Object.assign(factory, {
    listByAccount: async (accountId: string) =>
      [...rows.keys()].flatMap((key) => {
        const model = key.split("#")[0] ?? "";
        const payload = ["Session", "Grant", "SignedOut"].includes(model) ? alive(key) : undefined;
        return payload?.accountId === accountId ? [{ model, payload }] : [];
      }),
  });
};
