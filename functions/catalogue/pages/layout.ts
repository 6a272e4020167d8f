import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Html, html, type Piece } from "#shared/runtime/html.ts";

const STYLE = html`
:root{color-scheme:light;--ink:#16202a;--soft:#4a5a69;--line:#c9d3dc;--ground:#f4f7f9;--accent:#0b5cad}
*{box-sizing:border-box}
body{margin:0;font:1.0625rem/1.7 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:var(--ink);background:var(--ground)}
main{max-width:56rem;margin:0 auto;padding:1.5rem 1rem 4rem;background:#fff}
h1{font-size:1.75rem;line-height:1.3;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:2px solid var(--accent);padding-bottom:.25rem}h3{font-size:1.0625rem;margin:1.25rem 0 .25rem}
p,ul,ol,dl{margin:.5rem 0}a{color:var(--accent)}.soft{color:var(--soft)}
a:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid #ffb000;outline-offset:2px}
.skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:1rem;background:#fff;padding:.5rem 1rem}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.25rem 1rem}dt{color:var(--soft)}dd{margin:0}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}caption{text-align:left;color:var(--soft);padding:.25rem 0}
th,td{border:1px solid var(--line);padding:.5rem .625rem;text-align:left;vertical-align:top}th{background:var(--ground);white-space:nowrap}
fieldset{border:1px solid var(--line);margin:.75rem 0;padding:.5rem 1rem}legend{font-weight:600;padding:0 .25rem}
label{display:block;padding:.25rem 0;min-height:2.25rem}input{width:1.125rem;height:1.125rem;vertical-align:-.125rem;margin-right:.5rem}
button{font:inherit;background:var(--accent);color:#fff;border:0;border-radius:.25rem;padding:.625rem 1.5rem;min-height:2.75rem;cursor:pointer}
.note{border-left:4px solid #b35c00;background:#fff6e8;padding:.5rem 1rem}
@media(max-width:36rem){dl{grid-template-columns:1fr}dt{margin-top:.5rem}}
@media print{body{background:#fff}form,.skip{display:none}}
`;

/** A page that is read as it was sent: no script, nothing from elsewhere. */
export const page = (title: string, body: Piece, status = 200): HttpResponse => ({
  statusCode: status,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  },
  body: `<!doctype html>\n${html`<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head>
<body><a class="skip" href="#content">跳到正文</a><main id="content">${body}</main></body>
</html>`}`,
});

export const table = (caption: string, head: readonly string[], rows: readonly (readonly Piece[])[]): Html => html`
<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;

export const facts = (rows: readonly (readonly [string, Piece])[]): Html =>
  html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;

export const list = (lines: readonly Piece[]): Piece =>
  lines.length > 0 && html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
