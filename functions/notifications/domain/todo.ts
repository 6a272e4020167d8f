import type { Instant, LegalDate } from "#shared/kernel/clock.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
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
}

/** One line of an official's list. */
export interface TodoEntry extends Task {
  readonly source: string;
  readonly subject: string;
  readonly case?: string | undefined;
  readonly number?: string | undefined;
  readonly item?: string | undefined;
  readonly since: Instant;
}

/** Where entries lie together: what nobody has taken, by department, division, role and kind; or what one official has taken. */
export interface Pool {
  /** Whose counters count it: a department, `staff#<staff number>`, or the platform. */
  readonly owner: string;
  /** The pool among its owner's. */
  readonly name: string;
}

export const poolKey = ({ owner, name }: Pool): string => `${owner}#${name}`;

/** Events of no department concern those who run the platform. */
const PLATFORM = "platform";
/** Events of no division concern the whole department. */
const EVERYWHERE = "-";

export const ownerOf = (staff: string): string => `staff#${staff}`;

export const poolOf = ({ department, division }: Pick<Todo, "department" | "division">, task: Task): Pool =>
  task.claimedBy === undefined
    ? {
        owner: department ?? PLATFORM,
        name: `${(department && division) ?? EVERYWHERE}#${task.role}#${task.kind}`,
      }
    : { owner: ownerOf(task.claimedBy), name: task.kind };

const NO_DUE_DAY = "9999-12-31";

/** By due day, then by age; no two entries have the same. */
export const orderKey = ({ source, subject, tasks }: Todo, index: number): string => {
  const task = tasks[index];
  return `${task?.dueBy?.date ?? NO_DUE_DAY}#${task?.since ?? ""}#${source}#${subject}#${index}`;
};

export const entryOf = ({ source, subject, case: of, number, item }: Todo, task: Todo["tasks"][number]): TodoEntry => ({
  source,
  subject,
  case: of,
  number,
  item,
  ...task,
});

/**
 * What is known after an event: undefined when it tells nothing newer. A task that waits as it did before keeps the moment
 * since when it does.
 */
export const learn = (
  known: Todo | undefined,
  told: Omit<Todo, "tasks"> & { tasks: readonly Task[] },
): Todo | undefined => {
  if (known && known.sequence >= told.sequence) return undefined;
  const before = known?.tasks ?? [];
  const sinceOf = (task: Task): Instant =>
    before.find((old) => old.kind === task.kind && old.role === task.role && old.stage === task.stage)?.since ??
    told.changedAt;
  return {
    ...told,
    number: told.number ?? known?.number,
    item: told.item ?? known?.item,
    case: told.case ?? known?.case,
    tasks: told.tasks.map((task) => ({ ...task, since: sinceOf(task) })),
  };
};

/** Hours after which a task that nobody has taken is told again, to the supervisors too. */
export const LATE_HOURS = 24;

/** When the task that has waited longest for somebody to take it is late; undefined when none waits. */
export const lateAt = ({ tasks }: Todo): Instant | undefined => {
  const since = tasks
    .filter(({ claimedBy }) => claimedBy === undefined)
    .map((task) => task.since)
    .sort()[0];
  return since && new Date(Date.parse(since) + LATE_HOURS * 3_600_000).toISOString();
};

/** By how much each pool's count changes; pools whose count stays are left out. */
export const countChanges = (before: Todo | undefined, after: Todo): (Pool & { readonly by: number })[] => {
  const changes = new Map<string, Pool & { by: number }>();
  const add = (todo: Todo, by: number) => {
    for (const task of todo.tasks) {
      const pool = poolOf(todo, task);
      const known = changes.get(poolKey(pool));
      changes.set(poolKey(pool), { ...pool, by: (known?.by ?? 0) + by });
    }
  };
  if (before) add(before, -1);
  add(after, 1);
  return [...changes.values()].filter(({ by }) => by !== 0);
};

/** Whose list it is. */
export interface Official {
  readonly staff: string;
  readonly department: string;
  readonly division: string;
  readonly roles: readonly Role[];
}

export type Counts = Readonly<Record<string, number>>;

/** The owners whose pools an official may see. */
export const ownersFor = ({ staff, department, roles }: Official): { mine: string; shared: string[] } => ({
  mine: ownerOf(staff),
  shared: [department, ...(roles.includes("operator") ? [PLATFORM] : [])],
});

/** The kind of the entries of a pool, if this official may see them: of their roles, in their division or below. */
const visibleKind = ({ owner, name }: Pool, official: Official): string | undefined => {
  if (owner === ownerOf(official.staff)) return name;
  const [division = "", role, kind] = name.split("#");
  const near = division === EVERYWHERE || isWithin(division, official.division);
  return near && official.roles.some((held) => held === role) ? kind : undefined;
};

/** The pools of these counts that hold something this official may see, of one kind if told. */
export const openPools = (
  counts: readonly { readonly owner: string; readonly counts: Counts }[],
  official: Official,
  kind?: TaskKind,
): (Pool & { readonly kind: TaskKind; readonly count: number })[] =>
  counts.flatMap(({ owner, counts: of }) =>
    Object.entries(of).flatMap(([name, count]) => {
      const found = count > 0 ? visibleKind({ owner, name }, official) : undefined;
      return found !== undefined && (kind === undefined || kind === found)
        ? // A pool is named by the kind of what lies in it.
          [{ owner, name, kind: found as TaskKind, count }]
        : [];
    }),
  );
