/** What a carrier sent cannot be read; it is their fault, not ours. */
export class UnreadablePush extends Error {
  override readonly name = "UnreadablePush";
}

/** A full list of a long journey has some ten kilobytes. */
export const BODY_BYTES_AT_MOST = 512_000;
const DEPTH_AT_MOST = 16;

/** UTF-8, or GBK as older systems write it. Throws UnreadablePush for what is neither. */
export const decoded = (bytes: Buffer): string => {
  for (const encoding of ["utf-8", "gbk"])
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // not in this encoding
    }
  throw new UnreadablePush("neither UTF-8 nor GBK");
};

const isShallow = (json: unknown, depth: number): boolean =>
  typeof json !== "object" ||
  json === null ||
  (depth > 0 && Object.values(json).every((each) => isShallow(each, depth - 1)));

/** Throws UnreadablePush for what is no JSON, or nested as nothing of a carrier's is. */
export const parsedJson = (text: string): unknown => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UnreadablePush("not JSON");
  }
  if (!isShallow(json, DEPTH_AT_MOST)) throw new UnreadablePush("nested too deeply");
  return json;
};
