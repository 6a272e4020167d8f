import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { HttpRequest } from "#shared/runtime/endpoint.ts";
import { derivedKey, type KeyRing } from "#shared/runtime/key-ring.ts";

const cookiesOf = (request: Pick<HttpRequest, "cookies">): ReadonlyMap<string, string> =>
  new Map(
    (request.cookies ?? []).map((cookie) => {
      const at = cookie.indexOf("=");
      return [cookie.slice(0, at).trim(), cookie.slice(at + 1)] as const;
    }),
  );

/** Whether a form came from a page of ours, made for this browser and this purpose. */
export interface FormGuard {
  /** The browser's id for forms, and the cookie to set when it had none. It signs nobody in. */
  idOf(request: HttpRequest): { readonly id: string; readonly cookies: readonly string[] };
  /** @param bound what the form belongs to: an interaction, a session */
  tokenFor(id: string, bound: string): string;
  isOurs(request: HttpRequest, token: string, bound: string): boolean;
}

/**
 * Tokens are HMACs over the browser's form id and what the form belongs to, so they are stored nowhere, and one made for another
 * browser, another interaction or an earlier session is void. Beside the token the browser's own word counts: a post with
 * another Origin is refused whatever it carries.
 * @param origin ours, as configured: never taken from the request
 */
export const formGuard = ({ ring, origin }: { readonly ring: KeyRing; readonly origin: string }): FormGuard => {
  const secure = origin.startsWith("https:");
  const name = secure ? "__Host-forms" : "forms";
  const keys = [ring, ...ring.previous].map(({ key }) => derivedKey(key, "identity forms"));
  const mac = (key: Buffer, id: string, bound: string) =>
    createHmac("sha256", key)
      .update(JSON.stringify([id, bound]))
      .digest();
  const givenId = (request: HttpRequest) => /^[\w-]{22}$/.exec(cookiesOf(request).get(name) ?? "")?.[0];

  return {
    idOf(request) {
      const given = givenId(request);
      if (given) return { id: given, cookies: [] };
      const id = randomBytes(16).toString("base64url");
      return { id, cookies: [`${name}=${id}; Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`] };
    },
    tokenFor: (id, bound) => mac(keys[0] as Buffer, id, bound).toString("base64url"),
    isOurs(request, token, bound) {
      const { origin: from, "sec-fetch-site": site } = request.headers;
      if (from !== undefined ? from !== origin : site !== undefined && site !== "same-origin") return false;
      const id = givenId(request);
      const given = Buffer.from(token, "base64url");
      return (
        id !== undefined &&
        keys.some((key) => {
          const wanted = mac(key, id, bound);
          return given.length === wanted.length && timingSafeEqual(given, wanted);
        })
      );
    },
  };
};
