import type { ItemRules } from "../../domain/application.ts";
import type { Items } from "../../domain/ports.ts";
import type { Materials } from "../domain/ports.ts";

type Known = {
  readonly id: string;
  readonly name: string;
  readonly formats: readonly string[];
  readonly maxBytes: number;
};

/**
 * What this capability's own copy of the item says of a material. A copy from before items told of their materials says
 * nothing: then anything that can be uploaded will do, under the material's id.
 */
export const itemMaterials = (items: Items): Materials => ({
  async rulesOf(itemCode, material) {
    const item: (ItemRules & { readonly materials?: readonly Known[] }) | undefined = await items.inForce(itemCode);
    if (!item) return undefined;
    if (!item.materials) return { itemCode, material, name: material, formats: [] };
    const known = item.materials.find(({ id }) => id === material);
    return known && { itemCode, material, name: known.name, formats: known.formats, maxBytes: known.maxBytes };
  },
});
