import { correlated } from "#shared/runtime/correlation.ts";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { html } from "#shared/runtime/html.ts";
import { logger } from "#shared/runtime/logger.ts";
import { dress, type Shown, sentTo, shown } from "./answers.ts";
import type { FormGuard } from "./form-guard.ts";
import { panel } from "./layout.ts";

/** A request as a page sees it. */
export interface PageVisit {
  readonly request: HttpRequest;
  /** The parts of the path named in the route. */
  readonly params: Readonly<Record<string, string>>;
  /** What was typed, trimmed; empty when it was not there. Secrets are taken with `secret`, as they were typed. */
  typed(name: string): string;
  secret(name: string): string;
  /** All values of a field that may stand more than once. */
  all(name: string): readonly string[];
  /** A token for forms of this browser. @param bound what the form belongs to */
  token(bound: string): string;
  /** Whether the form came from a page that was given `token(bound)`. */
  isOurs(bound: string): boolean;
  /** Where the request came from, for counting tries. */
  readonly address: string;
  readonly userAgent: string;
}

export interface PageRoute {
  readonly method: "GET" | "POST";
  /** As in the contracts: /interaction/{uid}/code. */
  readonly path: `/${string}`;
  answer(visit: PageVisit): Promise<HttpResponse>;
}

const MAX_FORM_BYTES = 20_000;

const ended = (title: string, status: number, text: string, more: Partial<Shown> = {}): HttpResponse =>
  shown({ title, status, body: panel(title, html`<p>${text}</p><p><a href="/account">前往我的账户</a></p>`), ...more });

/** There is nothing (any more) at this address. */
const notFound = (): HttpResponse => ended("找不到页面", 404, "没有这个页面，或者它已经不在了。");

/** The request of the client is over: done, expired, or begun in another browser. */
export const interactionOver = (): HttpResponse =>
  ended("这一步已经结束", 410, "页面停留太久，或者已经办完。请回到您要办事的网站或应用，重新点击“登录”。");

/** The form did not come from a page of ours, or from one of long ago. Nothing was done. */
const notOurs = (): HttpResponse =>
  ended(
    "请重新提交",
    403,
    "为了您的账户安全，这次提交没有生效：页面可能已过期，或浏览器禁用了 Cookie。请返回上一页，刷新后再试。",
  );

/** Refuses a form that is not ours, whatever the page. Every POST goes through it. */
export const guarded =
  (bound: (visit: PageVisit) => Promise<string> | string, answer: PageRoute["answer"]): PageRoute["answer"] =>
  async (visit) => {
    if (visit.isOurs(await bound(visit))) return answer(visit);
    logger.warn("page.form-refused");
    return notOurs();
  };

const formOf = (request: HttpRequest): URLSearchParams | undefined => {
  if (!request.body) return new URLSearchParams();
  const bytes = Buffer.from(request.body, request.isBase64Encoded ? "base64" : "utf8");
  if (bytes.byteLength > MAX_FORM_BYTES) return undefined;
  return /^application\/x-www-form-urlencoded\b/i.test(request.headers["content-type"] ?? "")
    ? new URLSearchParams(bytes.toString("utf8"))
    : undefined;
};

/** Spaces of every width, and the characters nobody can see, are not part of what was meant. */
const tidy = (text: string): string =>
  text
    .normalize("NFKC")
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .trim();

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{(\w+)\}/g, "(?<$1>[\\w.~-]{1,100})")}/?$`);

/** Answers all addresses of the pages. Faults are logged and told in one sentence with a number to quote. */
export const pageRouter = (routes: readonly PageRoute[], guard: FormGuard) => {
  const table = routes.map((route) => ({ ...route, pattern: patternOf(route.path) }));

  const answerTo = async (request: HttpRequest): Promise<HttpResponse> => {
    const method = request.requestContext.http.method === "HEAD" ? "GET" : request.requestContext.http.method;
    const worn = method === "GET" ? dress.get(request.rawPath) : undefined;
    if (worn) return worn;
    const here = table.flatMap((route) => {
      const found = route.pattern.exec(request.rawPath);
      return found ? [{ route, params: { ...found.groups } }] : [];
    });
    if (here.length === 0) return notFound();
    const match = here.find(({ route }) => route.method === method);
    // A reload or a bookmark of an address that only takes forms.
    if (!match) return method === "GET" ? sentTo(request.rawPath.replace(/\/[^/]+\/?$/, "") || "/account") : notFound();
    const form = formOf(request);
    if (!form) return notOurs();

    const { id, cookies } = guard.idOf(request);
    const { sourceIp, userAgent } = request.requestContext.http;
    const answer = await match.route.answer({
      request,
      params: match.params,
      typed: (name) => tidy(form.get(name) ?? ""),
      secret: (name) => form.get(name) ?? "",
      all: (name) => form.getAll(name),
      token: (bound) => guard.tokenFor(id, bound),
      isOurs: (bound) => guard.isOurs(request, form.get("csrf") ?? "", bound),
      address: sourceIp,
      userAgent,
    });
    return cookies.length > 0 ? { ...answer, cookies: [...cookies, ...(answer.cookies ?? [])] } : answer;
  };

  return (request: HttpRequest): Promise<HttpResponse> =>
    correlated(request.requestContext.requestId, async () => {
      try {
        return await answerTo(request);
      } catch (error) {
        logger.error("page.failed", error);
        return ended(
          "系统出现故障",
          500,
          `我们已经记录下来，请稍后再试。求助时请报编号 ${request.requestContext.requestId}。`,
        );
      }
    });
};
