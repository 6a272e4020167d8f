import { EncryptJWT, errors, type JWTPayload, jwtDecrypt } from "jose";
import { derivedKey, type KeyRing } from "#shared/runtime/key-ring.ts";

export interface SealedCookies {
  /** Set-Cookie for a value that only we can read and nobody can make. */
  seal(cookie: CookieKind, path: string, payload: JWTPayload): Promise<string>;
  /** What is sealed in a cookie of this kind that the browser sent: every one that opens and has not expired. */
  open(cookie: CookieKind, sent: readonly string[] | undefined): Promise<JWTPayload | undefined>;
  /** Set-Cookie that takes it away. */
  clear(cookie: CookieKind, path: string): string;
}

export interface CookieKind {
  readonly name: string;
  readonly seconds: number;
}

/**
 * Short-lived state in the browser: JWE (dir, A256GCM), bound to one kind of cookie by its audience. SameSite is Lax, since the
 * browser comes back from another site by a link.
 * @param now milliseconds since 1970
 */
export const sealedCookies = (ring: KeyRing, secure: boolean, now: () => number): SealedCookies => {
  const keys = new Map(
    [ring, ...ring.previous].map(({ id, key }) => [id, derivedKey(key, "identity outside cookies")]),
  );
  const current = keys.get(ring.id) as Uint8Array;
  const attributes = (path: string, seconds: number) =>
    `Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;

  return {
    async seal({ name, seconds }, path, payload) {
      const at = Math.floor(now() / 1000);
      const value = await new EncryptJWT(payload)
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: ring.id })
        .setAudience(name)
        .setIssuedAt(at)
        .setExpirationTime(at + seconds)
        .encrypt(current);
      return `${name}=${value}; ${attributes(path, seconds)}`;
    },

    async open({ name }, sent = []) {
      const value = sent
        .flatMap((line) => line.split(/; */))
        .find((pair) => pair.startsWith(`${name}=`))
        ?.slice(name.length + 1);
      if (!value) return undefined;
      try {
        const { payload } = await jwtDecrypt(value, ({ kid = "" }) => keys.get(kid) ?? new Uint8Array(32), {
          audience: name,
          currentDate: new Date(now()),
          contentEncryptionAlgorithms: ["A256GCM"],
          keyManagementAlgorithms: ["dir"],
          requiredClaims: ["exp", "jti"],
        });
        return payload;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },

    clear: ({ name }, path) => `${name}=; ${attributes(path, 0)}`,
  };
};
