import type { Items } from "../../domain/ports.ts";
import type { Materials } from "../domain/ports.ts";

/** What this capability's own copy of the item says of a material. */
export const itemMaterials = (items: Items): Materials => ({
  async rulesOf(itemCode, material) {
    const item = await items.inForce(itemCode);
    const known = item?.materials.find(({ id }) => id === material);
    return known && { itemCode, material, name: known.name, formats: known.formats, maxBytes: known.maxBytes };
  },
});
