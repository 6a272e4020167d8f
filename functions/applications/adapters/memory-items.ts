import type { ItemRules } from "../domain/item-rules.ts";
import type { Items } from "../domain/ports.ts";

/** Item rules in a map; for tests. */
export const memoryItems = (seed: readonly ItemRules[] = []): Items => {
  const current = new Map<string, ItemRules>();
  const closed = new Map<string, { readonly version: number; readonly open: boolean; readonly sequence: number }>();
  const versions = new Map<string, ItemRules>();
  const keep = (rules: ItemRules): void => {
    const name = `${rules.code}/${rules.version}`;
    if (!versions.has(name)) versions.set(name, rules);
    if ((current.get(rules.code)?.version ?? 0) < rules.version) current.set(rules.code, rules);
  };
  seed.forEach(keep);
  return {
    inForce: async (code) => {
      const rules = current.get(code);
      const told = closed.get(code);
      return rules && told && !told.open && rules.version <= told.version ? undefined : rules;
    },
    async version(code, version) {
      const rules = versions.get(`${code}/${version}`);
      if (!rules) throw new Error(`version ${version} of item ${code} was never kept`);
      return rules;
    },
    keep: async (rules) => keep(rules),
    async setOpen(code, version, open, sequence) {
      const rules = current.get(code);
      const told = closed.get(code);
      const isNews = !told || told.version < (rules?.version ?? 0) || told.sequence < sequence;
      if (rules && rules.version <= version && isNews) closed.set(code, { version, open, sequence });
    },
    divisionsOf: async (department) =>
      [
        ...new Set([...versions.values()].filter((r) => r.department.uscc === department).map((r) => r.division)),
      ].sort(),
  };
};
