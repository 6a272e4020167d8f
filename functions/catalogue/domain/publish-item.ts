import type { LegalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import type { Item, ItemDefinition } from "./item.ts";

export type PublishRefusal = "item.unchanged";

/** Makes a definition the version in force. Refused when it says what the version in force says already. */
export const publishItem = (
  current: Item | undefined,
  definition: ItemDefinition,
  today: LegalDate,
): Decision<Item, PublishRefusal> => {
  const effectiveFrom = definition.effectiveFrom ?? today;
  if (!current) return accept({ ...definition, effectiveFrom, version: 1 });
  const { version, ...inForce } = current;
  const same = { ...definition, effectiveFrom: definition.effectiveFrom ?? inForce.effectiveFrom };
  if (fingerprint(inForce) === fingerprint(same)) return refuse("item.unchanged");
  return accept({ ...definition, effectiveFrom, version: version + 1 });
};
