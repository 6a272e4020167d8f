import type { ItemRules } from "../domain/application.ts";
import type { Items } from "../domain/ports.ts";

/** Item rules in a map; for tests. */
export const memoryItems = (seed: readonly ItemRules[] = []): Items => {
  const rows = new Map(seed.map((rules) => [rules.code, rules]));
  return {
    inForce: async (code) => rows.get(code),
    keep: async (rules) => {
      if ((rows.get(rules.code)?.version ?? 0) < rules.version) rows.set(rules.code, rules);
    },
  };
};
