import { createHash } from "node:crypto";
import type { TemplateValue } from "./assembly.ts";
import type { Place } from "./place.ts";
import { type Answer, type RawRequest, xmlError } from "./wire.ts";

type Forward = (request: RawRequest) => Promise<Answer>;

interface Target {
  bucket: string;
  key: string;
}

/** The object that a request writes as a whole; undefined for any other request. */
export const writtenObject = ({ method, url }: RawRequest): Target | undefined => {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const [bucket = "", ...rest] = pathname.slice(1).split("/");
  const key = rest.map((part) => decodeURIComponent(part)).join("/");
  const isPart = ["tagging", "acl", "lifecycle", "partNumber"].some((name) => searchParams.has(name));
  const isWhole = method === "PUT" ? !isPart : method === "POST" && searchParams.has("uploadId");
  return bucket && key && isWhole ? { bucket, key } : undefined;
};

const etagOf = async (path: string, forward: Forward): Promise<string | undefined> => {
  const answer = await forward({ method: "HEAD", url: path, headers: {}, body: Buffer.alloc(0) });
  return answer.status === 200 ? String(answer.headers.etag) : undefined;
};

const unquoted = (etag: unknown): string => String(etag ?? "").replaceAll('"', "");

/**
 * The conditions and the checksum of a write, which fauxqs takes without looking; the refusal, or undefined when they hold.
 * Source: "Conditional requests" and "Checking object integrity", Amazon S3 user guide.
 */
export const writeFault = async (request: RawRequest, forward: Forward): Promise<Answer | undefined> => {
  const { headers, body } = request;
  const checksum = headers["x-amz-checksum-sha256"];
  const isChunked = String(headers["content-encoding"] ?? "").includes("aws-chunked");
  if (checksum && !isChunked && createHash("sha256").update(body).digest("base64") !== checksum)
    return xmlError("BadDigest", "The SHA256 you specified did not match the calculated checksum.", 400);

  const failed = () =>
    xmlError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);
  if (headers["if-none-match"] === "*" && (await etagOf(request.url.split("?")[0] ?? "", forward)) !== undefined)
    return failed();
  const wanted = headers["x-amz-copy-source-if-match"];
  if (wanted === undefined) return undefined;
  const source = `/${String(headers["x-amz-copy-source"] ?? "").replace(/^\//, "")}`;
  const etag = await etagOf(source, forward);
  // A source that is not there is refused by the copy itself.
  return etag !== undefined && unquoted(etag) !== unquoted(wanted) ? failed() : undefined;
};

/** What S3 tells the default bus of a new object. Source: "EventBridge event message structure", Amazon S3 user guide. */
export const objectCreated = (
  { bucket, key }: Target,
  request: RawRequest,
  answer: Answer,
  place: Place,
): TemplateValue => {
  const isCopy = request.headers["x-amz-copy-source"] !== undefined;
  const etag =
    answer.headers.etag ?? /<ETag>(.*?)<\/ETag>/.exec(answer.body.toString())?.[1]?.replaceAll("&quot;", '"');
  return {
    "detail-type": "Object Created",
    source: "aws.s3",
    account: place.account,
    time: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    region: place.region,
    resources: [`arn:${place.partition}:s3:::${bucket}`],
    detail: {
      version: "0",
      bucket: { name: bucket },
      object: { key, size: request.body.length, etag: unquoted(etag), sequencer: process.hrtime.bigint().toString(16) },
      "request-id": "LOCAL",
      requester: place.account,
      reason: isCopy ? "CopyObject" : request.method === "PUT" ? "PutObject" : "CompleteMultipartUpload",
    },
  };
};
