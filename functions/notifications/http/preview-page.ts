import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Html, html, type Piece } from "#shared/runtime/html.ts";
import { fieldValue } from "../adapters/wechat-channel.ts";
import { blanksOf, EXAMPLE, occasionOf, render, smsParts, type Template, versionsOf } from "../domain/templates.ts";

const STYLE = html`
:root{color-scheme:light;--ink:#16202a;--soft:#4a5a69;--line:#c9d3dc;--ground:#f4f7f9;--accent:#0b5cad}
*{box-sizing:border-box}
body{margin:0;font:1.0625rem/1.7 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:var(--ink);background:var(--ground)}
main{max-width:44rem;margin:0 auto;padding:1.5rem 1rem 4rem;background:#fff}
h1{font-size:1.75rem;line-height:1.3;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:2px solid var(--accent);padding-bottom:.25rem}
p,dl{margin:.5rem 0}.soft{color:var(--soft)}
.shown{max-width:24rem;border:1px solid var(--line);border-radius:.75rem;background:var(--ground);padding:.75rem 1rem;overflow-wrap:anywhere}
.shown strong{display:block}
dl{display:grid;grid-template-columns:minmax(5rem,max-content) 1fr;gap:.25rem 1rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
mark{background:#fff1c2;padding:0 .125rem}
`;

/** What our blanks are called. */
const BLANKS: Readonly<Record<string, string>> = {
  item: "事项",
  number: "办件编号",
  date: "日期",
  amount: "金额（元）",
};

const page = (title: string, body: Piece): HttpResponse => ({
  statusCode: 200,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    vary: "accept",
  },
  body: `<!doctype html>\n${html`<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body>
</html>`}`,
});

const facts = (rows: readonly (readonly [string, Piece])[]): Html =>
  html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;

/** The text with its blanks marked, so that what is ours and what is filled in can be told apart. */
const marked = ({ text }: Template): Piece[] =>
  text.split(/\{(\w+)\}/).map((part, i) => (i % 2 === 0 ? part : html`<mark>${EXAMPLE[part] ?? ""}</mark>`));

/** A version of a template as people see it, by each way. */
export const previewPage = (template: Template): HttpResponse => {
  const { id, version, title } = template;
  const { text } = render(template, EXAMPLE);
  const parts = smsParts(text);
  const newest = versionsOf(id);
  const { statutory = false, canWait = true } = occasionOf(id) ?? {};
  const length = `${text.length} 字，按 ${parts} 条计费（70 字以内一条，超过时每 67 字一条；签名另计）`;
  return page(
    `${title}（${id} 第 ${version} 版）`,
    html`<h1>${title}</h1>
<p class="soft">${id} 第 ${version} 版，${version === newest ? "使用中" : `已由第 ${newest} 版取代，已发出的消息仍按本版显示`}</p>
${facts([
  ["法定告知", statutory ? "是：必须发短信，不受接收偏好影响" : "否：按接收偏好发送"],
  ["发送时间", canWait ? "静默时段（通常 22:00 至次日 8:00）不发短信和微信" : "立即发送，不分昼夜"],
])}
<h2>站内信</h2>
<div class="shown"><strong>${title}</strong>${marked(template)}</div>
<h2>短信</h2>
<div class="shown">${text}</div>
<p class="soft">${length}</p>
<h2>微信订阅通知</h2>
<div class="shown"><strong>${title}</strong>${facts(blanksOf(template).map((name) => [BLANKS[name] ?? name, fieldValue(name, EXAMPLE[name])]))}</div>
<p class="soft">每项最多 20 字，超出部分不显示；字段与公众号模板的对应由本市设置。</p>`,
  );
};

/** Whether whoever asks would rather read a page than JSON. */
export const prefersPage = ({ headers }: Pick<HttpRequest, "headers">): boolean => {
  const types = (headers?.accept ?? "").split(",").map((type) => type.split(";")[0]?.trim());
  const [pageAt, jsonAt] = [types.indexOf("text/html"), types.indexOf("application/json")];
  return pageAt >= 0 && (jsonAt < 0 || pageAt < jsonAt);
};
