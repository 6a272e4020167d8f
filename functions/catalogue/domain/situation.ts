import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Condition, Fee, ItemDefinition, Material, Option, Situation } from "./item.ts";

export type SituationRefusal = "situation.unknown-option" | "situation.unknown-choice";

/** Whether it may still apply, once the options not yet answered are: what a guide shows to someone who has said nothing. */
const mayApply = (when: Condition | undefined, situation: Situation): boolean =>
  (when ?? []).every(({ option, anyOf }) => {
    const choice = situation[option];
    return choice === undefined || anyOf.includes(choice);
  });

/** What an item asks of people in one situation, and the options that are still open and would change it. */
export interface Cut {
  readonly materials: readonly Material[];
  readonly fees: readonly Fee[];
  readonly open: readonly Option[];
}

export const cutTo = (
  item: Pick<ItemDefinition, "materials" | "fees" | "options">,
  situation: Situation,
): Decision<Cut, SituationRefusal> => {
  for (const [option, choice] of Object.entries(situation)) {
    const asked = item.options.find(({ id }) => id === option);
    if (!asked) return refuse("situation.unknown-option", option);
    if (!asked.choices.some(({ id }) => id === choice))
      return refuse("situation.unknown-choice", `${option}=${choice}`);
  }
  const materials = item.materials.filter(({ when }) => mayApply(when, situation));
  const fees = item.fees.filter(({ when }) => mayApply(when, situation));
  const asking = new Set([...materials, ...fees].flatMap(({ when = [] }) => when.map(({ option }) => option)));
  return accept({
    materials,
    fees,
    open: item.options.filter(({ id }) => asking.has(id) && situation[id] === undefined),
  });
};
