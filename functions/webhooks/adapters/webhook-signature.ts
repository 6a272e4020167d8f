import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";

/** PKCS #8 around the 32 bytes of an ed25519 seed (RFC 8410). */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

const privateKeyOf = (seed: Buffer): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: "der", type: "pkcs8" });

/** `whpk_` and base64 of the 32 bytes of an ed25519 public key. */
export const publicKeyOf = (seed: Buffer): string => {
  const { x = "" } = createPublicKey(privateKeyOf(seed)).export({ format: "jwk" });
  return `whpk_${Buffer.from(x, "base64url").toString("base64")}`;
};

/** One signer's two keys. */
export interface Signer {
  /** `whsec_` and base64. */
  readonly secret: string;
  /** The seed of the ed25519 key. */
  readonly seed: Buffer;
}

interface SignedMessage {
  readonly signers: readonly Signer[];
  readonly id: string;
  readonly body: string;
  readonly at: Date;
}

/**
 * The three headers of Standard Webhooks 1.0.0 over `id.timestamp.body`: for each signer `v1`, HMAC-SHA256, and `v1a`,
 * ed25519. More than one signs while a rotation's overlap lasts.
 */
export const signatureHeaders = ({ signers, id, body, at }: SignedMessage) => {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const signatures = signers.flatMap(({ secret, seed }) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return [
      `v1,${createHmac("sha256", key).update(content).digest("base64")}`,
      `v1a,${sign(null, content, privateKeyOf(seed)).toString("base64")}`,
    ];
  });
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
};
