import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

/**
 * JSON that mostly repeats what all of its kind repeat: deflated by a dictionary of that. A third of what deflate alone makes of a
 * text of some hundred bytes. What was written can be read as long as its dictionary stands: one is never changed, only a next
 * one added. A text that says more of the same makes no difference in correctness, only in size.
 */
export const compactJson = (dictionaries: readonly [string, ...string[]]) => {
  const known = dictionaries.map((text) => Buffer.from(text));
  const newest = known.length - 1;
  return {
    /** The first byte says by which dictionary. */
    pack: (value: unknown): Buffer => {
      const packed = deflateRawSync(JSON.stringify(value), {
        level: constants.Z_BEST_COMPRESSION,
        dictionary: known[newest] as Buffer,
      });
      return Buffer.concat([Buffer.of(newest), packed]);
    },
    /** Throws for what it has not packed. */
    unpack: (bytes: Uint8Array): unknown => {
      const dictionary = known[bytes[0] ?? -1];
      if (!dictionary) throw new Error("packed by a dictionary that is not known here");
      return JSON.parse(inflateRawSync(bytes.subarray(1), { dictionary }).toString("utf8"));
    },
  };
};
