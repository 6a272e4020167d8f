import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Document, layout } from "./layout.ts";
import { ICON, ICON_PATH, STYLE, STYLE_PATH } from "./style.ts";

/**
 * What may happen on a page of ours: our stylesheet and icon, and forms that lead back to us. Nothing else is fetched and nothing runs.
 * A browser applies form-action to the redirects that follow a form too, so a client's address must be named where the answer
 * to a form leads there.
 * @param formTargets origins beside our own
 */
export const contentSecurityPolicy = (formTargets: readonly string[] = []): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    ["form-action 'self'", ...formTargets].join(" "),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");

/**
 * Sent with all that is ours. Referrer-Policy is not no-referrer: with that, browsers send `Origin: null` with our own forms
 * (Fetch, "append a request Origin header"), and the origin could not be checked.
 */
const always = {
  "cache-control": "no-store",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

export interface Shown extends Document {
  /** 200 unless told; 422 when there are problems. */
  readonly status?: number;
  readonly formTargets?: readonly string[] | undefined;
  readonly cookies?: readonly string[];
}

export const shown = ({ status, formTargets, cookies = [], ...document }: Shown): HttpResponse => ({
  statusCode: status ?? (document.problems?.length ? 422 : 200),
  headers: {
    ...always,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy(formTargets),
  },
  ...(cookies.length > 0 && { cookies: [...cookies] }),
  body: layout(document),
});

/** After a form was taken, the browser fetches the next page: reloading it sends nothing twice. */
export const sentTo = (location: string, cookies: readonly string[] = []): HttpResponse => ({
  statusCode: 303,
  headers: { ...always, location },
  ...(cookies.length > 0 && { cookies: [...cookies] }),
});

/** A file to keep: one's own data. */
export const download = (name: string, json: unknown): HttpResponse => ({
  statusCode: 200,
  headers: {
    ...always,
    "content-type": "application/json; charset=utf-8",
    "content-disposition": `attachment; filename="${name}"`,
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  },
  body: JSON.stringify(json, null, 2),
});

const kept = (type: string, body: string): HttpResponse => ({
  statusCode: 200,
  headers: {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
  },
  body,
});

/** What pages are dressed with, by its path. */
export const dress: ReadonlyMap<string, HttpResponse> = new Map([
  [STYLE_PATH, kept("text/css", STYLE)],
  [ICON_PATH, kept("image/svg+xml", ICON)],
]);
