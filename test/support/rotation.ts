import { fieldCipher } from "#shared/runtime/key-ring.ts";
import type { RotationSlice } from "#shared/runtime/sealed-rows.ts";

const k1 = { id: "k1", key: "the first key of an installation, long" };
const k2 = { id: "k2", key: "the second key of an installation, new" };

/** The keys of a capability before they are rotated, while they are, and when the old one has gone. */
export const ciphers = {
  before: fieldCipher({ ...k1, previous: [] }),
  during: fieldCipher({ ...k2, previous: [k1] }),
  after: fieldCipher({ ...k2, previous: [] }),
};

/** Rotates from slice to slice to the end, as the command does in one run. */
export const rotateAll = async (rotate: (payload: object) => Promise<RotationSlice>, limit = 4) => {
  const sum = { rewritten: 0, left: 0, slices: 0 };
  for (let next: object | undefined = {}; next; ) {
    const slice: RotationSlice = await rotate({ limit, ...next });
    sum.rewritten += slice.rewritten;
    sum.left += slice.left;
    sum.slices += 1;
    next = slice.next === undefined ? undefined : { cursor: slice.next };
  }
  return sum;
};
