/** One thing found wrong with a definition; advice does not keep it from being published. */
export interface Problem {
  readonly code: ProblemCode;
  /** Where, or what was found there. */
  readonly detail: string;
}

interface ProblemText {
  readonly weight: "blocks" | "advice";
  readonly zh: string;
  readonly en: string;
}

const blocks = (zh: string, en: string): ProblemText => ({ weight: "blocks", zh, en });
const advice = (zh: string, en: string): ProblemText => ({ weight: "advice", zh, en });

/** Every automatic check (自动校验) by its code. */
export const problemTexts = {
  "item.malformed": blocks("该行不符合格式。", "The row does not fit the format."),
  "item.code-malformed": blocks(
    "实施编码不是 31 位，或其中的统一社会信用代码校验位错误。",
    "The implementation code is not 31 characters, or its credit code's check character is wrong.",
  ),
  "item.code-repeated": blocks("同一批次中事项编码重复。", "The code stands twice in this import."),
  "item.level-mismatch": blocks("编码中的行使层级与事项不符。", "The level in the code is not the item's."),
  "item.basic-code-mismatch": blocks(
    "编码中的基本编码与事项不符。",
    "The basic code in the implementation code is not the item's.",
  ),
  "item.department-code-mismatch": blocks(
    "编码前 18 位不是实施部门的统一社会信用代码。",
    "The code does not begin with the department's credit code.",
  ),
  "item.department-code-assumed": advice(
    "编码前 18 位不是实施部门的统一社会信用代码，编码或部门代码已标明为假定。",
    "The code does not begin with the department's credit code; one of them is marked as assumed.",
  ),
  "item.kind-unknown": blocks(
    "没有这种事项类型，或类型的代码与名称不符。",
    "No such item kind, or its code and label differ.",
  ),
  "item.department-unknown": blocks("没有登记过这个部门。", "The department is not known."),
  "item.department-code-wrong": blocks(
    "部门的统一社会信用代码错误，或不是该部门的。",
    "The department's credit code is wrong, or another's.",
  ),
  "item.division-unknown": blocks("没有这个行政区划。", "There is no such division."),
  "item.division-mismatch": blocks("部门不服务于这个行政区划。", "The department does not serve this division."),
  "item.basic-item-unknown": blocks("目录清单中没有这个基本编码。", "The directory list has no such basic code."),
  "item.basic-item-retired": blocks("目录清单中的这个事项已经取消。", "The directory item is retired."),
  "item.basic-item-kind": blocks("事项类型与目录清单不符。", "The kind is not the directory item's."),
  "item.basic-item-level": blocks(
    "目录清单不允许在这个层级实施。",
    "The directory item may not be implemented at this level.",
  ),
  "item.objects-mismatch": blocks(
    "服务对象与申请人类型不符。",
    "The service objects and the kinds of applicant contradict each other.",
  ),
  "item.legal-basis-missing": blocks("没有设定依据。", "There is no legal basis."),
  "item.limits-inverted": blocks("承诺时限长于法定时限。", "The promised limit is longer than the statutory one."),
  "item.limit-beyond-licensing-law": blocks(
    "行政许可的法定时限超过 20 个工作日（多部门办理的为 45 个），又没有说明依据（行政许可法第四十二条）。",
    "A licence's statutory limit is beyond 20 working days, and no other law is named (Administrative Licensing Law art. 42).",
  ),
  "item.promise-missing": blocks("承诺件的承诺时限为 0。", "A committed item promises 0 working days."),
  "item.instant-with-promise": blocks(
    "即办件的承诺时限应当为 0。",
    "An instant item promises 0 working days and no more.",
  ),
  "item.instant-with-stages": blocks(
    "即办件当场决定，不应有审批环节。",
    "An instant item is decided when accepted and has no stages.",
  ),
  "item.stage-unknown": blocks("办理流程中有不认识的环节。", "The process has a step that is not known."),
  "item.stages-missing": blocks("没有任何人作出决定的环节。", "There is no stage at which anyone decides."),
  "item.stages-out-of-order": blocks("环节重复或顺序错误。", "Stages are repeated, or out of order."),
  "item.stages-without-approval": blocks("最后一个环节不是批准。", "The last stage is not the approval."),
  "item.stages-too-long": blocks("各环节时限之和长于承诺时限。", "The stages take longer than the promise."),
  "item.stage-without-checks": blocks("环节没有标准化审批表。", "A stage has no approval form."),
  "item.stage-undecidable": blocks(
    "该部门在此区划没有可以办理这个环节的人员。",
    "Nobody of the department in this division holds the role that decides this stage.",
  ),
  "item.acceptance-undecidable": blocks(
    "该部门在此区划没有可以受理的人员。",
    "Nobody of the department in this division is a clerk, who accepts, and decides an instant item.",
  ),
  "item.approver-is-only-clerk": blocks(
    "该部门在此区划只有同一个人可以受理和批准，而受理人不得批准自己受理的申请。",
    "One and the same person of the department is its only clerk and its only approver, and nobody approves what they have accepted.",
  ),
  "item.commitment-unverifiable": blocks(
    "该部门在此区划没有可以核查承诺的人员。",
    "Nobody of the department in this division is an officer, who looks into promises.",
  ),
  "item.check-without-basis": advice("审批表的要点没有依据。", "A check of an approval form names no legal basis."),
  "item.id-repeated": blocks("标识重复。", "An id stands twice."),
  "item.condition-unknown": blocks(
    "适用条件引用了没有的情形或选项。",
    "A condition names an option or choice that is not there.",
  ),
  "item.option-without-effect": advice("这个情形不影响任何材料和收费。", "The option changes no material and no fee."),
  "item.fee-unreadable": blocks("收费金额无法识别。", "A fee's amount cannot be read."),
  "item.fee-without-basis": blocks("收费没有依据。", "A fee has no legal basis."),
  "item.licence-type-unknown": blocks("没有登记过这种证照。", "The licence type is not known."),
  "item.paper-for-own-licence": blocks(
    "材料是本市自己核发的证照，却只收纸质，没有接受电子证照。",
    "The material is a licence that the city itself issues, yet its e-licence is not accepted.",
  ),
  "item.licence-issuer-retired": blocks(
    "材料依赖的证照只由已经取消的事项核发。",
    "A material relies on a licence that only a retired item issued.",
  ),
  "item.format-unknown": blocks("材料格式不在允许的范围内。", "A material's format is not one that can be examined."),
  "item.max-bytes-beyond-upload": blocks(
    "材料允许的大小超过上传的上限 10 MB。",
    "A material allows more than can be uploaded, which is 10 MiB.",
  ),
  "item.format-missing": blocks(
    "材料可以上传，却没有规定格式或者大小。",
    "A material may be uploaded, yet has no format or no size.",
  ),
  "item.issuer-cannot-supply": blocks(
    "材料只认签发机关提供的（A 级），却没有可接受的证照类型，谁也无法提供。",
    "A material is taken from its issuer alone (grade A), yet no licence type is accepted: nobody can supply it.",
  ),
  "item.defer-days-missing": blocks(
    "可容缺的材料没有规定补交期限。",
    "A material may be deferred, yet not for how long.",
  ),
  "item.defer-days-idle": blocks(
    "材料不可容缺，却规定了补交期限。",
    "A material has days of deferral, yet may not be deferred.",
  ),
  "item.commitment-forbidden": blocks("这种事项不适用告知承诺。", "Items of this kind are not decided on a promise."),
  "item.tacit-forbidden": blocks(
    "即办件不适用默认办理结果；只有行政许可、行政确认和其他行政权力可以默认批准。",
    "A tacit decision does not fit an instant item; only licences, confirmations and other powers may be tacitly approved.",
  ),
  "item.assurance-idle": blocks(
    "依职权办理的事项没有人申请，不能规定实名等级。",
    "Nobody applies for what the authority begins itself: it demands no assurance.",
  ),
  "item.special-procedure-endless": blocks("特别程序没有规定时限。", "A special procedure has no duration."),
  "item.visits-without-reason": blocks(
    "到现场次数超过 1 次，没有说明理由。",
    "More than one visit is needed, and no reason is given.",
  ),
  "item.effective-in-past": blocks("生效日期早于今天。", "The day it takes force lies in the past."),
  "item.form-invalid": blocks("表单不是有效的 JSON Schema 2020-12。", "The form is not a valid JSON Schema 2020-12."),
  "item.form-example-invalid": blocks("表单的示例不符合表单。", "The form's example does not fit the form."),
  "item.form-asks-again": blocks(
    "表单询问了所收证照已经载明的内容。",
    "The form asks for what a required licence already tells.",
  ),
  "item.not-yours": blocks(
    "事项属于其他部门或者其他区划。",
    "The item is another department's, or of another division.",
  ),
  "item.owner-fixed": blocks(
    "实施部门和区划不能更改；请另立事项并取消这一个。",
    "Department and division cannot change; bring another item and retire this one.",
  ),
  "item.retired": blocks("事项已经取消，不能再发布。", "The item is retired and cannot be published again."),
} as const satisfies Record<string, ProblemText>;

export type ProblemCode = keyof typeof problemTexts;

export const isBlocking = ({ code }: Problem): boolean => problemTexts[code].weight === "blocks";

export const problem = (code: ProblemCode, detail: string): Problem => ({ code, detail });
