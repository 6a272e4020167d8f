import { calculateJwkThumbprint, importJWK, jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { cookieKeys, isSameEpoch, signingKeysAt } from "#functions/identity/issuer/signing-keys.ts";

const DAY = 24 * 3_600_000;
const ring = { id: "k1", key: "a seed of sixty-four characters, or nearly so, for the tests only", previous: [] };
const epochStart = 700 * 30 * DAY;
const kids = async (at: number, of = ring) => (await signingKeysAt(of, at)).all.map(({ kid }) => kid);

describe("signing keys", () => {
  it("are the same wherever and whenever they are derived in the same 30 days", async () => {
    expect(await signingKeysAt(ring, epochStart)).toEqual(await signingKeysAt(ring, epochStart + 30 * DAY - 1));
    expect(isSameEpoch(epochStart, epochStart + 30 * DAY - 1)).toBe(true);
    expect(isSameEpoch(epochStart, epochStart + 30 * DAY)).toBe(false);
  });

  it("never change for a given seed and epoch: tokens in flight are verified by other versions of this code", async () => {
    expect((await signingKeysAt(ring, epochStart)).current).toMatchInlineSnapshot(`
      {
        "alg": "ES256",
        "crv": "P-256",
        "d": "KdGuQKPqNPDidzuui6dcD0g9V1LYt49djTCcELf6qHM",
        "kid": "VmS3Pz2_iszdgMdV36PqyP6smKlKpi5ufM4hVCDJKyw",
        "kty": "EC",
        "use": "sig",
        "x": "iOZhmWeMWGWRrGX7_VT5rM0OwmwYbsNy3Qlpc_vvjaA",
        "y": "5nXkLtIJqvoFtWn6hTyJu2A1SoY8sexlyc5R_qRLXfA",
      }
    `);
  });

  it("are published one epoch before they sign, and one after", async () => {
    const signing = (await signingKeysAt(ring, epochStart)).current.kid;
    const published = await Promise.all([-31, -30, -1, 0, 29, 30, 59, 60].map((day) => kids(epochStart + day * DAY)));
    expect(published.map((set) => set.includes(signing))).toEqual([false, true, true, true, true, true, true, false]);
    expect(published.map(([first]) => first === signing)).toEqual([
      false,
      false,
      false,
      true,
      true,
      false,
      false,
      false,
    ]);
    for (const set of published) expect(new Set(set).size).toBe(3);
  });

  it("go with their seed; a previous seed's are published but do not sign", async () => {
    const replaced = { id: "k2", key: "another seed, given out when the first one was no longer trusted" };
    const withPrevious = { ...replaced, previous: [ring] };
    const old = (await signingKeysAt(ring, epochStart)).current.kid;
    expect(await kids(epochStart, { ...replaced, previous: [] })).not.toContain(old);
    expect(await kids(epochStart, withPrevious as never)).toContain(old);
    expect((await signingKeysAt(withPrevious, epochStart)).current.kid).not.toBe(old);
  });

  it("are P-256 key pairs that sign and verify, known by their thumbprint", async () => {
    for (let day = 0; day < 60 * 30; day += 30) {
      const { current } = await signingKeysAt(ring, epochStart + day * DAY);
      const { d: _private, ...publicKey } = current;
      expect(current.kid).toBe(await calculateJwkThumbprint(publicKey));
      const token = await new SignJWT({}).setProtectedHeader({ alg: "ES256" }).sign(await importJWK(current));
      await jwtVerify(token, await importJWK(publicKey));
    }
  });

  it("are not the keys of cookies", async () => {
    const cookies = cookieKeys({ ...ring, previous: [{ id: "k0", key: "x".repeat(32) }] });
    expect(new Set(cookies).size).toBe(2);
    expect(cookies).not.toContain((await signingKeysAt(ring, epochStart)).current.d);
  });
});
