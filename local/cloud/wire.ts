import type { IncomingHttpHeaders } from "node:http";
import type { TemplateValue } from "./assembly.ts";

/** An HTTP request to an AWS service, with its body read. */
export interface RawRequest {
  method: string;
  /** Path and query as sent. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A service's answer. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  body: Buffer;
}

/** A successful answer in the JSON protocol. */
export const jsonAnswer = (body: TemplateValue, status = 200): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: Buffer.from(JSON.stringify(body)),
});

/** An error in the shape that SDKs of JSON services read. */
export const jsonError = (code: string, message: string, status = 400): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code },
  body: Buffer.from(JSON.stringify({ __type: code, message, Message: message })),
});

/** An error in S3's XML shape. */
export const xmlError = (code: string, message: string, status: number): Answer => ({
  status,
  headers: { "content-type": "application/xml" },
  body: Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")}</Message></Error>`,
  ),
});
