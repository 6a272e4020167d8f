import type { RefusalText } from "../route.ts";

const conflict = (zh: string, en: string) => ({ status: 409, zh, en }) as const;
const unfit = (zh: string, en: string) => ({ status: 422, zh, en }) as const;

const texts = {
  "application.not-found": { status: 404, zh: "没有这个办件。", en: "No such application." },
  "application.draft-not-found": { status: 404, zh: "没有这份草稿，或已过期。", en: "No such draft, or it has ended." },
  "application.role-missing": {
    status: 403,
    zh: "您的岗位不能办理此环节。",
    en: "Your role may not do this step.",
  },
  "application.not-in-mandate": {
    status: 403,
    zh: "委托授权不包括这个事项。",
    en: "The mandate does not cover this item.",
  },
  "application.assurance-needed": {
    status: 403,
    zh: "办理该事项须先提升实名等级，所需等级见 detail；也可以到窗口办理。",
    en: "The item demands a higher level of assurance, which `detail` names: step up (acr_values), or apply at a counter.",
  },
  "application.form-too-large": {
    status: 413,
    zh: "表单内容超过 200 KB；附件请作为材料上传。",
    en: "The form is larger than 200 KB; send files as materials.",
  },
  "application.item-not-found": unfit(
    "事项不存在、未发布或已暂停。",
    "The item does not exist, is not published, or is suspended.",
  ),
  "application.applicant-required": unfit("须写明申请人。", "The applicant has to be stated."),
  "application.applicant-differs": unfit(
    "申请人与登录人所代表的不一致。",
    "The applicant is not the one this token acts for.",
  ),
  "application.applicant-not-eligible": unfit(
    "该事项不受理此类申请人。",
    "The item is not for applicants of this kind.",
  ),
  "application.invalid-id-number": unfit(
    "证件号码或统一社会信用代码的校验位不正确。",
    "The check character of the ID number or credit code is wrong.",
  ),
  "application.form-invalid": unfit("表单填写有误，详见 errors。", "The form does not fit the item's; see errors."),
  "application.situation-incomplete": unfit(
    "情形选项未选全，详见 errors。",
    "Questions on the situation are not answered; see errors.",
  ),
  "application.materials-missing": unfit(
    "缺少应当提交的材料，详见 errors。",
    "Materials that are required are missing; see errors.",
  ),
  "application.material-unfit": unfit(
    "有材料不符合要求，详见 errors。",
    "A material is not what the item asks for; see errors.",
  ),
  "application.material-unknown": unfit("事项没有这项材料。", "The item has no such material."),
  "application.material-not-deferred": unfit(
    "该材料不在容缺之列，或已补交。",
    "This material was not deferred, or has been supplied.",
  ),
  "application.commitment-not-allowed": unfit("该事项不适用告知承诺。", "The item may not be decided on a promise."),
  "application.commitment-barred": conflict(
    "申请人有承诺不实的信用记录，不再适用告知承诺。",
    "The applicant has broken a promise before; another is not taken.",
  ),
  "application.draft-submitted": conflict("这份草稿已经提交。", "This draft has been submitted."),
  "application.not-submitted": conflict("办件不在待受理状态。", "The application is not waiting for acceptance."),
  "application.not-returned": conflict("办件不在待补正状态。", "The application does not wait for a correction."),
  "application.correction-used": conflict(
    "补正内容须一次性告知，不得再次要求补正。",
    "What is missing is told once; it cannot be asked for again.",
  ),
  "application.correction-late": conflict("补正期限已过。", "The time to supply what was missing is over."),
  "application.deemed-accepted": conflict(
    "五个工作日内未告知，自收到之日起即为受理，不能再不予受理或要求补正。",
    "Nobody answered within five working days: it counts as accepted since its receipt; it cannot be declined or returned.",
  ),
  "application.fee-unpaid": conflict("费用尚未缴清。", "A fee has not been paid yet."),
  "application.not-accepted": conflict("办件尚未受理或已作出决定。", "The application is not under way."),
  "application.suspended": conflict("办件处于特别程序中。", "A special procedure is under way."),
  "application.not-suspended": conflict("办件不在特别程序中。", "No special procedure is under way."),
  "application.no-such-procedure": unfit("该事项没有这种特别程序。", "The item has no such special procedure."),
  "application.wrong-stage": conflict("办件不在此环节。", "The application is at another stage."),
  "application.checks-unanswered": unfit(
    "审批表有未填写的审查要点，详见 errors。",
    "Checks of the approval form are not answered; see errors.",
  ),
  "application.check-unknown": unfit(
    "填写了审批表没有的审查要点，或重复填写。",
    "An answer is to no check of the approval form, or given twice.",
  ),
  "application.check-reason-required": unfit(
    "不符合的审查要点须写明法定理由，详见 errors。",
    "A check answered with no needs its legal reason; see errors.",
  ),
  "application.decision-contradicts-checks": unfit(
    "结论与审查要点的填写不一致。",
    "The decision does not follow from the answers to the checks.",
  ),
  "application.decision-required": unfit(
    "即办件受理时须同时作出决定。",
    "An instant item is decided when it is accepted; the decision is missing.",
  ),
  "application.decision-not-due": unfit(
    "承诺件须按环节审批，受理时不能作出决定。",
    "A committed item is decided at its stages, not when it is accepted.",
  ),
  "application.reason-required": unfit("不予通过须说明理由。", "A negative answer needs its reasons."),
  "application.officer-required": unfit("须写明经办人员的工号。", "The staff number of the officer is missing."),
  "application.same-officer": conflict(
    "受审分离：受理人员不得审批同一办件。",
    "The clerk who accepted a case may not approve it.",
  ),
  "application.own-case": conflict(
    "不得办理本人申请或本人帮办的办件。",
    "Nobody decides their own application, or one they helped to fill in.",
  ),
  "application.material-outstanding": conflict(
    "容缺材料尚未补齐，不能批准。",
    "A deferred material has not been supplied: it cannot be approved yet.",
  ),
  "application.already-extended": conflict("办理期限只能延长一次。", "The limit can be extended only once."),
  "application.limit-passed": conflict(
    "法定期限已过：不能再延长；依法视为已作出决定的，也不能另作决定或者中止计时。",
    "The statutory limit has passed: it cannot be extended, and what the law has decided by then is not decided otherwise.",
  ),
  "application.no-commitment-to-verify": conflict(
    "没有待核查的承诺。",
    "There is no promise that waits to be looked into.",
  ),
  "application.not-decided": conflict("办件尚未作出决定。", "The application has not been decided."),
  "application.already-decided": conflict(
    "已作出决定或已办结，不能撤回或补交。",
    "It has been decided or closed: it cannot be withdrawn or added to.",
  ),
  "application.not-closed": conflict("办件尚未办结，无须重新办理。", "The application is not closed."),
  "application.no-task": conflict("办件没有待办的任务。", "Nothing of this application waits for an officer."),
  "application.claimed": conflict("任务已由他人签收。", "Another officer has taken this task."),
  "application.not-claimed": conflict("任务未被签收。", "Nobody has taken this task."),
} as const satisfies Record<string, RefusalText>;

/** The texts of some refusals. */
export const pick = <K extends keyof typeof texts>(...codes: readonly K[]) =>
  Object.fromEntries(codes.map((code) => [code, texts[code]])) as Pick<typeof texts, K>;
