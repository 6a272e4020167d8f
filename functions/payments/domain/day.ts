import { type Instant, legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Fen } from "#shared/kernel/fen.ts";
import type { ProviderName } from "./attempt.ts";

/** Where our books of a day and the provider's bill are not alike. */
export interface Difference {
  /** Made of kind, movement and number, so that a later comparison finds it again. */
  readonly id: string;
  readonly kind: "missing-here" | "missing-there" | "amount" | "status" | "duplicate";
  readonly movement: "payment" | "refund";
  readonly number: string;
  readonly trade?: string | undefined;
  readonly here?: Fen | undefined;
  readonly there?: Fen | undefined;
  readonly note?: string | undefined;
  readonly resolution?: { readonly reason: string; readonly officer: string; readonly at: Instant } | undefined;
}

export interface SideSum {
  readonly payments: Fen;
  readonly refunds: Fen;
  readonly count: number;
}

export interface Comparison {
  readonly here: SideSum;
  readonly there: SideSum;
  readonly differences: readonly Difference[];
  /** There were more than are kept. */
  readonly overflown: boolean;
}

interface Progress {
  readonly lines: number;
  readonly parts: number;
  readonly partsDone: number;
}

type DayPhase =
  | { readonly status: "running"; readonly startedAt: Instant }
  | { readonly status: "failed"; readonly failure: string }
  | { readonly status: "compared" }
  | { readonly status: "closed"; readonly closedAt: Instant; readonly closedBy: string };

/** A day's books of one provider (日对账). */
export type BillDay = DayPhase & {
  readonly provider: ProviderName;
  readonly date: string;
  readonly version: number;
  readonly changedAt: Instant;
  readonly progress: Progress;
  /** What the last whole comparison found, by persons resolved since. */
  readonly found?: Comparison | undefined;
  readonly commands: readonly { readonly key: string; readonly fingerprint: string }[];
};

export interface DayChange {
  readonly day: BillDay;
  readonly event?: "differs" | "closed" | undefined;
}

/** The row of a day stays well below 400 KB; a bill that differs more is the wrong bill, or a day of ours is missing. */
export const DIFFERENCES_AT_MOST = 500;
/** A run that has told nothing for so long is dead. The function lives for 15 minutes. */
const RUN_IS_DEAD_MS = 16 * 60_000;

export const openDifferences = ({ found }: BillDay): readonly Difference[] =>
  (found?.differences ?? []).filter(({ resolution }) => !resolution);

const next = <P extends DayPhase>(day: BillDay, phase: P, now: Instant): BillDay => {
  const { provider, date, version, progress, found, commands } = day;
  return { provider, date, version: version + 1, changedAt: now, progress, found, commands, ...phase };
};

/** The bill of a day is ready after 10:00 Beijing time of the next one. */
export const isOver = (date: string, now: Instant): boolean => {
  const tenHoursBefore = new Date(Date.parse(now) - 10 * 3_600_000).toISOString();
  return date < legalDate(tenHoursBefore);
};

/** The last day whose bill is ready. */
export const lastDayOver = (now: Instant): string => {
  const tenHoursBefore = Date.parse(now) - 10 * 3_600_000;
  return legalDate(new Date(tenHoursBefore - 24 * 3_600_000).toISOString());
};

/** Begins a comparison, unless one is at work or the day is closed. */
export const beginComparison = (
  day: BillDay | undefined,
  { provider, date }: Pick<BillDay, "provider" | "date">,
  now: Instant,
): Decision<DayChange | undefined, "day.closed"> => {
  const progress = { lines: 0, parts: 0, partsDone: 0 };
  const running = { status: "running", startedAt: now } as const;
  if (!day) return accept({ day: { provider, date, version: 1, changedAt: now, progress, commands: [], ...running } });
  if (day.status === "closed") return refuse("day.closed");
  if (day.status === "running" && Date.parse(now) - Date.parse(day.changedAt) < RUN_IS_DEAD_MS)
    return accept(undefined);
  return accept({ day: { ...next(day, running, now), progress } });
};

export const reportProgress = (day: BillDay, progress: Progress, now: Instant): DayChange | undefined =>
  day.status === "running" ? { day: { ...next(day, pick(day), now), progress } } : undefined;

const pick = (day: BillDay & { status: "running" }) => ({ status: day.status, startedAt: day.startedAt }) as const;

export const failComparison = (day: BillDay, failure: string, now: Instant): DayChange | undefined =>
  day.status === "running" ? { day: next(day, { status: "failed", failure }, now) } : undefined;

/** Keeps what was found. What persons resolved before stays resolved where it is found again just as it was. */
export const endComparison = (day: BillDay, comparison: Comparison, now: Instant): DayChange | undefined => {
  if (day.status !== "running") return undefined;
  const before = new Map((day.found?.differences ?? []).map((difference) => [difference.id, difference]));
  const differences = comparison.differences.slice(0, DIFFERENCES_AT_MOST).map((difference) => {
    const known = before.get(difference.id);
    const same = known?.here === difference.here && known?.there === difference.there;
    return known?.resolution && same ? { ...difference, resolution: known.resolution } : difference;
  });
  const found: Comparison = {
    ...comparison,
    differences,
    overflown: comparison.overflown || comparison.differences.length > DIFFERENCES_AT_MOST,
  };
  const compared: BillDay = { ...next(day, { status: "compared" }, now), found };
  const open = openDifferences(compared).length;
  if (open > 0) return { day: compared, event: "differs" };
  // Nothing to be looked at by anybody: the day closes by itself.
  return found.overflown
    ? { day: compared }
    : {
        day: { ...next({ ...day, found }, { status: "closed", closedAt: now, closedBy: "system" }, now) },
        event: "closed",
      };
};

interface DayCommand {
  readonly officer: string;
  readonly key: string;
  readonly fingerprint: string;
}

const COMMANDS_AT_MOST = 100;
const answered = (
  day: BillDay,
  { key, fingerprint }: DayCommand,
): Decision<undefined, "request.key-reused"> | undefined => {
  const known = day.commands.find((command) => command.key === key);
  if (!known) return undefined;
  return known.fingerprint === fingerprint ? accept(undefined) : refuse("request.key-reused");
};
const remembered = ({ commands }: BillDay, { key, fingerprint }: DayCommand) =>
  [...commands, { key, fingerprint }].slice(-COMMANDS_AT_MOST);

export const resolveDifference = (
  day: BillDay,
  { difference: id, reason, ...command }: DayCommand & { readonly difference: string; readonly reason: string },
  now: Instant,
): Decision<
  DayChange | undefined,
  "day.closed" | "day.not-compared" | "difference.not-found" | "request.key-reused"
> => {
  const before = answered(day, command);
  if (before) return before;
  if (day.status === "closed") return refuse("day.closed");
  // The comparison at work would lose to this write, and the day stay running with nobody at it.
  if (day.status === "running") return refuse("day.not-compared");
  if (!day.found?.differences.some((difference) => difference.id === id)) return refuse("difference.not-found");
  const differences = day.found.differences.map((difference) =>
    difference.id === id ? { ...difference, resolution: { reason, officer: command.officer, at: now } } : difference,
  );
  const resolved: BillDay = {
    ...day,
    version: day.version + 1,
    changedAt: now,
    found: { ...day.found, differences },
    commands: remembered(day, command),
  };
  return accept({ day: resolved, event: "differs" });
};

export const closeDay = (
  day: BillDay,
  command: DayCommand,
  now: Instant,
): Decision<DayChange | undefined, "day.differs" | "day.not-compared" | "request.key-reused"> => {
  const before = answered(day, command);
  if (before) return before;
  if (day.status === "closed") return accept(undefined);
  if (day.status !== "compared" || !day.found) return refuse("day.not-compared");
  if (day.found.overflown || openDifferences(day).length > 0) return refuse("day.differs");
  const closed = next(
    { ...day, commands: remembered(day, command) },
    { status: "closed", closedAt: now, closedBy: command.officer } as const,
    now,
  );
  return accept({ day: closed, event: "closed" });
};
