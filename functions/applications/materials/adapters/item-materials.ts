import type { Items } from "../../domain/ports.ts";
import type { Materials } from "../domain/ports.ts";

/** What this capability's own copy of the item in force says of a material. */
export const itemMaterials = (items: Pick<Items, "inForce">): Materials => ({
  async rulesOf(itemCode, material) {
    const known = (await items.inForce(itemCode))?.materials.find(({ id }) => id === material);
    if (!known) return undefined;
    const { name, formats, maxBytes } = known;
    return { itemCode, material, name, formats, ...(maxBytes > 0 && { maxBytes }) };
  },
});
