import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { CaseFacts } from "../domain/case-facts.ts";
import type { Cases } from "../domain/ports.ts";

export const memoryCases = (): Cases => {
  const rows = new Map<string, CaseFacts>();
  return {
    find: async (id) => rows.get(id),
    async keep(facts) {
      if ((rows.get(facts.id)?.version ?? 0) !== facts.version - 1) throw new StaleVersionError(facts.id);
      rows.set(facts.id, facts);
    },
  };
};
