import { Html, html, type Piece } from "#shared/runtime/html.ts";
import { EMBLEM, ICON_PATH, styleHref } from "./style.ts";

export interface Document {
  /** Says what this page is for; stands before the service's name in the window's title and is the page's h1. */
  readonly title: string;
  readonly body: Piece;
  /** What was wrong with what was typed: shown first, each with the way to its field. */
  readonly problems?: readonly Problem[] | undefined;
  /** Wide, for lists. */
  readonly broad?: boolean;
  /** Right of the service's name: who is signed in, signing out. */
  readonly corner?: Piece;
  /** Above the title. */
  readonly before?: Piece;
}

export interface Problem {
  /** The field's name; left out, it concerns no single field. */
  readonly field?: string | undefined;
  readonly text: string;
}

const SERVICE = "统一身份认证";

const emblem = html`<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">${new Html(EMBLEM)}</svg>`;

/** The field's id is its name, so that the summary of errors can lead to it. */
const summary = (problems: readonly Problem[]): Html =>
  html`<div class="errors" role="alert" tabindex="-1" autofocus aria-labelledby="errors-title"><h2 id="errors-title">请检查以下内容</h2><ul>${problems.map(
    ({ field, text }) => html`<li>${field ? html`<a href="#${field}">${text}</a>` : text}</li>`,
  )}</ul></div>`;

/** A whole page of ours. */
export const layout = ({ title, body, problems = [], broad, corner, before }: Document): string =>
  html`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no">
<title>${problems.length > 0 && "错误："}${title} - ${SERVICE}</title>
<link rel="icon" href="${ICON_PATH}" type="image/svg+xml">
<link rel="stylesheet" href="${styleHref}">
</head>
<body>
<a class="skip" href="#main">跳到主要内容</a>
<header class="top"><div class="wide"><div class="brand">${emblem}<span>${SERVICE}<small>一门政务服务</small></span></div>${corner}</div></header>
<main id="main" tabindex="-1"${broad && html` class="broad"`}>
${problems.length > 0 && summary(problems)}${before}${body}
</main>
<footer class="foot"><div class="wide"><p>一次注册，全市各服务渠道通用。工作人员不会向您索要密码或验证码。</p></div></footer>
</body>
</html>
`.text;

/** What most pages are: a title, and one panel below it. */
export const panel = (title: string, content: Piece): Html =>
  html`<div class="panel"><h1>${title}</h1>${content}</div>`;
