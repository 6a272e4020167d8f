import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** DER, as far as a certificate needs it (X.690). */
const tlv = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), body]);
  const bytes = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), body]);
};
const sequence = (...parts: readonly Buffer[]) => tlv(0x30, ...parts);
const SHA256_WITH_RSA = sequence(Buffer.from("06092a864886f70d01010b0500", "hex"));
const COMMON_NAME = Buffer.from("0603550403", "hex");
const nameOf = (text: string) => sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, Buffer.from(text)))));
const timeOf = (at: Date) => tlv(0x18, Buffer.from(`${at.toISOString().replace(/\D/g, "").slice(0, 14)}Z`));

export interface SelfSigned {
  readonly pem: string;
  /** Upper-case hex. */
  readonly serial: string;
  readonly privateKey: KeyObject;
}

const YEAR_MS = 365 * 86_400_000;

/** A key pair with a certificate that only vouches for itself (RFC 5280), in force for a year. */
export const selfSigned = (commonName: string): SelfSigned => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  // The first bit stays clear: serial numbers are positive.
  const serial = Buffer.concat([Buffer.from([0x4a]), randomBytes(15)]);
  const now = Date.now();
  const body = sequence(
    tlv(0xa0, Buffer.from("020102", "hex")),
    tlv(0x02, serial),
    SHA256_WITH_RSA,
    nameOf(commonName),
    sequence(timeOf(new Date(now - 86_400_000)), timeOf(new Date(now + YEAR_MS))),
    nameOf(commonName),
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("RSA-SHA256", body, privateKey);
  const der = sequence(body, SHA256_WITH_RSA, tlv(0x03, Buffer.from([0]), signature));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    pem: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    serial: serial.toString("hex").toUpperCase(),
    privateKey,
  };
};

/** A key pair as two texts. */
export const keyPair = (): { readonly privatePem: string; readonly publicPem: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
};
