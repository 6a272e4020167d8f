import * as z from "zod";
import type { RefusalText } from "./route.ts";

/** Problem details, RFC 9457. `type` is the path of the code's own page. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    /** The correlation id of the request, to be quoted when asking for help. */
    instance: z.string().optional(),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe("JSON pointer into the body, or the parameter's name"),
          detail: z.string(),
          code: z.string().optional().describe("stable, where one is to be told from others"),
        }),
      )
      .optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

export const problemPath = (code: string): string => `/problems/${code}`;

/** What any route may answer before its handler is reached, or when it fails. */
export const requestRefusals = {
  "request.malformed-json": {
    status: 400,
    zh: "请求正文不是有效的 JSON，或嵌套过深，或含有不完整的字符。",
    en: "The request body is not valid JSON, is nested too deeply, or holds broken characters.",
  },
  "request.key-missing": {
    status: 400,
    zh: "缺少 Idempotency-Key 请求头（1 至 64 个可见字符）。",
    en: "The Idempotency-Key header is missing (1 to 64 visible characters).",
  },
  "request.key-reused": {
    status: 409,
    zh: "该 Idempotency-Key 已用于另一个内容不同的请求。",
    en: "This Idempotency-Key was already used for a request with other content.",
  },
  "request.token-missing": { status: 401, zh: "缺少访问令牌。", en: "An access token is required." },
  "request.token-invalid": {
    status: 401,
    zh: "访问令牌无效或已过期。",
    en: "The access token is not valid, or has expired.",
  },
  "request.scope-missing": {
    status: 403,
    zh: "访问令牌没有此操作所需的权限。",
    en: "The access token lacks a scope that this operation needs.",
  },
  "request.not-found": { status: 404, zh: "没有这个地址。", en: "There is nothing at this address." },
  "request.method-not-allowed": {
    status: 405,
    zh: "此地址不支持该请求方法。",
    en: "This address does not answer that method.",
  },
  "request.conflict": {
    status: 409,
    zh: "内容正被他人同时修改，请重试。",
    en: "Someone else is changing this at the same time; please try again.",
  },
  "request.stale": {
    status: 412,
    zh: "内容在您读取之后已被修改（If-Match 不符），请重新读取。",
    en: "It has changed since you read it (If-Match); read it again.",
  },
  "request.too-large": { status: 413, zh: "请求正文超过 1 MB。", en: "The request body is larger than 1 MB." },
  "request.not-json": {
    status: 415,
    zh: "请求正文须为 application/json。",
    en: "The request body must be application/json.",
  },
  "request.invalid": {
    status: 422,
    zh: "请求内容不符合要求，详见 errors。",
    en: "The request does not fit its schema; see errors.",
  },
  "request.bad-cursor": {
    status: 422,
    zh: "cursor 不是本接口给出的游标。",
    en: "The cursor is not one that this list has given.",
  },
  "request.fault": {
    status: 500,
    zh: "系统出现故障，已记录；请稍后重试。",
    en: "Something failed on our side and was recorded; please try again later.",
  },
} as const satisfies Record<string, RefusalText>;

export type RequestRefusal = keyof typeof requestRefusals;
