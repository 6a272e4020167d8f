import { createHash } from "node:crypto";
import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { Html, html } from "#shared/runtime/html.ts";
import type { Application } from "../domain/application.ts";
import { receiptOf } from "../domain/change.ts";
import { masked } from "../domain/masking.ts";
import type { IssuedReceipt } from "../receipts/domain/receipt.ts";

/** The one stylesheet, in the page itself: its hash is all that the content security policy allows. */
const STYLE = `*,*::before,*::after{box-sizing:border-box}
:root{--ink:#1c2733;--soft:#4d5b69;--line:#d5dce3;--edge:#6b7885;--blue:#14558f;--deep:#0d3f6c;--red:#b3261e}
html{font:100%/1.65 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:var(--ink);background:#f3f6f9;-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;overflow-wrap:anywhere}
:focus-visible{outline:3px solid #0b5fff;outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:1rem;top:-5rem;background:#fff;padding:.6rem 1rem}.skip:focus{top:.75rem}
header{background:var(--deep);color:#fff}header p{margin:0;font-size:1.125rem;font-weight:600;letter-spacing:.04em}
.wide{width:100%;max-width:36rem;margin:0 auto;padding:.9rem 1.25rem}
main{flex:1;width:100%;max-width:36rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
.panel{background:#fff;border:1px solid var(--line);border-radius:12px;padding:1.5rem}.panel+.panel{margin-top:1.25rem}
h1{font-size:1.5rem;line-height:1.35;margin:0 0 .75rem}h2{font-size:1.125rem;margin:0 0 .75rem}p{margin:0 0 1rem}
label{display:block;font-weight:600;margin:0 0 .25rem}.hint{display:block;color:var(--soft);font-size:.9375rem;margin:0 0 .35rem}
input{width:100%;font:inherit;color:inherit;background:#fff;border:1px solid var(--edge);border-radius:8px;padding:.6rem .75rem;min-height:3rem;margin:0 0 1.25rem}
input.four{max-width:10rem;font-size:1.375rem;letter-spacing:.35em;text-transform:uppercase}
button{width:100%;font:inherit;font-weight:600;color:#fff;background:var(--blue);border:1px solid var(--blue);border-radius:8px;padding:.6rem 1.25rem;min-height:3rem;cursor:pointer}button:hover{background:var(--deep)}
.errors{border:1px solid var(--red);border-left-width:5px;border-radius:8px;background:#fdf1f0;padding:1rem 1.25rem;margin:0 0 1.25rem}.errors p{margin:0;color:var(--red);font-weight:600}
dl{margin:0}dl>div{padding:.55rem 0;border-top:1px solid var(--line)}dl>div:first-child{border-top:0;padding-top:0}dt{color:var(--soft);font-size:.9375rem}dd{margin:0}
ol{list-style:none;margin:0;padding:0}ol li{position:relative;padding:0 0 1.1rem 1.6rem;border-left:2px solid var(--line);margin-left:.4rem}
ol li:last-child{border-color:transparent;padding-bottom:0}ol li::before{content:"";position:absolute;left:-.45rem;top:.45rem;width:.8rem;height:.8rem;border-radius:50%;background:var(--edge)}
ol li:last-child::before{background:var(--blue)}ol li:last-child b{color:var(--blue)}time{display:block;color:var(--soft);font-size:.9375rem}
footer{border-top:1px solid var(--line);color:var(--soft);font-size:.9375rem}footer p{margin:0}
@media print{header,footer,form{display:none}}`;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const shown = (statusCode: number, title: string, body: Html): HttpResponse => ({
  statusCode,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "strict-transport-security": "max-age=31536000",
  },
  body: html`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no">
<title>${title} - 一门政务服务</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">跳到主要内容</a>
<header><div class="wide"><p>一门政务服务</p></div></header>
<main id="main" tabindex="-1">${body}</main>
<footer><div class="wide"><p>工作人员不会向您索要完整的证件号码或验证码。</p></div></footer>
</body>
</html>
`.text,
});

/** @param reference the case's number or id; left out, the number is asked for as well */
export const formPage = (reference: string | undefined, problem?: { status: number; text: string }): HttpResponse =>
  shown(
    problem?.status ?? 200,
    problem ? "错误：查询办理进度" : "查询办理进度",
    html`<div class="panel"><h1>查询办理进度</h1>
${problem && html`<div class="errors" role="alert" id="problem"><p>${problem.text}</p></div>`}
<form method="post" action="/progress/${reference ?? "search"}" autocomplete="off">
${
  reference === undefined &&
  html`<label for="number">办件编号</label><span class="hint" id="number-hint">在受理通知书等文书的标题下方</span>
<input id="number" name="number" type="text" required maxlength="50" autocapitalize="characters" spellcheck="false" aria-describedby="number-hint">`
}
<label for="digits">证件号码后四位</label><span class="hint" id="digits-hint">申请人的身份证件号码，或者单位的统一社会信用代码</span>
<input class="four" id="digits" name="digits" type="text" required minlength="4" maxlength="4" pattern="[0-9A-Za-z]{4}" autocapitalize="characters" spellcheck="false" aria-describedby="digits-hint${problem && html` problem`}"${problem && html` aria-invalid="true"`}>
<button type="submit">查询</button>
</form></div>`,
  );

/** What a step is called where anyone may read it. */
const STEPS: Readonly<Record<string, string>> = {
  submitted: "已提交申请",
  "correction-requested": "需要补正材料",
  corrected: "已补正材料",
  accepted: "已受理",
  declined: "不予受理",
  "stage-decided": "审查环节完成",
  suspended: "进入特别程序",
  resumed: "特别程序结束",
  extended: "办理期限延长",
  approved: "已作出准予决定",
  refused: "已作出不予决定",
  "fee-settled": "费用已缴清",
  "material-supplied": "已补交容缺材料",
  "commitment-verified": "承诺核查通过",
  revoked: "原决定已撤销",
  concluded: "已办结",
  withdrawn: "申请人已撤回",
  lapsed: "申请已失效",
  reopened: "重新办理",
};

const clock = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai",
  year: "numeric",
  month: "long",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
});
const moment = (at: string): Html => html`<time datetime="${at}">${clock.format(new Date(at))}</time>`;

const row = (label: string, value: string | Html): Html => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;

/** Who, what, where it stands: the applicant masked, no officer, no reason, nothing of the form or the files. */
export const progressPage = (state: Application, receipts: readonly IssuedReceipt[]): HttpResponse => {
  const told = state.timeline.filter(({ step }) => STEPS[step] !== undefined);
  const last = told.at(-1);
  // Not what the last command was answered: the calendar acts too, and may move the dates.
  const { status, promisedBy, expectedBy, deliverBy } = receiptOf(state);
  const provisional = "（遇尚未公布的节假日安排可能顺延）";
  const day = (deadline: { date: string; provisional: boolean }) =>
    deadline.date + (deadline.provisional ? provisional : "");
  return shown(
    200,
    "办理进度",
    html`<div class="panel"><h1>办理进度：${(last && STEPS[last.step]) ?? ""}</h1>
<dl>${[
      row("申请事项", state.item.name),
      row("办理部门", state.item.department.name),
      row("办件编号", state.number),
      row("申请人", masked(state.applicant).name),
      status !== "suspended" && promisedBy && row("承诺办结日期", day(promisedBy)),
      expectedBy && row("特别程序预计结束日期", day(expectedBy)),
      deliverBy && row("送达期限", day(deliverBy)),
    ]}</dl></div>
<div class="panel"><h2>办理经过</h2><ol>${told.map(
      ({ step, at }) => html`<li><b>${STEPS[step] ?? ""}</b>${moment(at)}</li>`,
    )}</ol></div>
${
  receipts.length > 0 &&
  html`<div class="panel"><h2>已出具的文书</h2><dl>${receipts.map(({ title, issuedAt }) =>
    row(title, moment(issuedAt)),
  )}</dl><p class="hint">请登录后在“我的办件”下载，或到服务大厅窗口领取。</p></div>`
}`,
  );
};
