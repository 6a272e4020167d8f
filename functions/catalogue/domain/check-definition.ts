import type { Refusal } from "#shared/kernel/decision.ts";
import { isUscc } from "#shared/kernel/identity-numbers.ts";
import type { ItemDefinition, StageName } from "./item.ts";

export type ItemProblem =
  | "item.malformed"
  | "item.code-malformed"
  | "item.code-repeated"
  | "item.level-mismatch"
  | "item.kind-unknown"
  | "item.department-unknown"
  | "item.department-code-wrong"
  | "item.division-mismatch"
  | "item.limits-inverted"
  | "item.stage-unknown"
  | "item.stages-missing"
  | "item.stages-out-of-order"
  | "item.stages-too-long"
  | "item.fee-unreadable";

const ITEM_CODE = /^[0-9A-HJ-NPQRTUWXY]{18}([1-6])\d{12}(\d{2})?$/;

const stageOrder: Readonly<Record<StageName, number>> = { handling: 0, review: 1, approval: 2 };

const problem = (code: ItemProblem, detail: string): Refusal<ItemProblem> => ({ code, detail });

/** The automatic check before publishing: everything that is wrong with a definition, at once. */
export const checkDefinition = (item: ItemDefinition): Refusal<ItemProblem>[] => {
  const problems: Refusal<ItemProblem>[] = [];
  const code = ITEM_CODE.exec(item.code);
  if (!code) problems.push(problem("item.code-malformed", item.code));
  else {
    if (!isUscc(item.code.slice(0, 18)))
      problems.push(problem("item.code-malformed", `check character of ${item.code.slice(0, 18)}`));
    if (code[1] !== item.level)
      problems.push(problem("item.level-mismatch", `code says ${code[1]}, item says ${item.level}`));
  }
  if (!isUscc(item.department.uscc)) problems.push(problem("item.department-code-wrong", item.department.uscc));
  if (item.limits.promised > item.limits.statutory)
    problems.push(problem("item.limits-inverted", `promised ${item.limits.promised} > ${item.limits.statutory}`));
  return [...problems, ...checkStages(item)];
};

const checkStages = ({ handling, stages, limits }: ItemDefinition): Refusal<ItemProblem>[] => {
  if (handling === "instant") return [];
  if (stages.length === 0) return [problem("item.stages-missing", "no stage at which anyone decides")];
  const order = stages.map(({ name }) => stageOrder[name]);
  if (order.some((place, i) => i > 0 && place <= (order[i - 1] ?? 0)))
    return [problem("item.stages-out-of-order", stages.map(({ name, title }) => `${title}=${name}`).join(", "))];
  const days = stages.reduce((total, stage) => total + (stage.workingDays ?? 0), 0);
  return days > limits.promised
    ? [problem("item.stages-too-long", `${days} working days, promised ${limits.promised}`)]
    : [];
};
