import fc from "fast-check";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { expect, it } from "vitest";
import { secretVault } from "#functions/webhooks/adapters/secret-vault.ts";
import { signatureHeaders } from "#functions/webhooks/adapters/webhook-signature.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";

it("signs the published vector as Standard Webhooks 1.0.0 does", () => {
  const headers = signatureHeaders({
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    at: new Date(1_614_265_330_000),
    body: '{"test": 2432232314}',
  });
  expect(headers).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

const vault = secretVault(fieldCipher({ id: "k1", key: "k".repeat(64), previous: [] }));

it("is verified by two libraries of others, and no longer when anything is changed", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.json(), (id, body) => {
      const secret = vault.open("E", vault.create("E"));
      const headers = signatureHeaders({ secret, id, body, at: new Date() });
      for (const verifier of [new StandardWebhook(secret), new SvixWebhook(secret)]) {
        verifier.verify(body, headers);
        expect(() => verifier.verify(`${body} `, headers)).toThrow();
        expect(() => verifier.verify(body, { ...headers, "webhook-id": `${id}0` })).toThrow();
        expect(() => verifier.verify(body, { ...headers, "webhook-timestamp": "1614265330" })).toThrow();
      }
    }),
    { numRuns: 50 },
  );
});

it("makes secrets of 32 bytes that open only for their own endpoint", () => {
  const sealed = vault.create("E");
  const secret = vault.open("E", sealed);
  expect(secret).toMatch(/^whsec_/);
  expect(Buffer.from(secret.slice(6), "base64")).toHaveLength(32);
  expect(vault.open("E", sealed)).toBe(secret);
  expect(() => vault.open("F", sealed)).toThrow();
});
