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

const PERCENT = 0x25;
const PLUS = 0x2b;
const BLANK = 0x20;

/** The bytes behind a value of a form; which characters they are is another question. */
const formBytes = (raw: Buffer): Buffer => {
  const out = Buffer.alloc(raw.length);
  let length = 0;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i] ?? 0;
    const hex = byte === PERCENT ? raw.toString("latin1", i + 1, i + 3) : "";
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      out[length++] = Number.parseInt(hex, 16);
      i += 2;
    } else out[length++] = byte === PLUS ? BLANK : byte;
  }
  return out.subarray(0, length);
};

/** The fields of a form as bytes; of a field given twice, the first. */
export const formFields = (body: Buffer): ReadonlyMap<string, Buffer> => {
  const fields = new Map<string, Buffer>();
  for (let start = 0; start <= body.length; ) {
    const end = body.indexOf("&", start);
    const pair = body.subarray(start, end === -1 ? body.length : end);
    const equals = pair.indexOf("=");
    const name = formBytes(equals === -1 ? pair : pair.subarray(0, equals)).toString("latin1");
    if (name && !fields.has(name))
      fields.set(name, formBytes(equals === -1 ? Buffer.alloc(0) : pair.subarray(equals + 1)));
    if (end === -1) break;
    start = end + 1;
  }
  return fields;
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
