/** One version of what is said about one thing that happened. A version that was sent is never changed: a new one is added. */
export interface Template {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  /** With {item}, {number}, {date}, {amount} where they are told. Nothing in it says who somebody is. */
  readonly text: string;
}

/** When it is sent, whatever its wording. */
export interface Occasion {
  /** Must be told, whatever is preferred: a period begins to run with it, or a right ends (许可法 art. 32, 38, 42, 44, 45). */
  readonly statutory: boolean;
  /** Waits for the morning. */
  readonly canWait: boolean;
  /** Told to the clerk who helped, too. */
  readonly helper: boolean;
}

const progress: Occasion = { statutory: false, canWait: true, helper: false };
/** Not held back at night: the period that begins with it runs. */
const notice: Occasion = { statutory: true, canWait: false, helper: true };

type Entry = Occasion & {
  readonly versions: readonly [Omit<Template, "id" | "version">, ...Omit<Template, "id" | "version">[]];
};
type Wording = readonly [title: string, text: string];
const entry = (occasion: Occasion, title: string, text: string, ...later: readonly Wording[]): Entry => ({
  ...occasion,
  versions: [{ title, text }, ...later.map(([newTitle, newText]) => ({ title: newTitle, text: newText }))],
});

const TEMPLATES: Readonly<Record<string, Entry>> = {
  submitted: entry(progress, "申请已收到", "您申请的“{item}”已收到，办件编号 {number}，将于 {date} 前告知是否受理。"),
  "correction-requested": entry(
    notice,
    "请补正材料",
    "您申请的“{item}”（{number}）需要补正材料，请于 {date} 前登录查看并提交。",
  ),
  accepted: entry(progress, "申请已受理", "您申请的“{item}”（{number}）已受理，承诺于 {date} 前办结。"),
  declined: entry(notice, "不予受理通知", "您申请的“{item}”（{number}）不予受理，理由及救济途径请登录查看。"),
  suspended: entry(
    notice,
    "特别程序通知",
    "您申请的“{item}”（{number}）进入特别程序，预计于 {date} 前完成，所需时间不计入办理期限。",
  ),
  resumed: entry(progress, "恢复办理", "您申请的“{item}”（{number}）已恢复办理，承诺于 {date} 前办结。"),
  extended: entry(notice, "延期告知", "您申请的“{item}”（{number}）经批准延长办理期限至 {date}，理由请登录查看。"),
  approved: entry(notice, "准予许可决定", "您申请的“{item}”（{number}）已作出准予决定，结果将于 {date} 前送达。"),
  "approved-unpaid": entry(
    notice,
    "准予许可决定",
    "您申请的“{item}”（{number}）已作出准予决定，费用缴清之日起十个工作日内送达结果。",
  ),
  refused: entry(notice, "不予许可决定", "您申请的“{item}”（{number}）已作出不予许可决定，理由及救济途径请登录查看。"),
  revoked: entry(notice, "撤销决定", "您以告知承诺方式取得的“{item}”（{number}）已被撤销，理由及救济途径请登录查看。"),
  lapsed: entry(notice, "申请终止", "您申请的“{item}”（{number}）因逾期未补正或未缴费已终止，可重新申请。"),
  reopened: entry(notice, "重新办理", "您申请的“{item}”（{number}）重新办理，将于 {date} 前办结。"),
  withdrawn: entry(progress, "申请已撤回", "您申请的“{item}”（{number}）已撤回。"),
  "fee-due": entry(progress, "请缴费", "您申请的“{item}”（{number}）需缴费 {amount} 元，缴清后继续办理。"),
  "deadline-near": entry(
    progress,
    "期限临近",
    "您申请的“{item}”（{number}）须于 {date} 前提交所需材料，请尽快登录办理。",
  ),
  "file-rejected": entry(progress, "材料未通过检查", "您上传的一份材料未通过检查，请登录后重新上传。"),
  paid: entry(progress, "缴费成功", "办件 {number} 已缴费 {amount} 元。"),
  // By the provider to where it came from, or by a clerk to an account that was agreed upon.
  refunded: entry(progress, "退款成功", "办件 {number} 已退款 {amount} 元，原路返回。", [
    "退款成功",
    "办件 {number} 已退款 {amount} 元，请留意原支付账户或与工作人员约定的账户。",
  ]),
  // Paid twice, too late, or for a case that was withdrawn.
  "surplus-refunded": entry(progress, "多付款项已退回", "办件 {number} 重复或逾期支付的 {amount} 元已退回。", [
    "款项已退回",
    "办件 {number} 有一笔 {amount} 元的付款未计入应缴费用，已退回。",
  ]),
  sent: entry(progress, "快件已寄出", "办件 {number} 的快件已寄出，可登录查看物流。"),
  "out-for-delivery": entry(progress, "快件派送中", "办件 {number} 的快件正在派送，请留意签收。"),
  delivered: entry(progress, "快件已签收", "办件 {number} 的快件已签收。", [
    "快件已签收",
    "办件 {number} 的快件已签收。如非您或您委托的人签收，请登录联系工作人员。",
  ]),
  returned: entry(progress, "快件被退回", "办件 {number} 的快件被退回，工作人员将与您联系。"),
};
export const TEMPLATE_IDS = Object.keys(TEMPLATES);

export const occasionOf = (id: string): Occasion | undefined => TEMPLATES[id];

/** A version of a template; the newest unless told. */
export const templateOf = (id: string, version?: number): Template | undefined => {
  const versions = TEMPLATES[id]?.versions ?? [];
  const number = version ?? versions.length;
  const found = versions[number - 1];
  return found && { id, version: number, ...found };
};

export type Params = Readonly<Record<string, string>>;

/** The text with its blanks filled; a blank that nothing is known of is left out with the mark. */
export const render = ({ title, text }: Template, params: Params): { title: string; text: string } => ({
  title,
  text: text.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? ""),
});

/** The blanks of a text, in their order. */
export const blanksOf = ({ text }: Pick<Template, "text">): string[] => [
  ...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name)),
];

/** How many versions there are; 0 when there is no such template. */
export const versionsOf = (id: string): number => TEMPLATES[id]?.versions.length ?? 0;

const IN_ONE = 70;
const IN_A_PART = 67;
/** How many text messages a text is paid as: 70 characters of UCS-2, or parts of 67 where it does not fit into one. */
export const smsParts = (text: string): number => (text.length <= IN_ONE ? 1 : Math.ceil(text.length / IN_A_PART));

/** What previews are filled with. */
export const EXAMPLE: Params = {
  item: "食品经营许可（新办）",
  number: "11440600007039469J444013190600020261122" + "7Z3K9M2QX4B",
  date: "2026-12-04",
  amount: "80.00",
};
