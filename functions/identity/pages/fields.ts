import { type Html, html, type Piece } from "#shared/runtime/html.ts";
import type { Problem } from "./layout.ts";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "password" | "tel" | "date";
  readonly hint?: string;
  /** What was typed. A secret is never sent back. */
  readonly value?: string | undefined;
  /** A token of HTML's autofill. */
  readonly autocomplete: string;
  readonly inputmode?: "text" | "numeric" | "tel";
  readonly maxlength?: number;
  readonly className?: string;
  /** What else stands in the input element. */
  readonly more?: Html;
}

/** The first problem of a field. */
const problemOf = (problems: readonly Problem[], name: string) => problems.find(({ field }) => field === name)?.text;

/** A label, a hint, what was wrong, and the input that they describe. */
export const field = (
  { name, label, type = "text", hint, value, autocomplete, inputmode, maxlength, className, more }: Field,
  problems: readonly Problem[] = [],
): Html => {
  const wrong = problemOf(problems, name);
  const described = [hint && `${name}-hint`, wrong && `${name}-wrong`].filter(Boolean).join(" ");
  return html`<div class="field${className && ` ${className}`}${wrong && " bad"}"><label for="${name}">${label}</label>${
    hint && html`<span class="hint" id="${name}-hint">${hint}</span>`
  }${wrong && html`<span class="wrong" id="${name}-wrong"><span class="hide">错误：</span>${wrong}</span>`}<input id="${name}" name="${name}" type="${type}"${
    type !== "password" && value && html` value="${value}"`
  } autocomplete="${autocomplete}"${inputmode && html` inputmode="${inputmode}"`}${
    maxlength && html` maxlength="${maxlength}"`
  }${described && html` aria-describedby="${described}"`}${wrong && html` aria-invalid="true"`} required spellcheck="false" autocapitalize="none"${more}></div>`;
};

/** A phone, the same on every page. */
export const phoneField = (
  value: string | undefined,
  problems: readonly Problem[],
  { label = "手机号", ...more }: Pick<Partial<Field>, "label" | "hint"> = {},
): Html =>
  field(
    {
      name: "phone",
      label,
      type: "tel",
      inputmode: "tel",
      autocomplete: "tel-national",
      value,
      maxlength: 20,
      ...more,
    },
    problems,
  );

/** Six digits sent to a phone; the phone offers them by itself (autocomplete one-time-code). */
export const codeField = (problems: readonly Problem[], name = "code", label = "验证码"): Html =>
  field(
    {
      name,
      label,
      hint: "短信中的 6 位数字，5 分钟内有效",
      autocomplete: "one-time-code",
      inputmode: "numeric",
      maxlength: 6,
      className: "code",
    },
    problems,
  );

/** A box to tick, never ticked beforehand: a consent is an act (PIPL, article 14). */
export const tick = (name: string, label: Piece, problems: readonly Problem[] = [], ticked = false): Html => {
  const wrong = problemOf(problems, name);
  return html`<div class="field${wrong && " bad"}">${
    wrong && html`<span class="wrong" id="${name}-wrong"><span class="hide">错误：</span>${wrong}</span>`
  }<div class="tick"><input type="checkbox" id="${name}" name="${name}" value="yes"${ticked && html` checked`}${
    wrong && html` aria-describedby="${name}-wrong" aria-invalid="true"`
  }><label for="${name}">${label}</label></div></div>`;
};

/** One of several; the first is ticked unless another was. */
export const choices = (
  {
    name,
    legend,
    options,
    value,
  }: { name: string; legend: string; options: readonly { value: string; label: Piece }[]; value: string },
  problems: readonly Problem[] = [],
): Html => {
  const wrong = problemOf(problems, name);
  const ticked = options.some((option) => option.value === value) ? value : options[0]?.value;
  return html`<fieldset class="field${wrong && " bad"}"${wrong && html` aria-describedby="${name}-wrong"`}><legend>${legend}</legend>${
    wrong && html`<span class="wrong" id="${name}-wrong"><span class="hide">错误：</span>${wrong}</span>`
  }${options.map(
    (option, index) =>
      // A summary of errors leads to the first.
      html`<div class="pick tick"><input type="radio" name="${name}" id="${index === 0 ? name : `${name}-${index}`}" value="${option.value}"${
        option.value === ticked && html` checked`
      }><label for="${index === 0 ? name : `${name}-${index}`}">${option.label}</label></div>`,
  )}</fieldset>`;
};

/** Several lines of text, which may be left empty. */
export const lines = (
  { name, label, hint, value }: Pick<Field, "name" | "label" | "hint" | "value">,
  problems: readonly Problem[] = [],
): Html => {
  const wrong = problemOf(problems, name);
  const described = [hint && `${name}-hint`, wrong && `${name}-wrong`].filter(Boolean).join(" ");
  return html`<div class="field${wrong && " bad"}"><label for="${name}">${label}</label>${
    hint && html`<span class="hint" id="${name}-hint">${hint}</span>`
  }${wrong && html`<span class="wrong" id="${name}-wrong"><span class="hide">错误：</span>${wrong}</span>`}<textarea id="${name}" name="${name}" rows="3" autocomplete="off" spellcheck="false"${
    described && html` aria-describedby="${described}"`
  }${wrong && html` aria-invalid="true"`}>${value}</textarea></div>`;
};

export const hidden = (name: string, value: string): Html =>
  html`<input type="hidden" name="${name}" value="${value}">`;

/** A form that posts, with its token. The browser's own checking is off: ours is in one voice, and is read out. */
export const postForm = (action: string, token: string, content: Piece): Html =>
  html`<form method="post" action="${action}" novalidate><input type="hidden" name="csrf" value="${token}">${content}</form>`;

export const button = (
  text: string,
  { name, value, className }: { name?: string; value?: string; className?: string } = {},
): Html =>
  html`<button type="submit"${name && html` name="${name}" value="${value}"`}${className && html` class="${className}"`}>${text}</button>`;
