import { itemPages } from "#shared/contracts/http/catalogue/finding.ts";
import { ItemCode } from "#shared/contracts/http/catalogue/item.ts";
import { yuanFromFen } from "#shared/kernel/fen.ts";
import type { HttpRequest } from "#shared/runtime/endpoint.ts";
import { html, type Piece } from "#shared/runtime/html.ts";
import type { Page } from "#shared/runtime/http-lambda.ts";
import { type Guide, guideOf } from "../domain/guide.ts";
import { type Condition, type Item, itemKinds } from "../domain/item.ts";
import { type ItemRecord, inForce } from "../domain/item-record.ts";
import type { CityFacts, ItemStore } from "../domain/ports.ts";
import { divisionName } from "../http/reading.ts";
import { facts as factList, list, page, table } from "./layout.ts";
import * as words from "./words.ts";

interface Deps {
  readonly items: ItemStore;
  readonly facts: CityFacts;
}

const found = async (
  { items }: Deps,
  request: HttpRequest,
): Promise<{ record: ItemRecord; item: Item } | undefined> => {
  const code = ItemCode.safeParse(request.pathParameters?.code);
  const record = code.success ? await items.find(code.data) : undefined;
  const item = inForce(record);
  return record && item ? { record, item } : undefined;
};

const missing = () =>
  page("没有这个事项", html`<h1>没有这个事项</h1><p>没有这个事项，或者它已经取消。请检查地址。</p>`, 404);

/** The guide for people as a page: questions of the situation are asked by a form that needs no script. */
export const guidePage = (deps: Deps): Page => ({
  path: itemPages.guide,
  answer: async (request) => {
    const known = await found(deps, request);
    if (!known) return missing();
    const { item, record } = known;
    // What a query string says beside the item's own options and choices is not ours to answer.
    const asked = request.queryStringParameters ?? {};
    const situation = Object.fromEntries(
      item.options.flatMap(({ id, choices }) => {
        const choice = choices.find((known) => known.id === asked[id]);
        return choice ? [[id, choice.id] as const] : [];
      }),
    );
    const guide = guideOf(item, situation, await divisionName(deps.facts, item.division));
    if (!guide.ok) return missing();
    return page(`${item.name} 办事指南`, guideBody(guide.value, record));
  },
});

const guideBody = (guide: Guide, { standing }: ItemRecord): Piece => html`
<p class="soft">办事指南</p>
<h1>${guide.name}</h1>
${standing.kind === "suspended" && html`<p class="note" role="status">暂停办理：${standing.reason}</p>`}
${factList([
  ["办理部门", guide.department.name],
  ["申请人", guide.applicants.map((kind) => words.applicantWords[kind]).join("、")],
  ["事项类型", itemKinds[guide.kind]],
  ["办理时限", words.limitWords(guide)],
  ...(guide.visits === undefined ? [] : [["到现场次数", visitWords(guide)] as const]),
  ["办理结果", resultWords(guide)],
  ...(guide.assurance === undefined ? [] : [["实名要求", words.assuranceWords[guide.assurance]] as const]),
  ["办理地点", list(guide.places.map(({ channel, at }) => `${words.channelWords[channel]}：${at}`))],
])}
${guide.options.length > 0 && situationForm(guide)}
<h2>申请条件</h2>
${list(guide.conditions)}
<h2>申请材料</h2>
${
  guide.open.length > 0 &&
  html`<p class="note">还没有回答：${guide.open.map(({ question }) => question).join(" ")}下面列出可能需要的全部材料和收费。</p>`
}
${table(
  `共 ${guide.materials.length} 项`,
  ["材料", "是否必要", "形式", "文件要求", "说明"],
  guide.materials.map((material) => [
    material.name,
    material.required ? "必要" : "非必要",
    `${material.form}${material.copies > 0 ? ` ${material.copies} 份` : ""}`,
    words.fileWords(material),
    list([
      ...(material.licenceTypes.length > 0 ? [`可以用电子证照代替：${material.licenceTypes.join("、")}`] : []),
      ...(words.trustWords[material.grade] ? [words.trustWords[material.grade]] : []),
      ...(material.deferrable ? [`可以容缺，受理后 ${material.deferDays} 个工作日内补交`] : []),
      ...(material.when ? [`适用于：${conditionWords(material.when, guide.options)}`] : []),
    ]),
  ]),
)}
<h2>收费</h2>
${
  guide.fees.length === 0
    ? html`<p>不收费。</p>`
    : html`${table(
        guide.open.length > 0 ? "视情形而定" : `合计 ${yuanFromFen(guide.total)} 元`,
        ["项目", "标准", "金额", "依据"],
        guide.fees.map((fee) => [fee.name, fee.standard, words.feeWords(fee), fee.basis]),
      )}`
}
<h2>办理流程</h2>
<ol>${guide.steps.map(({ title, role, workingDays }) => html`<li>${title}（${role}）${workingDays !== undefined && workingDays > 0 && `，${workingDays} 个工作日`}</li>`)}</ol>
${
  guide.specialProcedures.length > 0 &&
  html`<h3>特别程序（不计入办理时限）</h3>${list(guide.specialProcedures.map(({ name, workingDays }) => `${name}，约 ${workingDays} 个工作日`))}`
}
${guide.commitment && html`<p>可以选择告知承诺：书面承诺符合条件，先行办理，事后核查。</p>`}
${words.tacitWords[guide.tacit] && html`<p>${words.tacitWords[guide.tacit]}。</p>`}
<h2>设定依据</h2>
${list(guide.legalBasis.map(({ law, article }) => `${law}${article ?? ""}`))}
${provenance(guide)}`;

const visitWords = ({ visits, visitReason }: Guide): string =>
  `${visits} 次${visitReason === undefined ? "" : `（${visitReason}）`}`;

const resultWords = ({ result, deliverable }: Guide): string =>
  `${result.name}${result.validityYears === undefined ? "" : `，有效期 ${result.validityYears} 年`}${deliverable ? "，可以邮寄" : ""}`;

const conditionWords = (when: Condition, options: Guide["options"]): string =>
  when
    .map(({ option, anyOf }) => {
      const choices = options.find(({ id }) => id === option)?.choices ?? [];
      return anyOf.map((id) => choices.find((choice) => choice.id === id)?.label ?? id).join("或者");
    })
    .join("，并且");

const situationForm = ({ options, situation }: Guide): Piece => html`
<h2>您的情形</h2>
<form method="get">
${options.map(
  ({ id, question, choices }) =>
    html`<fieldset><legend>${question}</legend>${choices.map(
      (choice) =>
        html`<label><input type="radio" name="${id}" value="${choice.id}"${situation[id] === choice.id && html` checked`}>${choice.label}</label>`,
    )}</fieldset>`,
)}
<button type="submit">只看我需要的材料和收费</button>
</form>`;

const provenance = ({
  code,
  version,
  effectiveFrom,
  assumed,
}: Pick<Item, "code" | "version" | "effectiveFrom" | "assumed">) => html`
<p class="soft">实施编码 ${code}，第 ${version} 版，自 ${effectiveFrom} 起施行。${assumed.length > 0 && "部分内容为演示假定，不作为办事依据。"}</p>`;

/** The manual for officers as a page. Published conditions and procedures are public (Administrative Licensing Law art. 30). */
export const manualPage = (deps: Deps): Page => ({
  path: itemPages.manual,
  answer: async (request) => {
    const known = await found(deps, request);
    if (!known) return missing();
    const { item } = known;
    return page(`${item.name} 业务手册`, manualBody(item));
  },
});

const manualBody = (item: Item): Piece => html`
<p class="soft">业务手册</p>
<h1>${item.name}</h1>
${factList([
  ["实施部门", item.department.name],
  ["事项类型", itemKinds[item.kind]],
  ["办理时限", words.limitWords(item)],
  ...(item.limits.basis === undefined ? [] : [["时限依据", item.limits.basis] as const]),
  ["告知承诺", item.commitment ? "适用" : "不适用"],
])}
<h2>审查条件</h2>
${list(item.conditions)}
<h2>环节和标准化审批表</h2>
${item.stages.length === 0 && html`<p>即办件：受理时当场决定。</p>`}
${item.stages.map(
  ({ name, title, role, workingDays, checks }) => html`
<h3>${title}（${words.stageWords[name]}）</h3>
<p>${role}${workingDays !== undefined && `，${workingDays} 个工作日`}</p>
${table(
  "每一项都须答复；答“否”的须写明依据",
  ["序号", "审查要点", "依据"],
  checks.map(({ text, basis }, i) => [i + 1, text, basis]),
)}`,
)}
<h2>材料审查标准</h2>
${table(
  `共 ${item.materials.length} 项`,
  ["材料", "最低可信等级", "可用电子证照", "适用情形"],
  item.materials.map(({ name, grade, licenceTypes, when }) => [
    name,
    `${grade} ${words.gradeWords[grade]}`,
    licenceTypes.join("、"),
    when ? conditionWords(when, item.options) : "全部",
  ]),
)}
${
  item.specialProcedures.length > 0 &&
  html`<h2>特别程序</h2>${list(
    item.specialProcedures.map(
      ({ kind, name, workingDays }) =>
        `${name}（${words.procedureWords[kind]}），约 ${workingDays} 个工作日，不计入时限`,
    ),
  )}`
}
<h2>设定依据</h2>
${list(item.legalBasis.map(({ law, article }) => `${law}${article ?? ""}`))}
${provenance(item)}`;
