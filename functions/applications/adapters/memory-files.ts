import type { FileFacts } from "../domain/materials.ts";
import type { ApplicantKey, Files } from "../domain/ports.ts";

/** Files in a map, each with its owner; for tests. */
export const memoryFiles = (seed: readonly (FileFacts & { readonly owner: ApplicantKey })[] = []): Files => ({
  of: async ({ kind, idNumber }, ids) =>
    seed
      .filter(({ id, owner }) => ids.includes(id) && owner.kind === kind && owner.idNumber === idNumber)
      .map(({ owner: _, ...facts }) => facts),
});
