import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Principal } from "./mandate.ts";

/** A visit to the counter (窗口代办): a clerk acts with the applicant who stands before them. */
export interface CounterVisit {
  readonly id: string;
  readonly version: number;
  readonly staff: string;
  readonly department: string;
  readonly person: string;
  readonly principal: Principal;
  readonly ground?: string | undefined;
  readonly openedAt: Instant;
  readonly endsAt: Instant;
  readonly endedAt?: Instant | undefined;
  /** Recognises a repeat of the request without telling what it said. */
  readonly request?: string | undefined;
}

const VISIT_MINUTES = 30;

export const openVisit = (
  visit: Omit<CounterVisit, "version" | "openedAt" | "endsAt" | "endedAt">,
  at: Instant,
): CounterVisit => ({
  ...visit,
  version: 1,
  openedAt: at,
  endsAt: new Date(Date.parse(at) + VISIT_MINUTES * 60_000).toISOString(),
});

export const isOpen = ({ endedAt, endsAt }: Pick<CounterVisit, "endedAt" | "endsAt">, at: Instant): boolean =>
  !endedAt && Date.parse(at) < Date.parse(endsAt);

export const endVisit = (
  visit: CounterVisit,
  staff: string,
  at: Instant,
): Decision<CounterVisit, "counter.not-found"> => {
  if (visit.staff !== staff) return refuse("counter.not-found");
  return accept(visit.endedAt ? visit : { ...visit, version: visit.version + 1, endedAt: at });
};
