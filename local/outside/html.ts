import type { ServerResponse } from "node:http";

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export const hidden = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
    .join("");

/** A page of the outside world, recognisable as one: no part of the platform. */
export const outsidePage = (title: string, body: string): string => `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title>
<style>
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100vh; padding: 32px 16px; background: #eceff3; color: #1d2129;
    font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif }
  main { max-width: 560px; margin: 0 auto; padding: 28px; background: #fff; border-radius: 12px; box-shadow: 0 2px 12px #1b233022 }
  h1 { margin: 0 0 4px; font-size: 22px }
  .demo { margin: 0 0 20px; color: #5b6572; font-size: 14px }
  label { display: block; padding: 10px 12px; border: 1px solid #d5dae1; border-radius: 8px; margin-bottom: 8px }
  button { min-height: 44px; padding: 8px 22px; border: 1px solid #1a56b8; border-radius: 8px; background: #1a56b8; color: #fff; font: inherit; margin: 8px 8px 0 0 }
  button.plain { background: #fff; color: #1a56b8 }
  article { padding: 12px 0; border-top: 1px solid #e5e8ee }
  time, small { color: #5b6572; font-size: 13px }
</style>
</head>
<body><main>
<h1>${escaped(title)}</h1>
<p class="demo">外部系统演示页面，人物与号码均为虚构。</p>
${body}
</main></body>
</html>
`;

export const sendPage = (response: ServerResponse, status: number, html: string): void => {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(html);
};

export const sendTo = (response: ServerResponse, location: string | URL): void => {
  response.writeHead(303, { location: String(location), "cache-control": "no-store" }).end();
};

const SHANGHAI = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "medium",
});

export const timeTag = (at: string): string => `<time datetime="${at}">${SHANGHAI.format(new Date(at))}</time>`;
