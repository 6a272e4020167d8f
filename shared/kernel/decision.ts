/** Why a command was refused: a stable code, and where the fault lies when it lies in one field. */
export interface Refusal<E extends string> {
  readonly code: E;
  /** Facts of this one occurrence, free of personal data. */
  readonly detail?: string;
}

/** A refusal is an outcome and is never retried; a fault throws. */
export type Decision<T, E extends string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal<E> };

export const accept = <T>(value: T): Decision<T, never> => ({ ok: true, value });

export const refuse = <E extends string>(code: E, detail?: string): Decision<never, E> => ({
  ok: false,
  refusal: detail === undefined ? { code } : { code, detail },
});
