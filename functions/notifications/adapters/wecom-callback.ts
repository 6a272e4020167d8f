import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What the administrator has set for the application's callback (接收消息), and whose application it is. */
export interface CallbackSettings {
  readonly token: string;
  readonly encodingAesKey: string;
  readonly corpid: string;
}

const BLOCK = 32;
const RANDOM_BYTES = 16;
const LENGTH_BYTES = 4;

/**
 * How WeCom signs and encrypts what it posts: developer.work.weixin.qq.com/document/path/90968. AES-256-CBC with the key's
 * beginning as IV, PKCS7 with blocks of 32; inside, 16 random bytes, the length, the message, and for whom it is.
 */
export const wecomCallback = ({ token, encodingAesKey, corpid }: CallbackSettings) => {
  const key = Buffer.from(`${encodingAesKey}=`, "base64");
  if (key.length !== 32) throw new Error("the EncodingAESKey of the chat's callback has not 43 characters");
  const iv = key.subarray(0, 16);

  const signatureOf = (timestamp: string, nonce: string, encrypted: string): string =>
    createHash("sha1").update([token, timestamp, nonce, encrypted].sort().join("")).digest("hex");

  return {
    isSigned(signature: string, timestamp: string, nonce: string, encrypted: string): boolean {
      const expected = Buffer.from(signatureOf(timestamp, nonce, encrypted));
      const given = Buffer.from(signature);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },

    /** What was encrypted; undefined when it is not what the protocol makes, or not for us. */
    decrypt(encrypted: string): string | undefined {
      try {
        const decipher = createDecipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
        const padded = Buffer.concat([decipher.update(encrypted, "base64"), decipher.final()]);
        const padding = padded.at(-1) ?? 0;
        if (padding < 1 || padding > BLOCK) return undefined;
        const plain = padded.subarray(RANDOM_BYTES, padded.length - padding);
        const length = plain.readUInt32BE(0);
        const message = plain.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
        const receiver = plain.subarray(LENGTH_BYTES + length).toString();
        return message.length === length && receiver === corpid ? message.toString() : undefined;
      } catch {
        return undefined;
      }
    },

    /** An answer as the chat expects it. */
    answer(message: string, timestamp: string, nonce: string): string {
      const text = Buffer.from(message);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(text.length);
      const plain = Buffer.concat([randomBytes(RANDOM_BYTES), length, text, Buffer.from(corpid)]);
      const padding = BLOCK - (plain.length % BLOCK);
      const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
      const encrypted = Buffer.concat([
        cipher.update(Buffer.concat([plain, Buffer.alloc(padding, padding)])),
        cipher.final(),
      ]).toString("base64");
      return `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt><MsgSignature><![CDATA[${signatureOf(timestamp, nonce, encrypted)}]]></MsgSignature><TimeStamp>${timestamp}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`;
    },
  };
};
export type WecomCallback = ReturnType<typeof wecomCallback>;

/**
 * The text of an element of the chat's flat XML; undefined when there is none. Nothing is nested in what we read, and no
 * entity is ever resolved.
 */
export const elementOf = (xml: string, name: string): string | undefined => {
  const found = new RegExp(`<${name}>(?:<!\\[CDATA\\[([\\s\\S]*?)\\]\\]>|([^<]*))</${name}>`).exec(xml);
  return found?.[1] ?? found?.[2];
};
