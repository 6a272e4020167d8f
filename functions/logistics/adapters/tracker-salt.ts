import type { FieldCipher } from "#shared/runtime/key-ring.ts";

const PURPOSE = "kuaidi100-salt";

/** Each number has a salt of its own, made from the key ring: nothing is stored, and pushes for numbers not known yet can be checked. */
export const saltFor = (cipher: FieldCipher, number: string): string => cipher.lookup(number, PURPOSE);

/** Those with which it may have been subscribed before the keys were rotated, too. */
export const saltsFor = (cipher: FieldCipher, number: string): readonly string[] => cipher.lookups(number, PURPOSE);
