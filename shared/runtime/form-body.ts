/** A form's fields as bytes: how they are encoded is one of the fields. */
export type FormBytes = ReadonlyMap<string, Buffer>;

const FIELDS_AT_MOST = 200;

const bytesOf = (text: string): Buffer | undefined => {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "%") {
      const hex = text.slice(i + 1, i + 3);
      if (!/^[0-9a-f]{2}$/i.test(hex)) return undefined;
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else bytes.push(char === "+" ? 0x20 : text.charCodeAt(i));
  }
  return Buffer.from(bytes);
};

/**
 * Reads application/x-www-form-urlencoded without guessing a character set. Undefined when it is malformed, or a name occurs
 * twice: a signature over such a body can be read in more than one way.
 */
export const formBytes = (body: Buffer): FormBytes | undefined => {
  const fields = new Map<string, Buffer>();
  const text = body.toString("latin1");
  if (text === "") return undefined;
  const pairs = text.split("&");
  if (pairs.length > FIELDS_AT_MOST) return undefined;
  for (const pair of pairs) {
    const cut = pair.indexOf("=");
    const name = bytesOf(cut < 0 ? pair : pair.slice(0, cut))?.toString("latin1");
    const value = cut < 0 ? Buffer.alloc(0) : bytesOf(pair.slice(cut + 1));
    if (!name || !value || fields.has(name)) return undefined;
    fields.set(name, value);
  }
  return fields;
};

/**
 * `k=v&...` sorted by name, without those left out, in the form's own bytes: what Alipay and UnionPay sign. Empty values are dropped
 * unless they are to be kept.
 */
export const signedContent = (fields: FormBytes, leftOut: ReadonlySet<string>, keepEmpty = false): Buffer =>
  Buffer.concat(
    [...fields]
      .filter(([name, value]) => !leftOut.has(name) && (keepEmpty || value.byteLength > 0))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, value], index) => [Buffer.from(`${index ? "&" : ""}${name}=`, "latin1"), value]),
  );

/** The fields as text; undefined when they are not of that character set, or nobody knows it. */
export const formText = (fields: FormBytes, charset: string): Readonly<Record<string, string>> | undefined => {
  try {
    const decoder = new TextDecoder(charset.toLowerCase() === "utf-8" ? "utf-8" : charset, { fatal: true });
    return Object.fromEntries([...fields].map(([name, value]) => [name, decoder.decode(value)]));
  } catch {
    return undefined;
  }
};
