import { type AdapterFactory, type AdapterPayload, errors } from "oidc-provider";

interface Row {
  readonly payload: AdapterPayload;
  readonly expiresAt: number;
}

/** @param now milliseconds since 1970 */
export const memoryOidcModels = (now: () => number = Date.now): AdapterFactory => {
  const rows = new Map<string, Row>();
  return (model) => {
    const alive = (key: string) => {
      const row = rows.get(key);
      return row && row.expiresAt > now() / 1000 ? row.payload : undefined;
    };
    const first = (matches: (payload: AdapterPayload) => boolean) => {
      for (const key of rows.keys()) {
        const payload = key.startsWith(`${model}#`) ? alive(key) : undefined;
        if (payload && matches(payload)) return payload;
      }
      return undefined;
    };
    return {
      async upsert(id, payload, expiresIn = Number.POSITIVE_INFINITY) {
        rows.set(`${model}#${id}`, {
          payload: structuredClone(payload),
          expiresAt: Math.floor(now() / 1000) + expiresIn,
        });
      },
      find: async (id) => alive(`${model}#${id}`),
      findByUid: async (uid) => first((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => first((payload) => payload.userCode === userCode),
      async consume(id) {
        const key = `${model}#${id}`;
        const payload = alive(key);
        if (!payload || payload.consumed) throw new errors.InvalidGrant("already used");
        rows.set(key, {
          payload: { ...payload, consumed: Math.floor(now() / 1000) },
          expiresAt: rows.get(key)?.expiresAt ?? 0,
        });
      },
      async destroy(id) {
        rows.delete(`${model}#${id}`);
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of rows) if (payload.grantId === grantId) rows.delete(key);
      },
    };
  };
};
