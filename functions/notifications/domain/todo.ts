import { type Instant, type LegalDate, legalDate } from "#shared/kernel/clock.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { addWorkingDays, isWorkingDay } from "#shared/kernel/working-days.ts";
import type { Role } from "./officer.ts";

export type TaskKind =
  | "accept"
  | "decide"
  | "resume"
  | "issue"
  | "verify-commitment"
  | "chase-material"
  | "approve-refund"
  | "settle-payment"
  | "send-parcel"
  | "settle-parcel"
  | "settle-difference"
  | "mend-endpoint";

/** What waits for an official (待办), as an event tells it. */
export interface Task {
  readonly kind: TaskKind;
  readonly role: Role;
  readonly stage?: "handling" | "review" | "approval" | undefined;
  readonly dueBy?: { readonly date: LegalDate; readonly provisional: boolean } | undefined;
  readonly claimedBy?: string | undefined;
}

/** Everything that waits on one aggregate, as its newest known event tells it. */
export interface Todo {
  /** The capability and the aggregate's id in it: together the row's key. */
  readonly source: string;
  readonly subject: string;
  readonly sequence: number;
  readonly department?: string | undefined;
  readonly division?: string | undefined;
  /** The case concerned, where there is one. */
  readonly case?: string | undefined;
  readonly number?: string | undefined;
  readonly item?: string | undefined;
  readonly changedAt: Instant;
  readonly tasks: readonly (Task & { readonly since: Instant })[];
  /** When to look whether one of them is late: perhaps too early, never too late. */
  readonly lookAt?: Instant | undefined;
  /** Of what waits since then or longer it was told that it is late. */
  readonly toldLate?: Instant | undefined;
}

/** One line of an official's list. */
export interface TodoEntry extends Task {
  readonly source: string;
  readonly subject: string;
  readonly case?: string | undefined;
  readonly number?: string | undefined;
  readonly item?: string | undefined;
  readonly division?: string | undefined;
  readonly since: Instant;
}

/** Events of no department concern those who run the platform. */
const PLATFORM = "platform";

const poolOfStaff = (staff: string): string => `staff#${staff}`;
const poolOfRole = (department: string, role: Role): string => `${department}#${role}`;

/** Where entries lie together, by due day: what nobody has taken, by department and role; or what one official has taken. */
export const poolOf = ({ department }: Pick<Todo, "department">, { claimedBy, role }: Task): string =>
  claimedBy === undefined ? poolOfRole(department ?? PLATFORM, role) : poolOfStaff(claimedBy);

const NO_DUE_DAY = "9999-12-31";

/** By due day, then by age; no two entries have the same. */
export const orderKey = ({ source, subject, tasks }: Todo, index: number): string => {
  const task = tasks[index];
  return `${task?.dueBy?.date ?? NO_DUE_DAY}#${task?.since ?? ""}#${source}#${subject}#${index}`;
};

export const entryOf = (
  { source, subject, case: of, number, item, department, division }: Todo,
  task: Todo["tasks"][number],
): TodoEntry => ({
  source,
  subject,
  case: of,
  number,
  item,
  // What is of no department is of no division either.
  division: department && division,
  ...task,
});

/** After so many working days a task that nobody has taken is told again, to the supervisors too. */
export const LATE_WORKING_DAYS = 1;

/** The same hour that many working days later; who waits since a free day, waits from the next working day's beginning. */
const lateFrom = (since: Instant): Instant => {
  const day = legalDate(since);
  if (!isWorkingDay(day))
    return new Date(`${addWorkingDays(day, LATE_WORKING_DAYS + 1).date}T00:00:00+08:00`).toISOString();
  const due = addWorkingDays(day, LATE_WORKING_DAYS).date;
  return new Date(Date.parse(since) + Date.parse(due) - Date.parse(day)).toISOString();
};

const earliest = (...moments: readonly (Instant | undefined)[]): Instant | undefined =>
  moments.filter((moment) => moment !== undefined).sort()[0];

type Waiting = Pick<Todo, "tasks" | "toldLate">;

/** What nobody has taken, and nobody was told of that it is late. */
const untold = ({ tasks, toldLate = "" }: Waiting): Todo["tasks"] =>
  tasks.filter(({ claimedBy, since }) => claimedBy === undefined && since > toldLate);

/** When the first of them is late; undefined when none waits. */
export const lateAt = (todo: Waiting): Instant | undefined => {
  const since = earliest(...untold(todo).map((task) => task.since));
  return since && lateFrom(since);
};

/** Those of them that are late by now. */
export const lateTasks = (todo: Waiting, now: Instant): Todo["tasks"] =>
  untold(todo).filter(({ since }) => lateFrom(since) <= now);

/** After a look that found these late and told of them; the others are looked at when they are. */
export const lookedAt = (todo: Todo, late: Todo["tasks"]): Todo => {
  const toldLate =
    late
      .map(({ since }) => since)
      .sort()
      .at(-1) ?? todo.toldLate;
  return { ...todo, toldLate, lookAt: lateAt({ ...todo, toldLate }) };
};

/** After a look that found these late, and nobody to tell: they are looked at again the next working day. */
export const lookedInVain = (todo: Todo, late: Todo["tasks"], now: Instant): Todo => ({
  ...todo,
  lookAt: earliest(lateFrom(now), lateAt({ ...todo, tasks: todo.tasks.filter((task) => !late.includes(task)) })),
});

/**
 * What is known after an event: undefined when it tells nothing newer. A task that waits as it did before keeps the moment
 * since when it does; one that was taken and given back waits anew.
 */
export const learn = (
  known: Todo | undefined,
  told: Omit<Todo, "tasks" | "lookAt" | "toldLate"> & { tasks: readonly Task[] },
): Todo | undefined => {
  if (known && known.sequence >= told.sequence) return undefined;
  const before = known?.tasks ?? [];
  const sinceOf = (task: Task): Instant =>
    before.find(
      (old) =>
        old.kind === task.kind &&
        old.role === task.role &&
        old.stage === task.stage &&
        (old.claimedBy === undefined || task.claimedBy !== undefined),
    )?.since ?? told.changedAt;
  const tasks = told.tasks.map((task) => ({ ...task, since: sinceOf(task) }));
  return {
    ...told,
    number: told.number ?? known?.number,
    item: told.item ?? known?.item,
    case: told.case ?? known?.case,
    tasks,
    toldLate: known?.toldLate,
    // A moment that is too early stays: moving it is two writes, looking in vain is less, and seldom.
    lookAt: tasks.length === 0 ? undefined : earliest(known?.lookAt, lateAt({ tasks, toldLate: known?.toldLate })),
  };
};

/** Whose list it is. */
export interface Official {
  readonly staff: string;
  readonly department: string;
  readonly division: string;
  readonly roles: readonly Role[];
}

/** The pools an official may look into: what they have taken, and what those of their roles may take. */
export const poolsFor = ({ staff, department, roles }: Official): { mine: string; shared: string[] } => ({
  mine: poolOfStaff(staff),
  shared: [department, ...(roles.includes("operator") ? [PLATFORM] : [])].flatMap((owner) =>
    roles.map((role) => poolOfRole(owner, role)),
  ),
});

/** Of a pool they may look into: what they have taken, and what is of their division or below. */
export const isVisible = ({ claimedBy, division }: TodoEntry, official: Official): boolean =>
  claimedBy !== undefined || division === undefined || isWithin(division, official.division);

export type KindCounts = Partial<Record<TaskKind, number>>;

/** How much waits for an official. `more`: that much at least. */
export interface TodoCounts {
  readonly mine: KindCounts;
  readonly unclaimed: KindCounts;
  readonly more: boolean;
}
