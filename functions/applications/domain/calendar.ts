import type { Instant } from "#shared/kernel/clock.ts";
import { deemedAccepted } from "./acceptance.ts";
import { type Application, type Phase, platform } from "./application.ts";
import { type ApplicationEvent, type Change, changed, type Given, type Outcomes, type Step } from "./change.ts";
import { decided } from "./decision.ts";
import { recomputed, type Term } from "./term.ts";
import { type Sign, signs, trueWake } from "./wake.ts";

/**
 * All that the calendar has brought about up to `at`, as one change: warnings, deemed acceptance (art. 32), tacit decisions, lapses.
 * Undefined when there is nothing. A state that is read again after it was saved has nothing left to say: what is done is done once.
 */
export const calendarChange = (state: Application, given: Given, at: Instant): Change | undefined => {
  const passed: { steps: Step[]; events: ApplicationEvent[] } = { steps: [], events: [] };
  let now = state;
  let moment: Instant = "";
  for (;;) {
    const sign = signs(now, given.settings)[0];
    if (!sign || sign.at > at) break;
    // A limit may have passed before the law's acceptance that it counts from was due: what follows does not come before it.
    if (sign.at > moment) moment = sign.at;
    const made = effectOf(now, given, { ...sign, at: moment });
    now = {
      ...now,
      ...made.facts,
      ...(made.phase && { phase: made.phase }),
      raised: [...now.raised, sign.mark],
    };
    passed.steps.push(...(made.steps ?? []));
    passed.events.push(...made.events);
  }
  if (now === state) return undefined;
  const { phase, raised, deferred, commitment } = now;
  return unasked(
    state,
    { phase, facts: { raised, deferred, ...(commitment && { commitment }) }, ...passed },
    given,
    at,
  );
};

/** A change that nobody asked for: no command has to be answered again. */
const unasked = (before: Application, made: Outcomes, given: Given, at: Instant): Change => {
  const { state, events } = changed(before, made, { at, by: platform, key: "", fingerprint: "" }, given);
  return { state: { ...state, wake: trueWake(state, given.settings), commands: before.commands }, at, events };
};

const effectOf = (state: Application, given: Given, { what, of, at }: Sign): Outcomes => {
  const { kind, term } = of;
  const { phase } = state;
  if (kind === "payment" || (kind === "correction" && what === "over"))
    return { phase: { status: "lapsed" }, steps: [{ step: "lapsed" }], events: [{ type: "lapsed" }] };
  const sign = { type: what === "near" ? "deadline-near" : "overdue", deadline: kind, dueBy: term } as const;
  const law = what === "over" ? byLaw(state, given, kind, phase, at) : undefined;
  return { ...law, events: [sign, ...(law?.events ?? [])] };
};

/** What follows by law from a period that has passed, `at` its end: whenever the sweep writes it down. */
const byLaw = (state: Application, given: Given, kind: string, phase: Phase, at: Instant): Outcomes | undefined => {
  if (kind === "acceptance" && phase.status === "submitted") return deemedAccepted(state, given, phase, platform);
  const { tacit } = given.rules;
  if (kind === "statutory" && tacit !== "none")
    return decided(state, given, { outcome: tacit === "approved" ? "approve" : "refuse", reasons: [] }, at, true);
  return undefined;
};

/** The same deadlines by today's holiday notices; undefined when none has moved. Nothing of the case changes but its dates. */
export const recomputedChange = (state: Application, given: Given, at: Instant): Change | undefined => {
  let moved = false;
  const anew = (old: Term): Term => {
    const now = recomputed(old);
    if (now.date === old.date && now.provisional === old.provisional) return old;
    moved = true;
    return now;
  };
  const phase = Object.fromEntries(
    Object.entries(state.phase).map(([name, value]) => [name, isTerm(value) ? anew(value) : value]),
  ) as unknown as Phase;
  const deferred = state.deferred.map((each) => (each.by ? { ...each, by: anew(each.by) } : each));
  const { commitment } = state;
  const promise = commitment?.verifyBy && { ...commitment, verifyBy: anew(commitment.verifyBy) };
  if (!moved) return undefined;
  return unasked(
    state,
    {
      phase,
      facts: { deferred, ...(promise && { commitment: promise }) },
      events: [{ type: "deadlines-recomputed" }],
    },
    given,
    at,
  );
};

const isTerm = (value: unknown): value is Term =>
  typeof value === "object" && value !== null && "from" in value && "days" in value && "date" in value;
