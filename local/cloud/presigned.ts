import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { RawRequest } from "./wire.ts";

const strict = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/**
 * Checks a presigned request (Signature Version 4, query parameters). Gives the sentence of refusal, or undefined if it is good.
 * Source: "Authenticating Requests: Using Query Parameters", Amazon S3 API Reference.
 */
export const presignedFault = (request: RawRequest, secretAccessKey: string, now = Date.now()): string | undefined => {
  const [path = "/", rawQuery = ""] = request.url.split("?", 2);
  const parameters = rawQuery.split("&").map((pair) => {
    const [name = "", value = ""] = pair.split("=", 2);
    return [decodeURIComponent(name.replaceAll("+", " ")), decodeURIComponent(value.replaceAll("+", " "))] as const;
  });
  const query = new Map(parameters);
  const date = query.get("X-Amz-Date") ?? "";
  const scope = (query.get("X-Amz-Credential") ?? "").split("/").slice(1);
  const [day = "", region = "", service = ""] = scope;
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!(now < signedAt + Number(query.get("X-Amz-Expires")) * 1000)) return "Request has expired";
  const names = (query.get("X-Amz-SignedHeaders") ?? "").split(";");
  const canonical = [
    request.method,
    path,
    parameters
      .filter(([name]) => name !== "X-Amz-Signature")
      .map(([name, value]) => [strict(name), strict(value)] as const)
      .sort(([a, x], [b, y]) => (a === b ? Number(x > y) - Number(x < y) : a > b ? 1 : -1))
      .map((pair) => pair.join("="))
      .join("&"),
    ...names.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? "")
          .trim()
          .replace(/ +/g, " ")}`,
    ),
    "",
    names.join(";"),
    query.get("X-Amz-Content-Sha256") ??
      query.get("x-amz-content-sha256") ??
      String(request.headers["x-amz-content-sha256"] ?? "UNSIGNED-PAYLOAD"),
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", date, scope.join("/"), createHash("sha256").update(canonical).digest("hex")].join(
    "\n",
  );
  const key = [region, service, "aws4_request"].reduce<Buffer>(
    (k, part) => hmac(k, part),
    hmac(`AWS4${secretAccessKey}`, day),
  );
  const expected = hmac(key, toSign);
  const given = Buffer.from(query.get("X-Amz-Signature") ?? "", "hex");
  return given.length === expected.length && timingSafeEqual(given, expected)
    ? undefined
    : "The request signature we calculated does not match the signature you provided.";
};
