import type { TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";

/** Decides whether a JSON document matches. */
export type Matcher = (document: unknown) => boolean;

type ValueTest = (value: unknown) => boolean;

const text =
  (test: (value: string) => boolean): ValueTest =>
  (value) =>
    typeof value === "string" && test(value);

const wildcard = (pattern: string): ValueTest => {
  // A backslash makes the next star or backslash an ordinary character.
  const source = pattern.replace(/\\([*\\])|([*])|([.+?^${}()|[\]\\])/g, (_m, escaped, star, other) =>
    star ? ".*" : `\\${escaped ?? other}`,
  );
  const expression = new RegExp(`^${source}$`, "s");
  return text((value) => expression.test(value));
};

const affix = (operand: TemplateValue, test: (value: string, part: string) => boolean): ValueTest =>
  typeof operand === "object" && operand !== null
    ? text((value) => test(value.toLowerCase(), String(operand["equals-ignore-case"]).toLowerCase()))
    : text((value) => test(value, String(operand)));

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

const numeric = (operand: TemplateValue[], where: string): ValueTest => {
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const compare = comparisons[String(operand[i])];
    const bound = Number(operand[i + 1]);
    if (!compare || Number.isNaN(bound))
      throw new CloudError(`The numeric filter ${JSON.stringify(operand)} is malformed (in ${where}).`);
    tests.push((value) => compare(value, bound));
  }
  return (value) => typeof value === "number" && tests.every((test) => test(value));
};

const anythingBut = (operand: TemplateValue, where: string): ValueTest => {
  const isFilter = typeof operand === "object" && operand !== null && !Array.isArray(operand);
  const excluded: ValueTest[] = isFilter
    ? Object.entries<TemplateValue>(operand).flatMap(([name, part]) =>
        (Array.isArray(part) ? part : [part]).map((item) => valueTest({ [name]: item }, where)),
      )
    : (Array.isArray(operand) ? operand : [operand]).map((item) => valueTest(item, where));
  return (value) => value !== undefined && !excluded.some((test) => test(value));
};

const valueTest = (filter: TemplateValue, where: string): ValueTest => {
  if (filter === null || typeof filter !== "object") return (value) => value === filter;
  const [[name, operand] = ["", undefined]] = Object.entries<TemplateValue>(filter);
  switch (name) {
    case "prefix":
      return affix(operand, (value, part) => value.startsWith(part));
    case "suffix":
      return affix(operand, (value, part) => value.endsWith(part));
    case "equals-ignore-case":
      return text((value) => value.toLowerCase() === String(operand).toLowerCase());
    case "wildcard":
      return wildcard(String(operand));
    case "numeric":
      return numeric(operand, where);
    case "anything-but":
      return anythingBut(operand, where);
    default:
      throw new CloudError(`This cloud does not know the filter ${name} in an event pattern (in ${where}).`);
  }
};

const existsFilter = (filter: TemplateValue): boolean | undefined =>
  filter !== null && typeof filter === "object" && "exists" in filter ? Boolean(filter.exists) : undefined;

/** All values at the end of a path, looking into arrays of objects. */
const compileLeaf = (filters: TemplateValue[], where: string): Matcher => {
  const exists = filters.map(existsFilter).filter((wanted) => wanted !== undefined);
  const tests = filters
    .filter((filter) => existsFilter(filter) === undefined)
    .map((filter) => valueTest(filter, where));
  return (value) => {
    const isLeaf = value !== undefined && (value === null || typeof value !== "object" || Array.isArray(value));
    if (exists.includes(isLeaf)) return true;
    if (!isLeaf) return false;
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return tests.some((test) => values.some(test));
  };
};

/**
 * Compiles an EventBridge event pattern, or the filter of an event source mapping (which are the same language).
 * Source: "Comparison operators for use in event patterns", Amazon EventBridge User Guide.
 * @throws CloudError for operators that this cloud does not know
 */
export const compilePattern = (pattern: TemplateValue, where: string): Matcher => {
  if (Array.isArray(pattern)) return compileLeaf(pattern, where);
  if (pattern === null || typeof pattern !== "object")
    throw new CloudError(`A value in an event pattern must be in an array (in ${where}).`);
  const parts: Matcher[] = Object.entries<TemplateValue>(pattern).map(([name, inner]) => {
    if (name === "$or") {
      const choices: Matcher[] = inner.map((choice: TemplateValue) => compilePattern(choice, where));
      return (document: unknown) => choices.some((choice) => choice(document));
    }
    const matches = compilePattern(inner, where);
    const read = (item: unknown) => matches((item as Record<string, unknown> | null | undefined)?.[name]);
    return (document: unknown) => (Array.isArray(document) ? document.some(read) : read(document));
  });
  return (document) => parts.every((part) => part(document));
};
