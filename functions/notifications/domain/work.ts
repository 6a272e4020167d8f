import { type DivisionCode, isWithin } from "#shared/kernel/divisions.ts";
import type { Card } from "./card.ts";
import type { Officer, Role } from "./officer.ts";
import { LATE_WORKING_DAYS, type Task, type TaskKind, type Todo, type TodoCounts } from "./todo.ts";

/** How a kind of task is called on a card or in a digest. */
const KIND_NAMES: Readonly<Record<TaskKind, string>> = {
  accept: "受理",
  decide: "办理",
  resume: "恢复办理",
  issue: "送达",
  "verify-commitment": "核查承诺",
  "chase-material": "催补材料",
  "approve-refund": "退款审批",
  "settle-payment": "缴费异常",
  "send-parcel": "寄出快件",
  "settle-parcel": "快件异常",
  "settle-difference": "对账差异",
  "mend-endpoint": "推送故障",
};

/** What waits, kind by kind; nothing when nothing does. */
export const inWords = ({ mine, unclaimed, more }: TodoCounts): string[] =>
  (Object.keys(KIND_NAMES) as TaskKind[]).flatMap((kind) => {
    const count = (mine[kind] ?? 0) + (unclaimed[kind] ?? 0);
    return count > 0 ? [`${KIND_NAMES[kind]} ${count}${more ? "+" : ""}`] : [];
  });

/** What an event says to officials, over and above the to-do list. */
interface Said {
  readonly title: string;
  readonly urgent?: true;
  /** Told too, though the task is not theirs. */
  readonly also?: Role;
  /** To whom it goes while the event names no task. */
  readonly otherwise?: readonly Role[];
}

const CASE = "gov.yimen.application.";

/** By the event's type. Whatever is not here is seen in the list and told to nobody. */
const SAID: Readonly<Record<string, Said>> = {
  [`${CASE}submitted.v1`]: { title: "有新办件待受理", otherwise: ["clerk", "officer"] },
  [`${CASE}corrected.v1`]: { title: "申请人已补正，待受理" },
  [`${CASE}accepted.v1`]: { title: "办件已受理，待办理" },
  [`${CASE}stage-decided.v1`]: { title: "办件进入下一环节，待办理" },
  [`${CASE}resumed.v1`]: { title: "特别程序结束，请继续办理" },
  [`${CASE}reopened.v1`]: { title: "办件重新办理" },
  [`${CASE}released.v1`]: { title: "办件已退回，待领取" },
  [`${CASE}fee-settled.v1`]: { title: "费用已缴清，请继续办理" },
  [`${CASE}material-supplied.v1`]: { title: "容缺材料已补交" },
  [`${CASE}decided.v1`]: { title: "办件已决定，待送达" },
  [`${CASE}deadline-near.v1`]: { title: "办件临近期限" },
  [`${CASE}overdue.v1`]: { title: "办件已超期", also: "supervisor" },
  "gov.yimen.payment.refund-requested.v1": { title: "有退款待审批" },
  "gov.yimen.payment.attention-needed.v1": { title: "有缴费异常待处理" },
  "gov.yimen.payment.day-differs.v1": { title: "对账有差异待处理" },
  "gov.yimen.shipment.ready.v1": { title: "有快件待寄出" },
  "gov.yimen.shipment.differs.v1": { title: "快件与缴费不一致" },
  "gov.yimen.shipment.returned.v1": { title: "有快件被退回" },
  "gov.yimen.shipment.attention-needed.v1": { title: "有快件异常待处理" },
  "gov.yimen.webhook.endpoint-failing.v1": { title: "事件推送持续失败", urgent: true },
  "gov.yimen.webhook.endpoint-disabled.v1": { title: "事件推送已停用", urgent: true },
};

/** The types of events that officials are told of. */
export const TOLD_TYPES = Object.keys(SAID);

/** Who is to be told: members of staff by number, or those of a department who hold a role. */
export type Audience =
  | { readonly kind: "staff"; readonly staff: string }
  | { readonly kind: "roles"; readonly roles: readonly Role[] };

export interface Told {
  readonly card: Card;
  /** The first of these goes in which somebody is found. */
  readonly audiences: readonly (readonly Audience[])[];
}

const linesOf = (of: Pick<Todo, "item" | "number">, task: Task | undefined): string =>
  [
    of.item ?? (task ? KIND_NAMES[task.kind] : ""),
    of.number && `办件编号：${of.number}`,
    task?.dueBy && `截止：${task.dueBy.date}${task.dueBy.provisional ? "（暂定，以国务院放假安排为准）" : ""}`,
  ]
    .filter(Boolean)
    .join("\n");

const cardOf = (said: Said, of: Omit<Todo, "tasks">, task: Task | undefined, worklistUrl: string): Card => ({
  title: said.title,
  description: linesOf(of, task),
  url: `${worklistUrl}${encodeURIComponent(of.case ?? of.subject)}`,
  urgent: said.urgent ?? false,
  ...(of.case !== undefined && task && task.claimedBy === undefined && { claim: of.case }),
});

const audienceOf = (said: Said, tasks: readonly Task[]): Audience[] => [
  ...tasks.flatMap(({ claimedBy }) => (claimedBy === undefined ? [] : [{ kind: "staff", staff: claimedBy } as const])),
  {
    kind: "roles",
    roles: [
      ...tasks.filter(({ claimedBy }) => claimedBy === undefined).map(({ role }) => role),
      ...(tasks.length === 0 ? (said.otherwise ?? []) : []),
      ...(said.also ? [said.also] : []),
    ],
  },
];

/**
 * What an event says to officials and to whom: those for whom its tasks wait, or whoever it names.
 * @param named staff number of who answers for it alone, while they serve: the others have it in their list
 */
export const tellOfWork = (
  type: string,
  told: Omit<Todo, "tasks"> & { readonly tasks: readonly Task[] },
  named: string | undefined,
  worklistUrl: string,
): Told | undefined => {
  const said = SAID[type];
  if (!said) return undefined;
  return {
    card: cardOf(said, told, told.tasks[0], worklistUrl),
    audiences: [
      ...(named === undefined ? [] : [[{ kind: "staff", staff: named } as const]]),
      audienceOf(said, told.tasks),
    ],
  };
};

/** What is said of tasks of it that nobody has taken in time. */
export const tellOfLateClaim = (todo: Todo, late: readonly Task[], worklistUrl: string): Told => {
  const what = todo.case === undefined ? "事项" : "办件";
  const said: Said = { title: `${what}超过 ${LATE_WORKING_DAYS} 个工作日无人领取`, also: "supervisor" };
  return { card: cardOf(said, todo, late[0], worklistUrl), audiences: [audienceOf(said, late)] };
};

/** Those of a department's officers whom an audience means. */
export const membersOf = (
  audience: readonly Audience[],
  officers: readonly Officer[],
  division: DivisionCode | undefined,
): Officer[] =>
  officers.filter(({ staff, roles, division: served }) =>
    audience.some((wanted) =>
      wanted.kind === "staff"
        ? wanted.staff === staff
        : roles.some((role) => wanted.roles.includes(role)) && (division === undefined || isWithin(division, served)),
    ),
  );
