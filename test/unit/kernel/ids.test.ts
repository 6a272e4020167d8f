import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApplicationId } from "#shared/contracts/http/applications.ts";
import { derivedId, fingerprint, newId } from "#shared/kernel/ids.ts";

const parts = fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 4 });

describe("derivedId", () => {
  it("is the same for the same parts, on every machine and in every release", () => {
    expect(derivedId("application", "portal", "k-1")).toBe(derivedId("application", "portal", "k-1"));
    expect(derivedId("application", "portal", "k-1")).toBe("SN95ZC1RZCQ96JD8QW5Y02N0AP");
  });

  it("is 26 characters of Crockford's base 32, as the contract of the API asks", () => {
    fc.assert(
      fc.property(parts, (some) => {
        const id = derivedId(...some);
        expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
        expect(ApplicationId.safeParse(id).success).toBe(true);
      }),
    );
  });

  it("differs when any part differs", () => {
    fc.assert(
      fc.property(parts, parts, (some, others) => {
        const same = JSON.stringify(some) === JSON.stringify(others);
        expect(derivedId(...some) === derivedId(...others)).toBe(same);
      }),
    );
  });

  it.each([
    [
      ["a", "bc"],
      ["ab", "c"],
    ],
    [["a", "b"], ["a,b"]],
    [["a"], ["a", ""]],
    [['a","b'], ["a", "b"]],
    [
      ["a", "b"],
      ["b", "a"],
    ],
  ])("does not run %j and %j together", (some, others) => expect(derivedId(...some)).not.toBe(derivedId(...others)));

  it("uses all of its characters: none is always the same", () => {
    const ids = Array.from({ length: 200 }, (_, i) => derivedId(`${i}`));
    for (let at = 0; at < 26; at++)
      expect(new Set(ids.map((id) => id[at])).size, `character ${at}`).toBeGreaterThan(16);
  });
});

describe("newId", () => {
  it("has the form of a ULID and is never the same", () => {
    const ids = Array.from({ length: 100 }, newId);
    for (const id of ids) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(new Set(ids).size).toBe(100);
  });
});

describe("fingerprint", () => {
  it.each([
    ["the order of keys", { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ["fields without a value", { a: 1, b: undefined }, { a: 1 }],
  ])("ignores %s", (_what, one, other) => expect(fingerprint(one)).toBe(fingerprint(other)));

  it.each([
    ["the order of a list", [1, 2], [2, 1]],
    ["a text and a number", { a: "1" }, { a: 1 }],
    ["null and a field left out", { a: null }, {}],
    ["a list and an object", [1], { 0: 1 }],
    ["an empty list and an empty object", [], {}],
    ["where a value stands", { a: { b: 1 } }, { a: {}, b: 1 }],
    ["a key that looks like two", { "a:1,b": 2 }, { a: 1, b: 2 }],
    ["a text that looks like an object", '{"a":1}', { a: 1 }],
    ["lists of lists", [[1], 2], [[1, 2]]],
  ])("tells apart %s", (_what, one, other) => expect(fingerprint(one)).not.toBe(fingerprint(other)));

  it("is the same for any order of keys, and for a body that travelled as JSON", () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, shuffled(inner)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expect(fingerprint(shuffled(body))).toBe(fingerprint(body));
        expect(fingerprint(JSON.parse(JSON.stringify(body)))).toBe(fingerprint(body));
      }),
    );
  });

  it("differs for bodies that differ", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), fc.string(), fc.integer(), (body, key, value) => {
        fc.pre(key !== "__proto__" && body[key] !== value);
        expect(fingerprint({ ...body, [key]: value })).not.toBe(fingerprint(body));
      }),
    );
  });
});
