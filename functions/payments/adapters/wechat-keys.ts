import { createDecipheriv, createPublicKey, createVerify, type KeyObject, X509Certificate } from "node:crypto";
import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { ProviderUnavailable } from "../domain/ports.ts";
import type { WechatSettings } from "./provider-settings.ts";

export const Encrypted = z.object({
  algorithm: z.literal("AEAD_AES_256_GCM"),
  ciphertext: z.string(),
  nonce: z.string().length(12),
  associated_data: z.string().default(""),
});

const TAG_BYTES = 16;

/** Opens AEAD_AES_256_GCM with the APIv3 key. Throws when it was altered, or sealed with another key. */
export const opened = (apiV3Key: string, sealed: z.infer<typeof Encrypted>): string => {
  const bytes = Buffer.from(sealed.ciphertext, "base64");
  if (bytes.byteLength < TAG_BYTES) throw new Error("the ciphertext is too short");
  const decipher = createDecipheriv("aes-256-gcm", Buffer.from(apiV3Key), Buffer.from(sealed.nonce), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(sealed.associated_data))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
};

const keyOf = (pem: string): KeyObject =>
  pem.includes("BEGIN CERTIFICATE") ? new X509Certificate(pem).publicKey : createPublicKey(pem);

export interface Signed {
  readonly timestamp: string;
  readonly nonce: string;
  readonly serial: string;
  readonly signature: string;
  readonly body: Buffer;
}

/** Headers that sign an answer or a notification, or what is missing. */
export const signedOf = (header: (name: string) => string | undefined, body: Buffer): Signed | undefined => {
  const [timestamp, nonce, serial, signature] = ["timestamp", "nonce", "serial", "signature"].map((name) =>
    header(`wechatpay-${name}`),
  );
  const type = header("wechatpay-signature-type");
  if (!timestamp || !nonce || !serial || !signature) return undefined;
  if (type !== undefined && type !== "WECHATPAY2-SHA256-RSA2048") return undefined;
  return { timestamp, nonce, serial, signature, body };
};

const isSigned = (key: KeyObject, { timestamp, nonce, signature, body }: Signed): boolean =>
  createVerify("RSA-SHA256")
    .update(`${timestamp}\n${nonce}\n`)
    .update(body)
    .update("\n")
    .verify(key, signature, "base64");

const WINDOW_MS = 300_000;
/** An unknown serial makes us ask for certificates; a forger must not make us ask at every request. */
const REFRESH_AT_MOST_EVERY_MS = 60_000;
const PROBE = "WECHATPAY/SIGNTEST/";

export type Verdict = "good" | "probe" | "stale" | "serial-unknown" | "signature-wrong";

export interface WechatKeys {
  /** @throws ProviderUnavailable when certificates had to be fetched and could not be */
  verify(signed: Signed): Promise<Verdict>;
}

const Certificates = z.object({
  data: z.array(z.object({ serial_no: z.string(), encrypt_certificate: Encrypted })),
});

/**
 * The keys with which WeChat signs, by serial: a platform certificate's (hex), or PUB_KEY_ID_... in public-key mode.
 * @param fetchCertificates `GET /v3/certificates`, unverified: what it brings is verified here; undefined when WeChat has none for us
 */
export const wechatKeys = (
  settings: Pick<WechatSettings, "apiV3Key" | "platformKeys" | "publicKey">,
  fetchCertificates: () => Promise<{ readonly signed: Signed | undefined; readonly body: Buffer } | undefined>,
  now: Clock,
): WechatKeys => {
  const keys = new Map(Object.entries(settings.platformKeys).map(([serial, pem]) => [serial, keyOf(pem)]));
  if (settings.publicKey) keys.set(settings.publicKey.id, keyOf(settings.publicKey.pem));
  let refreshedAt = Number.NEGATIVE_INFINITY;

  /** Only who has the APIv3 key can have sealed them; the answer's own signature must be by one of them all the same. */
  const refresh = async (): Promise<void> => {
    if (Date.parse(now()) - refreshedAt < REFRESH_AT_MOST_EVERY_MS) return;
    refreshedAt = Date.parse(now());
    const fetched = await fetchCertificates();
    if (!fetched) return;
    const { signed, body } = fetched;
    let brought: Map<string, KeyObject>;
    try {
      const { data } = Certificates.parse(JSON.parse(body.toString("utf8")));
      brought = new Map(
        data.map(({ serial_no, encrypt_certificate }) => [
          serial_no,
          keyOf(opened(settings.apiV3Key, encrypt_certificate)),
        ]),
      );
    } catch (error) {
      throw new ProviderUnavailable("the certificates cannot be read", { cause: error });
    }
    const by = signed && (brought.get(signed.serial) ?? keys.get(signed.serial));
    if (!signed || !by || !isSigned(by, signed)) throw new ProviderUnavailable("the certificates are not signed");
    for (const [serial, key] of brought) keys.set(serial, key);
  };

  return {
    async verify(signed) {
      if (signed.signature.startsWith(PROBE)) return "probe";
      const seconds = /^\d{1,12}$/.test(signed.timestamp) ? Number(signed.timestamp) : Number.NaN;
      if (!(Math.abs(Date.parse(now()) - seconds * 1000) < WINDOW_MS)) return "stale";
      if (!keys.has(signed.serial) && /^[0-9A-F]{8,64}$/i.test(signed.serial)) await refresh();
      const key = keys.get(signed.serial);
      if (!key) return "serial-unknown";
      return isSigned(key, signed) ? "good" : "signature-wrong";
    },
  };
};
