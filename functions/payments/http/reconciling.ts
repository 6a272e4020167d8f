import {
  type BillDayView,
  closeBillDay,
  compareBillDay,
  readBillDay,
  resolveDifference,
} from "#shared/contracts/http/payments.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { keyed } from "#shared/kernel/keyed.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import type { ProviderName } from "../domain/attempt.ts";
import * as days from "../domain/day.ts";
import type { ComparisonQueue, Days } from "../domain/ports.ts";
import { officerOf } from "./seeing.ts";

interface Deps {
  readonly days: Days;
  readonly comparisons: ComparisonQueue;
  readonly offered: readonly ProviderName[];
  readonly now: Clock;
}

const viewOf = (day: days.BillDay): BillDayView => ({
  provider: day.provider,
  date: day.date,
  version: day.version,
  status: day.status,
  progress: { ...day.progress },
  ...(day.status === "failed" && { failure: day.failure }),
  ...(day.found && { sums: { here: { ...day.found.here }, there: { ...day.found.there } } }),
  open: days.openDifferences(day).length,
  overflown: day.found?.overflown ?? false,
  differences: (day.found?.differences ?? []).map((difference) => ({ ...difference })),
});

export const readBillDayEndpoint = (deps: Deps) =>
  endpoint(readBillDay, async ({ path }) => {
    const day = await deps.days.find(path.provider, path.date);
    return day ? accept(viewOf(day)) : refuse("day.not-found");
  });

export const compareBillDayEndpoint = (deps: Deps) =>
  endpoint(compareBillDay, async ({ path }) => {
    if (!deps.offered.includes(path.provider)) return refuse("payment.provider-not-offered");
    if (!days.isOver(path.date, deps.now())) return refuse("day.not-over");
    const day = await deps.days.find(path.provider, path.date);
    const begun = days.beginComparison(day, path, deps.now());
    if (!begun.ok) return begun;
    if (begun.value) await deps.days.save(begun.value);
    // Sent also when one was begun already: its message may have been lost with whoever began it.
    await deps.comparisons.send(path);
    const running = begun.value?.day ?? day;
    return running ? accept(viewOf(running)) : refuse("day.closed");
  });

export const resolveDifferenceEndpoint = (deps: Deps) =>
  endpoint(resolveDifference, async (request) => {
    const { path, body, caller } = request;
    const officer = officerOf(caller, body.officer, ["operator"]);
    if (!officer.ok) return refuse("payment.officer-missing");
    const day = await deps.days.find(path.provider, path.date);
    if (!day) return refuse("day.not-found");
    const decision = days.resolveDifference(
      day,
      {
        difference: path.difference,
        reason: body.reason,
        officer: officer.value,
        ...keyed(request, ["resolve", path, body]),
      },
      deps.now(),
    );
    if (!decision.ok) return decision;
    if (decision.value) await deps.days.save(decision.value);
    return accept(viewOf(decision.value?.day ?? day));
  });

export const closeBillDayEndpoint = (deps: Deps) =>
  endpoint(closeBillDay, async (request) => {
    const { path, body, caller } = request;
    const officer = officerOf(caller, body.officer, ["operator"]);
    if (!officer.ok) return refuse("payment.officer-missing");
    const day = await deps.days.find(path.provider, path.date);
    if (!day) return refuse("day.not-found");
    const command = { officer: officer.value, ...keyed(request, ["close", path]) };
    const decision = days.closeDay(day, command, deps.now());
    if (!decision.ok) return decision;
    if (decision.value) await deps.days.save(decision.value);
    return accept(viewOf(decision.value?.day ?? day));
  });
