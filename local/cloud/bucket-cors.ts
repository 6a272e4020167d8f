import { iamPattern } from "./iam.ts";
import { type Answer, type RawRequest, xmlError } from "./wire.ts";

/** A rule of a bucket's CorsConfiguration. */
export interface CorsRule {
  AllowedOrigins: string[];
  AllowedMethods: string[];
  AllowedHeaders?: string[];
  ExposedHeaders?: string[];
  MaxAge?: number;
}

const bucketOf = (url: string) => decodeURIComponent(url.split("?")[0]?.split("/")[1] ?? "");

const ruleFor = (request: RawRequest, method: string, rules: (bucket: string) => readonly CorsRule[]) =>
  rules(bucketOf(request.url)).find(
    (rule) =>
      rule.AllowedOrigins.some((origin) => iamPattern(origin).matches(String(request.headers.origin))) &&
      rule.AllowedMethods.includes(method),
  );

const headersOf = (request: RawRequest, rule: CorsRule | undefined): Record<string, string> =>
  rule
    ? {
        "access-control-allow-origin": rule.AllowedOrigins.includes("*") ? "*" : String(request.headers.origin),
        "access-control-allow-methods": rule.AllowedMethods.join(", "),
        ...(rule.ExposedHeaders?.length ? { "access-control-expose-headers": rule.ExposedHeaders.join(", ") } : {}),
        vary: "Origin",
      }
    : {};

/** Headers that let a browser read the answer to a request for a bucket. */
export const corsHeaders = (
  request: RawRequest,
  rules: (bucket: string) => readonly CorsRule[],
): Record<string, string> => headersOf(request, ruleFor(request, request.method, rules));

/** Answer to a browser's preflight request for a bucket. */
export const corsAnswer = (request: RawRequest, rules: (bucket: string) => readonly CorsRule[]): Answer => {
  const rule = ruleFor(request, String(request.headers["access-control-request-method"]), rules);
  const wanted = String(request.headers["access-control-request-headers"] ?? "");
  const names = wanted
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  const allowed = (name: string) => rule?.AllowedHeaders?.some((header) => iamPattern(header, true).matches(name));
  if (!rule || !names.every(allowed))
    return xmlError("AccessForbidden", "CORSResponse: This CORS request is not allowed.", 403);
  const headers = headersOf(request, rule);
  if (names.length > 0) headers["access-control-allow-headers"] = names.join(", ");
  if (rule.MaxAge !== undefined) headers["access-control-max-age"] = String(rule.MaxAge);
  return { status: 200, headers, body: Buffer.alloc(0) };
};
