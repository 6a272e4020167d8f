import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import type { Item, ItemDefinition } from "./item.ts";

export type PublishRefusal = "item.unchanged";

/** Makes a definition the version in force. Refused when it says what the version in force says already. */
export const publishItem = (current: Item | undefined, definition: ItemDefinition): Decision<Item, PublishRefusal> => {
  if (!current) return accept({ ...definition, version: 1 });
  const { version, ...inForce } = current;
  if (fingerprint(inForce) === fingerprint(definition)) return refuse("item.unchanged");
  return accept({ ...definition, version: version + 1 });
};
