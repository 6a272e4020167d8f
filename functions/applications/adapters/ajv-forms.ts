import type { ErrorObject, ValidateFunction } from "ajv";
import type { Forms } from "../domain/ports.ts";

/** Checkers kept for schemas that were used last; a schema is compiled in some milliseconds. */
const KEPT = 200;

/**
 * Checks by ajv. It is loaded when the first form comes in and not at the start: reading a case needs none of it. Values are never
 * told, only where they stand and what is asked of them.
 */
export const ajvForms = (): Forms => {
  const checkers = new Map<string, ValidateFunction>();
  const compile = async (schema: object): Promise<ValidateFunction> => {
    const [{ Ajv2020 }, { default: formats }] = await Promise.all([import("ajv/dist/2020.js"), import("ajv-formats")]);
    const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: true });
    // Both are CommonJS: bundlers and Node hand out the function itself or a module around it.
    const add = ("default" in formats ? formats.default : formats) as unknown as (to: typeof ajv) => void;
    add(ajv);
    return ajv.compile(schema);
  };
  return {
    async faults(schema, form) {
      const name = JSON.stringify(schema);
      let check = checkers.get(name);
      if (!check) {
        check = await compile(schema);
        if (checkers.size >= KEPT) checkers.clear();
        checkers.set(name, check);
      }
      if (check(form)) return [];
      return (check.errors ?? []).slice(0, 50).map((error) => ({ pointer: pointerOf(error), detail: detailOf(error) }));
    },
  };
};

const pointerOf = ({ instancePath, keyword, params }: ErrorObject): string => {
  const child = keyword === "required" ? params.missingProperty : params.additionalProperty;
  const name = typeof child === "string" ? `/${child.replaceAll("~", "~0").replaceAll("/", "~1")}` : "";
  return `/form${instancePath}${name}`;
};

const texts: Readonly<Record<string, (params: Record<string, unknown>) => string>> = {
  required: () => "必填",
  type: ({ type }) => `类型应为 ${type}`,
  enum: () => "不在可选值之列",
  const: () => "不是规定的值",
  format: ({ format }) => `格式应为 ${format}`,
  pattern: () => "格式不符合要求",
  minLength: ({ limit }) => `至少 ${limit} 个字符`,
  maxLength: ({ limit }) => `至多 ${limit} 个字符`,
  minimum: ({ limit }) => `不得小于 ${limit}`,
  maximum: ({ limit }) => `不得大于 ${limit}`,
  exclusiveMinimum: ({ limit }) => `须大于 ${limit}`,
  exclusiveMaximum: ({ limit }) => `须小于 ${limit}`,
  multipleOf: ({ multipleOf }) => `须为 ${multipleOf} 的倍数`,
  minItems: ({ limit }) => `至少 ${limit} 项`,
  maxItems: ({ limit }) => `至多 ${limit} 项`,
  uniqueItems: () => "不得重复",
  additionalProperties: () => "没有这一栏",
};

const detailOf = ({ keyword, params, message }: ErrorObject): string =>
  texts[keyword]?.(params) ?? message ?? "不符合要求";
