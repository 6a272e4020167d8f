import type { FormCheck } from "../domain/ports.ts";

const MAX_BYTES = 64 * 1024;
const DRAFT = "https://json-schema.org/draft/2020-12/schema";

type Compile = (form: object) => { readonly problem?: string; readonly takes?: (value: unknown) => boolean };

/** The validator is loaded when the first form is checked: most calls check none. */
let loaded: Promise<Compile> | undefined;
const load = async (): Promise<Compile> => {
  const [{ Ajv2020 }, { default: formats }] = await Promise.all([import("ajv/dist/2020.js"), import("ajv-formats")]);
  return (form) => {
    // A validator of its own for each: schemas with one $id would meet in a shared one.
    const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: false, validateFormats: true });
    formats.default(ajv);
    try {
      const validate = ajv.compile(form);
      return { takes: (value) => validate(value) === true };
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  };
};

/**
 * Checks a form by ajv, JSON Schema 2020-12, in strict mode: a keyword nobody knows is a mistake. References outside the schema
 * are not followed.
 */
export const ajvFormCheck: FormCheck = async (form) => {
  if (Buffer.byteLength(JSON.stringify(form)) > MAX_BYTES) return { formProblem: `larger than ${MAX_BYTES} bytes` };
  if (form.$schema !== undefined && form.$schema !== DRAFT) return { formProblem: `$schema is not ${DRAFT}` };
  if (form.type !== "object") return { formProblem: "type is not object" };
  loaded ??= load();
  const { problem, takes } = (await loaded)(form);
  if (problem !== undefined || !takes) return { formProblem: problem ?? "" };
  const examples = Array.isArray(form.examples) ? form.examples : [];
  const bad = examples.findIndex((example) => !takes(example));
  return bad < 0 ? {} : { exampleProblem: `examples/${bad}` };
};
