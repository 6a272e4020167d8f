import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Application, CaseMaterial, DeferredMaterial } from "./application.ts";
import { type Change, type Command, changed, type Given, isAtWindow } from "./change.ts";
import { faultsOf, type Known } from "./materials.ts";
import { termAfter } from "./term.ts";

export type SupplyRefusal =
  | "application.already-decided"
  | "application.material-not-deferred"
  | "application.material-unfit";

/** Which of these materials are to follow (容缺), and within how many working days. */
export const deferredAmong = (
  materials: readonly CaseMaterial[],
  { rules, settings }: Given,
): readonly DeferredMaterial[] =>
  materials.flatMap((each) => {
    if (!("deferred" in each)) return [];
    const days = rules.materials.find(({ id }) => id === each.material)?.deferDays;
    return [{ material: each.material, days: days || settings.deferDays }];
  });

/** Their periods begin with the acceptance; what has been supplied needs none. */
export const followingFrom = (since: Instant, deferred: readonly DeferredMaterial[]): readonly DeferredMaterial[] =>
  deferred.map((each) => (each.supplied ? each : { ...each, by: termAfter(since, each.days) }));

/**
 * Supplies what was to follow (容缺受理). Late is better than never: its deadline only warns. Paper counts as brought where a clerk
 * takes it: nobody looks at the case again before the decision.
 */
export const supplyMaterial = (
  state: Application,
  given: Given,
  supply: CaseMaterial,
  files: Known,
  command: Command,
): Decision<Change, SupplyRefusal> => {
  const { phase, deferred } = state;
  if (!["submitted", "accepted", "suspended"].includes(phase.status)) return refuse("application.already-decided");
  const { material } = supply;
  if ("deferred" in supply || !deferred.some((each) => each.material === material && !each.supplied))
    return refuse("application.material-not-deferred");
  if ("onPaper" in supply && !isAtWindow(command.by))
    return refuse("application.material-unfit", undefined, [
      { pointer: "/supply", detail: "纸质材料由窗口工作人员当面收取" },
    ]);
  const faults = faultsOf(given.rules, [supply], files, "/supply", state.id);
  if (faults.length > 0) return refuse("application.material-unfit", undefined, faults);
  return accept(
    changed(
      state,
      {
        facts: {
          deferred: deferred.map((each) => (each.material === material ? { ...each, supplied: true } : each)),
          materials: state.materials.map((each) => (each.material === material ? supply : each)),
        },
        steps: [{ step: "material-supplied", material }],
        events: [{ type: "material-supplied", material }],
      },
      command,
      given,
    ),
  );
};
