import { timingSafeEqual } from "node:crypto";
import type { Clock } from "#shared/kernel/clock.ts";
import { correlated } from "#shared/runtime/correlation.ts";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Applications } from "../domain/ports.ts";
import type { Receipts } from "../receipts/domain/ports.ts";
import type { Attempts } from "./ports.ts";
import { formPage, progressPage } from "./views.ts";

interface Deps {
  readonly applications: Pick<Applications, "find">;
  readonly receipts: Pick<Receipts, "ofCase" | "caseOf">;
  readonly attempts: Attempts;
  readonly now: Clock;
}

const DAY = 86_400;
/** Four characters are few: of one case, ten wrong ones a day are taken; from one address, thirty in a quarter of an hour. */
const LIMITS = [
  { name: "source", most: 30, seconds: 900 },
  { name: "case", most: 10, seconds: DAY },
] as const;

const REFERENCE = /^[0-9A-Z]{20,50}$/;
const ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const FORM_BYTES_AT_MOST = 2_000;

const NO_SUCH = { status: 404, text: "没有查到：办件编号或证件号码后四位不正确，或者办件刚刚提交。" };
const TOO_MANY = { status: 429, text: "查询次数过多，请稍后再试，或登录后在“我的办件”查看。" };
const FAULT = { status: 500, text: "系统出现故障，已记录；请稍后再试。" };

const tidy = (text: string): string => text.normalize("NFKC").replace(/\s/g, "").toUpperCase();

const formOf = ({ body, isBase64Encoded, headers }: HttpRequest): URLSearchParams => {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? "");
  if (!body || !isForm || body.length > FORM_BYTES_AT_MOST) return new URLSearchParams();
  return new URLSearchParams(Buffer.from(body, isBase64Encoded ? "base64" : "utf8").toString("utf8"));
};

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/**
 * The public page on which anyone who knows a case's number, and the last four of its applicant's identification, sees how far it
 * has come. Whether there is no such case or the four are wrong, the answer is the same; and so it is for those who guess.
 */
export const progressPages = ({ applications, receipts, attempts, now }: Deps) => {
  const answerTo = async (request: HttpRequest): Promise<HttpResponse> => {
    const { method, sourceIp } = request.requestContext.http;
    const last = decodeURIComponent(request.rawPath.replace(/\/+$/, "").split("/").slice(2).join("/"));
    const fromPath = last === "" || last === "search" ? undefined : tidy(last);
    if (fromPath !== undefined && !REFERENCE.test(fromPath)) return formPage(undefined, NO_SUCH);
    if (method !== "POST") return formPage(fromPath);

    const form = formOf(request);
    const reference = fromPath ?? tidy(form.get("number") ?? "");
    const digits = tidy(form.get("digits") ?? "");
    if (!REFERENCE.test(reference) || !/^[0-9A-Z]{4}$/.test(digits)) return formPage(fromPath, NO_SUCH);

    const at = now();
    const id = ID.test(reference) ? reference : await receipts.caseOf(reference);
    // Number and id are two names of one case, and share its tries.
    const counted = { case: id ?? reference, source: sourceIp };
    for (const { name, most, seconds } of LIMITS)
      if (!(await attempts.take(name, counted[name], most, seconds, at))) {
        logger.warn("progress.too-many", { of: name });
        return formPage(fromPath, TOO_MANY);
      }
    const state = id === undefined ? undefined : await applications.find(id);
    if (!state || !isSame(digits, state.applicant.idNumber.slice(-4))) {
      logger.info("progress.not-found");
      return formPage(fromPath, NO_SUCH);
    }
    for (const { name, seconds } of LIMITS) await attempts.giveBack(name, counted[name], seconds, at);
    const page = await receipts.ofCase(state.id, { limit: 100 });
    return progressPage(state, page === "bad-cursor" ? [] : page.items);
  };

  return (request: HttpRequest): Promise<HttpResponse> =>
    correlated(request.requestContext.requestId, async () => {
      try {
        return await answerTo(request);
      } catch (error) {
        if (error instanceof URIError) return formPage(undefined, NO_SUCH);
        logger.error("request.failed", error, { route: "progress" });
        return formPage(undefined, FAULT);
      }
    });
};
