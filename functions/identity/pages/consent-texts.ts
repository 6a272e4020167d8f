import { REUSE_CONSENT } from "#shared/contracts/consents.ts";
import { type Html, html } from "#shared/runtime/html.ts";
import type { ConsentPurpose } from "../accounts/accounts.ts";

interface ConsentText {
  /** Goes into the record. Another wording is another version; nobody's consent moves to it by itself. */
  readonly version: string;
  /** The sentence beside the box. */
  readonly sentence: string;
  readonly full: Html;
  /** Whether it may be given and withdrawn at will, without closing the account. */
  readonly optional: boolean;
}

/**
 * What people agree to, each by itself (PIPL articles 14, 28 and 29: sensitive data needs a separate consent; article 31: a
 * guardian's for a child under 14).
 */
export const consentTexts: Record<ConsentPurpose, ConsentText> = {
  account: {
    version: "account-2026-11",
    sentence: "我已阅读并同意《账户服务协议》和《隐私政策》",
    optional: false,
    full: html`<p>我们用您的姓名、证件号码和手机号为您建立账户、核对身份、通知办事进度，依据是您的同意和履行法定职责的需要。账户记录保存到您注销之后法律规定的期限届满为止。</p><p>您可以随时查询、复制、更正自己的信息，撤回同意，或者注销账户。谁在何时为何查看过您的信息，您都能在“查阅记录”中看到。</p>`,
  },
  "sensitive-data": {
    version: "sensitive-data-2026-11",
    sentence: "我单独同意处理我的证件号码等敏感个人信息",
    optional: false,
    full: html`<p>证件号码属于敏感个人信息，一旦泄露，可能被用来冒充您。我们只用它确认“一人一户”和核验身份；逐项加密保存，显示时遮盖；只有经办您事项的部门说明理由后才能看到全部内容，每次查看都有记录。不提供证件号码，就无法建立实名账户。</p>`,
  },
  guardian: {
    version: "guardian-2026-11",
    sentence: "我是该未成年人的监护人，单独同意处理其个人信息",
    optional: false,
    full: html`<p>不满十四周岁未成年人的个人信息都是敏感个人信息。我们只为其本人办事而处理，由监护人代为管理账户。</p>`,
  },
  biometric: {
    version: "biometric-2026-11",
    sentence: "我单独同意核验机构为这次核验处理我的人脸或证件影像；比对后即删除，我们只保存核验结果",
    optional: true,
    full: html`<p>人脸等生物识别信息属于敏感个人信息，一旦泄露，可能被用来冒充您，且无法更换。影像由身份核验机构采集、与公安机关登记的照片比对，比对后即删除；我们不接收影像，只保存核验的方式、时间和结果。</p><p>不同意不影响办事：您可以到任何服务窗口凭证件核验。同意可以随时撤回，此前的核验结果不受影响。</p>`,
  },
  "reuse-materials": {
    version: REUSE_CONSENT,
    sentence: "同意把我提交过的材料用于我以后的申请，免去重复提交",
    optional: true,
    full: html`<p>再次办事时，系统会用您以前提交并核验过的材料预先填好，由您确认后才提交。随时可以撤回，撤回后不再使用，此前办结的事项不受影响。</p>`,
  },
  notices: {
    version: "notices-2026-11",
    sentence: "同意接收与我有关的办事提醒，例如证照到期",
    optional: true,
    full: html`<p>我们会在证照到期、政策可以免申请享受时用短信告诉您。不会用来推销。随时可以撤回。</p>`,
  },
};
