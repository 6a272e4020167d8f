import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signatureHeaders } from "#functions/webhooks/adapters/webhook-signature.ts";
import { vault } from "#test/support/webhooks-stage.ts";

const signerOf = (endpoint: string) => {
  const keys = vault.create(endpoint, "request");
  return { secret: vault.secretOf(endpoint, keys), seed: vault.seedOf(endpoint, keys), publicKey: keys.publicKey };
};
const signatureOf = (version: string, header: string) =>
  header
    .split(" ")
    .filter((each) => each.startsWith(`${version},`))
    .map((each) => each.slice(version.length + 1));

it("signs the published vector as Standard Webhooks 1.0.0 does", () => {
  const headers = signatureHeaders({
    signers: [{ secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", seed: Buffer.alloc(32) }],
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    at: new Date(1_614_265_330_000),
    body: '{"test": 2432232314}',
  });
  expect(headers).toMatchObject({ "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330" });
  expect(signatureOf("v1", headers["webhook-signature"])).toEqual(["g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="]);
});

it("is verified by two libraries of others, and no longer when anything is changed", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.json(), (id, body) => {
      const signer = signerOf("E");
      const headers = signatureHeaders({ signers: [signer], id, body, at: new Date() });
      for (const verifier of [new StandardWebhook(signer.secret), new SvixWebhook(signer.secret)]) {
        verifier.verify(body, headers);
        expect(() => verifier.verify(`${body} `, headers)).toThrow();
        expect(() => verifier.verify(body, { ...headers, "webhook-id": `${id}0` })).toThrow();
        expect(() => verifier.verify(body, { ...headers, "webhook-timestamp": "1614265330" })).toThrow();
      }
    }),
    { numRuns: 50 },
  );
});

it("of an overlap is verified by who holds the old secret and by who holds the new, and by nobody else", () => {
  const [fresh, old, other] = [signerOf("E"), signerOf("E"), signerOf("E")];
  const headers = signatureHeaders({ signers: [fresh, old], id: "e", body: "{}", at: new Date() });
  for (const { secret } of [fresh, old])
    for (const verifier of [new StandardWebhook(secret), new SvixWebhook(secret)]) verifier.verify("{}", headers);
  expect(() => new StandardWebhook(other.secret).verify("{}", headers)).toThrow();
});

describe("v1a, by OpenSSL", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "yimen-v1a-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** SubjectPublicKeyInfo around the 32 bytes (RFC 8410), as whoever holds `whpk_` makes it. */
  const verifies = (publicKey: string, content: string, signature: string): boolean => {
    const der = Buffer.concat([
      Buffer.from("302a300506032b6570032100", "hex"),
      Buffer.from(publicKey.replace(/^whpk_/, ""), "base64"),
    ]);
    const file = (name: string, bytes: Buffer | string) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    const key = ["-pubin", "-keyform", "DER", "-inkey", file("key.der", der)];
    const signed = ["-sigfile", file("signature", Buffer.from(signature, "base64")), "-in", file("content", content)];
    try {
      execFileSync("openssl", ["pkeyutl", "-verify", "-rawin", ...key, ...signed], { stdio: "pipe" });
      return true;
    } catch {
      return false;
    }
  };

  it("is verified with the public key, and no longer when anything is changed", () => {
    const signer = signerOf("E");
    const body = JSON.stringify({ name: "食品经营许可" });
    const headers = signatureHeaders({ signers: [signer], id: "CASE.1.0", body, at: new Date() });
    const [signature = ""] = signatureOf("v1a", headers["webhook-signature"]);
    const content = `CASE.1.0.${headers["webhook-timestamp"]}.${body}`;
    expect(verifies(signer.publicKey, content, signature)).toBe(true);
    expect(verifies(signer.publicKey, `${content} `, signature)).toBe(false);
    expect(verifies(signerOf("E").publicKey, content, signature)).toBe(false);
  });
});

it("makes secrets of 32 bytes that open only for their own endpoint, and only as what they are", () => {
  const keys = vault.create("E", "request");
  const secret = vault.secretOf("E", keys);
  expect(secret).toMatch(/^whsec_/);
  expect(Buffer.from(secret.slice(6), "base64")).toHaveLength(32);
  expect(keys.publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  expect(vault.secretOf("E", keys)).toBe(secret);
  expect(() => vault.secretOf("F", keys)).toThrow();
  expect(() => vault.seedOf("E", { ...keys, seed: keys.secret })).toThrow();
});
