/**
 * How a province writes implementation codes (实施编码). Guangdong: the department's credit code, the level, the basic code (基本编码),
 * and two digits of the handling item where there is one. Another province's is another value here; whatever reads a part of a code
 * asks this and counts no characters (docs/decisions/0008-ids-and-case-numbers.md).
 */
export const codeScheme = {
  code: /^[0-9A-HJ-NPQRTUWXY]{18}[1-6][0-9]{12}([0-9]{2})?$/,
  basicCode: /^[0-9]{12}$/,
} as const;

export interface CodeParts {
  /** Credit code of the department. */
  readonly owner: string;
  readonly level: string;
  readonly basicCode: string;
}

/** Undefined for what is no code of the scheme; check characters are not looked at. */
export const partsOfCode = (code: string): CodeParts | undefined =>
  codeScheme.code.test(code)
    ? { owner: code.slice(0, 18), level: code.slice(18, 19), basicCode: code.slice(19, 31) }
    : undefined;
