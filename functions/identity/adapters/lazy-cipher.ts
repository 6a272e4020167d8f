import type { FieldCipher } from "#shared/runtime/key-ring.ts";

/** Reads the field keys when they are first needed, with the code that does it: most tokens need neither. */
export const lazyCipher = (secretId: string): (() => Promise<FieldCipher>) => {
  let known: Promise<FieldCipher> | undefined;
  const load = async (): Promise<FieldCipher> => {
    const { fieldCipher, loadKeyRing } = await import("#shared/runtime/key-ring.ts");
    return fieldCipher(await loadKeyRing(secretId));
  };
  return () => {
    known ??= load().catch((error: unknown) => {
      // Tried anew at the next request.
      known = undefined;
      throw error;
    });
    return known;
  };
};
