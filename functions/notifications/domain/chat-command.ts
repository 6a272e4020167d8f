/** What an official says in the chat, or presses on a card. */
export type ChatCommand =
  | { readonly kind: "claim"; readonly case: string }
  | { readonly kind: "claim-number"; readonly number: string }
  | { readonly kind: "bind"; readonly code: string }
  | { readonly kind: "list" }
  | { readonly kind: "help" };

export const CLAIM_KEY = "claim:";

/** 领取 <case number or its end>, 绑定 <code>, 待办; all else is answered with what can be said. */
export const commandOfText = (text: string): ChatCommand => {
  const [word = "", ...rest] = text.trim().split(/[\s:：]+/);
  const argument = rest.join("").toUpperCase();
  if (word === "待办") return { kind: "list" };
  if (word === "领取" && /^[0-9A-Z]{6,60}$/.test(argument)) return { kind: "claim-number", number: argument };
  if (word === "绑定" && /^\d{8}$/.test(argument)) return { kind: "bind", code: argument };
  return { kind: "help" };
};

export const commandOfKey = (key: string): ChatCommand =>
  key.startsWith(CLAIM_KEY) ? { kind: "claim", case: key.slice(CLAIM_KEY.length) } : { kind: "help" };

/** What the platform answers; nothing personal. */
export const REPLIES = {
  help: "可回复：待办（查看数量）；领取 办件编号（末 6 位以上）；绑定 八位验证码（在工作台获取）。",
  unbound: "您的账号尚未绑定工作人员编号。请在工作台获取验证码后回复：绑定 验证码。",
  bound: "绑定成功。",
  "wrong-code": "验证码无效或已过期，请在工作台重新获取。",
  "too-many": "尝试次数过多，请一小时后再试。",
  asked: "已提交领取，结果以待办为准。",
  taken: "该办件已被领取或已流转。",
  "not-yours": "未找到您可领取的办件。",
  "too-many-cases": "待办较多，未能全部查找。请在待办列表中打开该办件后领取，或点击办件卡片上的“领取”。",
  ambiguous: "有多个办件符合，请多输入几位编号。",
} as const;
