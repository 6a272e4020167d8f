import { escaped, hidden, outsidePage } from "./html.ts";

/** Someone with an account at the province. */
export interface ProvincialUser {
  readonly subject: string;
  readonly name: string;
  readonly idNumber: string;
  readonly phone: string;
  /** L1 registered, L2 real name, L3 real person. */
  readonly level: "L1" | "L2" | "L3";
}

const PROVINCE = "省统一身份认证平台（演示）";

const LEVELS = { L1: "已注册", L2: "已实名", L3: "已实人" } as const;

/** Where a person tells the province who they are; here it asks for no password. */
export const provincialLoginPage = (
  users: readonly ProvincialUser[],
  action: string,
  fields: Readonly<Record<string, string>> = {},
): string =>
  outsidePage(
    PROVINCE,
    `<form method="post" action="${escaped(action)}">${hidden(fields)}
<fieldset><legend>选择要登录的账号</legend>
${users
  .map(
    ({ subject, name, level }, index) =>
      `<label><input type="radio" name="user" value="${escaped(subject)}"${index === 0 ? " checked" : ""}> ${escaped(name)} <small>${LEVELS[level]}</small></label>`,
  )
  .join("\n")}
</fieldset>
<button name="do" value="sign-in">登录并同意提供实名信息</button>
<button class="plain" name="do" value="cancel">取消</button>
</form>`,
  );
