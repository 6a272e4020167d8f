import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { derivedKey, fieldCipher, KeyRing } from "#shared/runtime/key-ring.ts";

const ring = (id: string, previous: KeyRing["previous"] = []): KeyRing => ({ id, key: `${id}-`.repeat(20), previous });
const cipher = fieldCipher(ring("k1"));
const place = { owner: "applications", key: "case-1", attribute: "sealed" };
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));

describe("a sealed field", () => {
  it("opens to what was sealed, where it was sealed", () => {
    fc.assert(
      fc.property(bytes, fc.string(), (plain, key) => {
        const sealed = cipher.seal(plain, { ...place, key });
        expect(cipher.open(sealed, { ...place, key }).equals(plain)).toBe(true);
      }),
    );
  });

  it("opens to what was sealed by an earlier version", () => {
    const data = Buffer.from("Az/f5/GMg8fNPOh8qDBN5iovJNFKpoCoedx3kCsjTm8=", "base64");
    expect(cipher.open({ keyId: "k1", data }, place).toString()).toBe("kept");
  });

  it("is never the same twice, and shows nothing of what it holds", () => {
    const plain = Buffer.from("440606199003070017");
    const [one, other] = [cipher.seal(plain, place), cipher.seal(plain, place)];
    expect(Buffer.from(one.data).equals(Buffer.from(other.data))).toBe(false);
    expect(Buffer.from(one.data).includes(plain)).toBe(false);
    expect(one.keyId).toBe("k1");
  });

  it.each([
    ["owner", { ...place, owner: "webhooks" }],
    ["row", { ...place, key: "case-2" }],
    ["attribute", { ...place, attribute: "name" }],
    ["place that reads alike", { owner: "applications", key: 'case-1","sealed', attribute: "" }],
  ])("does not open in another %s", (_what, elsewhere) => {
    expect(() => cipher.open(cipher.seal(Buffer.from("x"), place), elsewhere)).toThrow();
  });

  it("does not open when any of its bytes is another", () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, at, flip) => {
        const { keyId, data } = cipher.seal(plain, place);
        const tampered = Uint8Array.from(data, (byte, i) => (i === at % data.length ? byte ^ flip : byte));
        expect(() => cipher.open({ keyId, data: tampered }, place)).toThrow();
      }),
    );
  });

  it("does not open when its end is cut off, however much", () => {
    const { keyId, data } = cipher.seal(randomBytes(40), place);
    for (let length = 0; length < data.length; length++)
      expect(() => cipher.open({ keyId, data: data.subarray(0, length) }, place), `${length} bytes`).toThrow();
  });

  it("does not open with a key that the ring does not have", () => {
    const { data } = cipher.seal(Buffer.from("x"), place);
    expect(() => cipher.open({ keyId: "k9", data }, place)).toThrow(/k9 is not in the key ring/);
  });

  it("does not open with another key of the same name", () => {
    const sealed = fieldCipher({ ...ring("k1"), key: "another key, as long as it has to be" }).seal(
      Buffer.from("x"),
      place,
    );
    expect(() => cipher.open(sealed, place)).toThrow();
  });
});

describe("a key ring that was rotated", () => {
  const old = ring("k1");
  const rotated = fieldCipher(ring("k2", [{ id: old.id, key: old.key }]));

  it("opens what the previous key sealed, and seals with the newest", () => {
    expect(rotated.open(cipher.seal(Buffer.from("x"), place), place).toString()).toBe("x");
    expect(rotated.seal(Buffer.from("x"), place).keyId).toBe("k2");
  });

  it("is not opened by who only has the previous key", () => {
    expect(() => cipher.open(rotated.seal(Buffer.from("x"), place), place)).toThrow(/k2 is not in the key ring/);
  });
});

describe("a lookup", () => {
  const value = "natural:440606199003070017";

  it("is the same for the same value and purpose, and shows nothing of the value", () => {
    expect(cipher.lookup(value, "applicant")).toBe(fieldCipher(ring("k1")).lookup(value, "applicant"));
    expect(cipher.lookup(value, "applicant")).toMatch(/^[\w-]{43}$/);
  });

  it("differs for another value, purpose or key", () => {
    const lookups = [
      cipher.lookup(value, "applicant"),
      cipher.lookup(`${value} `, "applicant"),
      cipher.lookup(value, "agent"),
      fieldCipher(ring("k2")).lookup(value, "applicant"),
    ];
    expect(new Set(lookups).size).toBe(4);
  });
});

describe("a derived key", () => {
  it("is 256 bits, of its secret and its purpose alone", () => {
    const keys = [derivedKey("s1", "a"), derivedKey("s1", "b"), derivedKey("s2", "a"), derivedKey("s1", "a")];
    expect(keys.map(({ length }) => length)).toEqual([32, 32, 32, 32]);
    expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(3);
  });
});

describe("the secret that holds a key ring", () => {
  it("is read as the deployment makes it: one key, none before it", () => {
    const key = "x".repeat(64);
    expect(KeyRing.parse({ id: "k1", key })).toEqual({ id: "k1", key, previous: [] });
  });

  it.each([
    ["nothing", {}],
    ["a short key", { id: "k1", key: "x".repeat(31) }],
    ["a short previous key", { id: "k1", key: "x".repeat(32), previous: [{ id: "k0", key: "" }] }],
  ])("is refused with %s", (_what, secret) => expect(() => KeyRing.parse(secret)).toThrow(z.ZodError));
});
