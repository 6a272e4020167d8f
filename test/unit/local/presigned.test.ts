import { describe, expect, it } from "vitest";
import { presignedFault } from "#local/cloud/presigned.ts";

/** The example of "Authenticating Requests: Using Query Parameters", Amazon S3 API Reference. */
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const url =
  "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
const request = { method: "GET", url, headers: { host: "examplebucket.s3.amazonaws.com" }, body: Buffer.alloc(0) };
const during = Date.parse("2013-05-24T12:00:00Z");

describe("presigned requests", () => {
  it("accepts AWS's own example", () => {
    expect(presignedFault(request, secret, during)).toBeUndefined();
  });
  it.each([
    ["another method", { ...request, method: "PUT" }],
    ["another object", { ...request, url: url.replace("test.txt", "text.txt") }],
    ["another host", { ...request, headers: { host: "other" } }],
    ["a longer life", { ...request, url: url.replace("86400", "96400") }],
    ["no signature", { ...request, url: url.replace(/&X-Amz-Signature.*/, "") }],
  ])("refuses %s", (_name, changed) => {
    expect(presignedFault(changed, secret, during)).toMatch(/signature/);
  });
  it("refuses another key, and what has expired", () => {
    expect(presignedFault(request, "other", during)).toMatch(/signature/);
    expect(presignedFault(request, secret, Date.parse("2013-05-25T00:00:00Z"))).toBe("Request has expired");
  });
});
