import { endOfLegalDate, type Instant, legalDate } from "#shared/kernel/clock.ts";
import { addWorkingDays } from "#shared/kernel/working-days.ts";
import type { Application } from "./application.ts";
import { type Running, running } from "./deadlines.ts";
import type { ItemRules } from "./item-rules.ts";
import { type CitySettings, PAYMENT_ARRIVES_DAYS } from "./settings.ts";
import { lengthened, nearAt, overAt } from "./term.ts";

/** Something the calendar says of a running period: that it is near, or over. Once for each period and day. */
export interface Sign {
  readonly at: Instant;
  readonly what: "near" | "over";
  readonly of: Running;
  readonly mark: string;
}

const markOf = (what: Sign["what"], { kind, material, term }: Running): string =>
  [what, kind, ...(material ? [material] : []), term.date].join(":");

/** What the calendar has still to say, the earliest first. */
export const signs = (state: Application, { nearDays }: CitySettings): readonly Sign[] =>
  running(state)
    .flatMap((of): Sign[] => {
      const over = { what: "over", of, mark: markOf("over", of) } as const;
      if (of.kind === "payment") return [{ ...over, at: overAt(lengthened(of.term, PAYMENT_ARRIVES_DAYS)) }];
      return [
        { what: "near", at: nearAt(of.term, nearDays), of, mark: markOf("near", of) },
        { ...over, at: overAt(of.term) },
      ];
    })
    .filter(({ mark }) => !state.raised.includes(mark))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.what < b.what ? -1 : 1));

/**
 * When the sweep has to look at the case. A case is never looked at too late, but may be too early: while the moment that was
 * written is not later than the true one it stays, since moving it in its index costs two writes; the sweep then moves it.
 */
export const nextWake = (
  state: Application,
  { settings, rules }: { readonly settings: CitySettings; readonly rules: Pick<ItemRules, "limits"> },
): Instant | undefined => {
  const next = trueWake(state, settings);
  if (next === undefined) return undefined;
  if (state.wake !== undefined && state.wake <= next) return state.wake;
  return state.phase.status === "submitted" && state.wake === undefined
    ? earliest(next, ifAcceptedAtOnce(state, settings, rules))
    : next;
};

export const trueWake = (state: Application, settings: CitySettings): Instant | undefined =>
  signs(state, settings)[0]?.at;

/** No acceptance brings a promised limit near before this: accepting then leaves the index alone. */
const ifAcceptedAtOnce = (
  { receivedAt }: Application,
  { nearDays }: CitySettings,
  { limits }: Pick<ItemRules, "limits">,
): Instant =>
  endOfLegalDate(
    addWorkingDays(legalDate(receivedAt), Math.max(Math.min(limits.promised, limits.statutory) - nearDays, 0)).date,
  );

const earliest = (a: Instant, b: Instant): Instant => (a < b ? a : b);
