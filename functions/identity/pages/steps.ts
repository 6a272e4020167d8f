import { randomUUID } from "node:crypto";
import type { HttpRequest } from "#shared/runtime/endpoint.ts";
import type { SealedCookies } from "../upstreams/sealed-cookies.ts";

/** Long enough for slow hands; a shared terminal forgets it by itself. */
const STEP = { name: "step", seconds: 15 * 60 };

/** What one page hands to the next without an address or a store: sealed in a cookie that only the pages below `path` get. */
export interface Steps {
  read(request: HttpRequest, path: string): Promise<Readonly<Record<string, unknown>>>;
  /** The cookie to set. */
  keep(path: string, state: Readonly<Record<string, unknown>>): Promise<string>;
  /** The cookie that ends it. */
  drop(path: string): string;
}

/**
 * A code is sent on one page and entered on the next; between them stands whose phone it was. That must be in no address, and
 * is not worth a row.
 */
export const sealedSteps = (cookies: SealedCookies): Steps => ({
  async read(request, path) {
    const payload = await cookies.open(STEP, request.cookies);
    return payload?.sub === path && typeof payload.state === "object" ? { ...payload.state } : {};
  },
  keep: (path, state) => cookies.seal(STEP, path, { jti: randomUUID(), sub: path, state }),
  drop: (path) => cookies.clear(STEP, path),
});
