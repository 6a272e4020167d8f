import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { routes } from "#shared/contracts/http/index.ts";
import { pages } from "#shared/contracts/http/platform.ts";
import { requestRefusals } from "#shared/contracts/http/problems.ts";
import type { RefusalText } from "#shared/contracts/http/route.ts";
import { type HttpResponse, refused } from "#shared/runtime/endpoint.ts";
import type { Page } from "#shared/runtime/http-lambda.ts";
import openApi from "../../../docs/openapi.json" with { type: "json" };

const html = (body: string, csp: string): HttpResponse => ({
  statusCode: 200,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": csp,
    "x-content-type-options": "nosniff",
  },
  body,
});

const openApiText = JSON.stringify(openApi);

export const openApiPage: Page = {
  path: pages.openapi,
  answer: async () => ({
    statusCode: 200,
    headers: { "content-type": "application/json", "cache-control": "public, max-age=300" },
    body: openApiText,
  }),
};

/** The reference says what the document says, and sends nobody elsewhere. */
const SCALAR = JSON.stringify({
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
});

export const referencePage: Page = {
  path: pages.reference,
  answer: async () =>
    html(
      `<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>一门 API</title></head>
<body>
<script id="api-reference" data-url="${pages.openapi}" data-configuration='${SCALAR}'></script>
<script src="${pages.referenceScript}"></script>
</body>
</html>`,
      "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src 'self' data:; font-src 'self' data:",
    ),
};

let script: string | undefined;
const gzippedScript = (): string => {
  script ??= gzipSync(readFileSync(new URL("./standalone.js", import.meta.url))).toString("base64");
  return script;
};

/** Scalar's own build, 3 MB, sent compressed: an answer of a function may not be larger than 6 MB. */
export const referenceScript: Page = {
  path: pages.referenceScript,
  answer: async () => ({
    statusCode: 200,
    headers: {
      "content-type": "text/javascript; charset=utf-8",
      "content-encoding": "gzip",
      "cache-control": "public, max-age=86400",
    },
    isBase64Encoded: true,
    body: gzippedScript(),
  }),
};

const texts: Record<string, RefusalText> = Object.assign(
  {},
  requestRefusals,
  ...Object.values(routes)
    .flat()
    .map(({ refusals }) => refusals),
);

const usedBy = (code: string): string[] =>
  Object.values(routes)
    .flat()
    .filter(({ refusals }) => code in refusals)
    .map(({ method, path }) => `${method} ${path}`);

/** What a problem's `type` leads to: the refusal in words, and where it is met. */
export const problemPage: Page = {
  path: pages.problem,
  answer: async (request) => {
    const code = request.pathParameters?.code ?? "";
    const text = Object.hasOwn(texts, code) ? texts[code] : undefined;
    if (!text) return refused(request, { code: "request.not-found" });
    const where = usedBy(code)
      .map((route) => `<li><code>${route}</code></li>`)
      .join("");
    return html(
      `<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${code}</title>
<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1b2733}code{background:#eef2f6;padding:.1em .3em;border-radius:.2em}</style></head>
<body>
<h1><code>${code}</code></h1>
<p>${text.zh}</p>
<p lang="en">${text.en}</p>
<p>HTTP ${text.status}</p>
${where && `<h2>接口 <span lang="en">Routes</span></h2><ul>${where}</ul>`}
<p><a href="${pages.reference}">API</a></p>
</body>
</html>`,
      "default-src 'none'; style-src 'unsafe-inline'",
    );
  },
};
