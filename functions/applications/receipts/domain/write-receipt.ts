import { type Instant, legalDate } from "#shared/kernel/clock.ts";
import type { CaseFacts, Document, Occasion } from "./receipt.ts";

type Day = { readonly date: string; readonly provisional: boolean };

const LAW = "《中华人民共和国行政许可法》";

/** 2026年11月22日 */
export const writtenDate = (date: string): string => {
  const [year, month, day] = date.split("-").map(Number);
  return `${year}年${month}月${day}日`;
};

const writtenDay = ({ date, provisional }: Day): string =>
  writtenDate(date) + (provisional ? "（该期间含节假日安排尚未公布的年度，公布后可能顺延）" : "");

const onDay = (at: Instant): string => writtenDate(legalDate(at));

const PROCEDURES: Readonly<Record<string, string>> = {
  hearing: "听证",
  inspection: "检验",
  testing: "检测",
  quarantine: "检疫",
  "expert-review": "专家评审",
};

/** Administrative Reconsideration Law (2023) art. 20; Administrative Litigation Law (2017) art. 46. */
const remedies = (what: string): string =>
  `如不服本${what}，可以自知道或者应当知道本${what}之日起六十日内，依照《中华人民共和国行政复议法》第二十条的规定申请行政复议；也可以自知道或者应当知道本${what}之日起六个月内，依照《中华人民共和国行政诉讼法》第四十六条的规定直接向人民法院提起行政诉讼。`;

/** All but the first and the last four characters are hidden: enough to tell it is oneself, too little to be used by who finds it. */
const hidden = (idNumber: string): string =>
  idNumber.slice(0, 1) + "*".repeat(Math.max(idNumber.length - 5, 1)) + idNumber.slice(-4);

/** A fee holds the issue, and no day of its delivery is known before it is paid. */
const AFTER_PAYMENT = "自费用缴清之日起十个工作日内";

const NAMES_IN_A_ROW = 10;

/** A row is not broken over pages, so many names are several rows. */
const inRows = (label: string, names: readonly string[]): Document["rows"] =>
  Array.from({ length: Math.ceil(names.length / NAMES_IN_A_ROW) }, (_, row) => [
    row === 0 ? label : "",
    names
      .slice(row * NAMES_IN_A_ROW, (row + 1) * NAMES_IN_A_ROW)
      .map((name, i) => `${row * NAMES_IN_A_ROW + i + 1}．${name}`)
      .join("；"),
  ]);

type Content = Pick<Document, "title" | "paragraphs" | "list" | "closing" | "blanks"> & {
  readonly rows?: Document["rows"];
};

const nothing = { list: [], closing: [], blanks: [] } as const;

/** How it is with the materials that are not there: something may follow, or a promise stands for it. */
const lacking = ({ following, promised }: Pick<CaseFacts, "following" | "promised">) => [
  ...(following.length > 0 ? [{ how: "可以容缺、在下列期限内补交", rule: "容缺受理" }] : []),
  ...(promised.length > 0 ? [{ how: "由你（单位）以书面承诺代替", rule: "告知承诺制" }] : []),
];

/** No more than is so: that all is there only where all is. */
const materialsOf = (facts: Pick<CaseFacts, "following" | "promised" | "absent">): string => {
  const lacks = lacking(facts);
  if (lacks.length === 0 && facts.absent.length === 0) return "申请材料齐全，符合法定形式";
  return [
    "已提交的申请材料符合法定形式",
    ...(lacks.length > 0 ? [`尚缺的材料${lacks.map(({ how }) => how).join("，或者")}`] : []),
    ...(facts.absent.length > 0 ? ["下列材料尚未提交"] : []),
  ].join("，");
};

/** From when the five days counted in which nobody answered, what was not answered, and the rule. What came last began them anew. */
const unanswered = ({ corrected, paid }: Pick<CaseFacts, "corrected" | "paid">) => {
  const rule = "第三十二条第一款第（四）项";
  if (corrected)
    return { since: "收到补正材料之日", silence: "未作出是否受理的答复", rule: `${rule}、第（五）项` } as const;
  const since = paid ? "收到申请材料且费用缴清之日" : "收到申请材料之日";
  return { since, silence: "未告知需要补正的内容", rule } as const;
};

interface Context {
  readonly facts: CaseFacts;
  readonly at: Instant;
  /** The beginning of most sentences: whose application for what. */
  readonly asked: string;
  readonly by: (article: string) => string;
  /** A licence, or what else is granted. */
  readonly thing: string;
}

type Of<K extends Occasion["kind"]> = Extract<Occasion, { readonly kind: K }>;

const whyApproved = ({ tacit, commitment }: Of<"decision">, { by, thing }: Context): string => {
  if (tacit) return `本机关未在法定期限内作出决定。按照该事项公布的默示规则，视为准予${thing}。`;
  const rule = by("第三十八条第一款");
  return commitment
    ? `你（单位）已就告知的条件作出书面承诺。经审查，${rule}和告知承诺制的规定，本机关决定准予${thing}。本机关将对承诺内容进行核查，承诺不实的，依法撤销本决定。`
    : `经审查，符合法定条件、标准。${rule}，本机关决定准予${thing}。`;
};

const approved = (decision: Of<"decision">, context: Context): Content => {
  const { facts, asked, by } = context;
  return {
    ...nothing,
    title: facts.isLicence ? "准予行政许可决定书" : "准予办理决定书",
    paragraphs: [
      `${asked}，${whyApproved(decision, context)}`,
      `${by("第四十四条")}，本机关将${decision.held ? AFTER_PAYMENT : "自作出决定之日起十个工作日内"}向你（单位）颁发、送达办理结果。`,
    ],
    list: facts.reasons,
    rows: [["送达期限", decision.held ? AFTER_PAYMENT : writtenDay(decision.deliverBy)]],
  };
};

const refused = ({ tacit }: Of<"decision">, { facts, asked, by, thing }: Context): Content => ({
  ...nothing,
  title: facts.isLicence ? "不予行政许可决定书" : "不予办理决定书",
  paragraphs: [
    tacit
      ? `${asked}，本机关未在法定期限内作出决定。按照该事项公布的默示规则，视为不予${thing}。`
      : `${asked}，经审查，${by("第三十八条第二款")}，本机关决定不予${thing}。理由如下：`,
  ],
  list: facts.reasons,
  closing: [remedies("决定")],
});

const DELIVERED = {
  approved: { licence: "准予行政许可决定书及办理结果", other: "准予办理决定书及办理结果" },
  refused: { licence: "不予行政许可决定书", other: "不予办理决定书" },
} as const;

/** What is said on each occasion, with the article that it rests on. */
const contents: { readonly [K in Occasion["kind"]]: (occasion: Of<K>, context: Context) => Content } = {
  acceptance: ({ deemed, promisedBy, decideBy }, { facts, asked, by }) => {
    const besides = lacking(facts).map(({ rule }) => rule);
    const { since, silence, rule } = unanswered(facts);
    return {
      ...nothing,
      title: "受理通知书",
      paragraphs: [
        deemed
          ? `${asked}，本机关自${since}起五个工作日内${silence}。${by(rule)}，该申请自${since}起即为受理。`
          : `${asked}，经审查，属于本机关职权范围，${materialsOf(facts)}。${by("第三十二条第一款第（五）项")}${besides.length > 0 ? `以及${besides.join("和")}的规定` : ""}，本机关决定予以受理。`,
        `${by("第四十二条")}，本机关将在下列期限内作出决定；依法需要听证、检验、检测、检疫、鉴定和专家评审的，所需时间不计算在内（第四十五条）。`,
      ],
      rows: [
        ["承诺办结日期", writtenDay(promisedBy)],
        ["法定办结日期", writtenDay(decideBy)],
        ...inRows("收到的申请材料", facts.received),
        ...inRows(
          "容缺受理的材料",
          facts.following.map(({ name, days }) => `${name}（自受理之日起${days}个工作日内补交）`),
        ),
        ...inRows("以承诺代替的材料", facts.promised),
        ...inRows("尚未提交的材料", facts.absent),
      ],
    };
  },
  correction: ({ correctBy }, { facts, asked, by }) => ({
    ...nothing,
    title: "补正材料告知书",
    paragraphs: [
      `${asked}，经审查，申请材料不齐全或者不符合法定形式。${by("第三十二条第一款第（四）项")}，现一次性告知需要补正的全部内容如下：`,
    ],
    list: facts.reasons,
    closing: [
      `请于${writtenDay(correctBy)}前补正。按要求提交全部补正材料的，本机关将予以受理；逾期未补正的，本次申请终止，可以另行提出申请。`,
    ],
  }),
  decline: (_, { facts, asked, by }) => ({
    ...nothing,
    title: "不予受理决定书",
    paragraphs: [`${asked}，经审查，${by("第三十二条")}，本机关决定不予受理。理由如下：`],
    list: facts.reasons,
    closing: [remedies("决定")],
  }),
  suspension: ({ procedure, expectedBy }, { facts, asked, by }) => {
    const name = PROCEDURES[procedure] ?? "特别程序";
    return {
      ...nothing,
      title: "特别程序告知书",
      paragraphs: [
        `${asked}，在审查中依法需要进行${name}。${by("第四十五条")}，所需时间不计算在办理期限内，现将所需时间告知如下。`,
      ],
      list: facts.reasons,
      closing: [`${name}结束后，办理期限继续计算，本机关将按顺延后的期限作出决定。`],
      rows: [
        ["特别程序", name],
        ["预计完成日期", writtenDay(expectedBy)],
      ],
    };
  },
  extension: ({ decideBy }, { facts, asked, by }) => ({
    ...nothing,
    title: "延长办理期限告知书",
    paragraphs: [
      `${asked}，本机关在法定期限内不能作出决定。${by("第四十二条第一款")}，经本机关负责人批准，延长十个工作日。延长期限的理由如下：`,
    ],
    list: facts.reasons,
    rows: [["延长后的办结日期", writtenDay(decideBy)]],
  }),
  decision: (occasion, context) =>
    occasion.outcome === "approved" ? approved(occasion, context) : refused(occasion, context),
  revocation: (_, { facts, asked, by }) => ({
    ...nothing,
    title: facts.isLicence ? "撤销行政许可决定书" : "撤销决定书",
    paragraphs: [
      `${asked}，本机关曾依你（单位）的书面承诺作出准予决定。经核查，承诺内容不属实。${by("第六十九条第二款")}，本机关决定撤销原决定，并依法记入信用记录。核查情况如下：`,
    ],
    list: facts.reasons,
    closing: [remedies("决定")],
  }),
  delivery: ({ outcome }, { facts, at, by }) => ({
    ...nothing,
    title: "送达回证",
    paragraphs: [
      `${by("第四十四条")}，${facts.department}将下列文书送达受送达人。请受送达人收到后填写收到日期并签名或者盖章。`,
    ],
    rows: [
      ["送达文书", DELIVERED[outcome][facts.isLicence ? "licence" : "other"]],
      ["办结日期", onDay(at)],
    ],
    blanks: ["送达方式", "送达地点", "收到日期", "受送达人签名或者盖章", "代收人及其关系", "送达人签名"],
  }),
};

/** A pair of kind and occasion, so that the compiler sees that they belong together. */
const contentOf = <K extends Occasion["kind"]>(kind: K, occasion: Of<K>, facts: CaseFacts, at: Instant): Content =>
  contents[kind](occasion, {
    facts,
    at,
    asked: `你（单位）于${onDay(facts.receivedAt)}提出的“${facts.itemName}”申请`,
    by: (article) => `${facts.isLicence ? "根据" : "参照"}${LAW}${article}的规定`,
    thing: facts.isLicence ? "行政许可" : "办理",
  });

/** Writes the receipt of an occasion. Only what the case and the event tell goes in: the same again gives the same. */
export const writeReceipt = (occasion: Occasion, facts: CaseFacts, at: Instant): Document => {
  const { title, paragraphs, list, closing, blanks, rows = [] } = contentOf(occasion.kind, occasion, facts, at);
  const { applicant, number, itemName, itemCode, department, receivedAt } = facts;
  return {
    kind: occasion.kind,
    title,
    number,
    recipient: applicant.name,
    paragraphs,
    list,
    closing,
    blanks,
    department,
    issuedAt: at,
    rows: [
      ["申请人", applicant.name],
      [applicant.kind === "natural" ? "身份证件号码" : "统一社会信用代码", hidden(applicant.idNumber)],
      ["申请事项", itemName],
      ["事项编码", itemCode],
      ["收到申请日期", onDay(receivedAt)],
      ...rows,
    ],
  };
};
