/** What is wrong in one place of what was sent. */
export interface Fault {
  /** JSON pointer into the body. */
  readonly pointer: string;
  readonly detail: string;
  /** Stable, where a machine is to tell it from others. */
  readonly code?: string | undefined;
}

/** Why a command was refused: a stable code, and where the fault lies when it lies in one field. */
export interface Refusal<E extends string> {
  readonly code: E;
  /** Facts of this one occurrence, free of personal data. */
  readonly detail?: string;
  /** Where the faults lie when there are several; free of what was sent. */
  readonly errors?: readonly Fault[];
}

/** A refusal is an outcome and is never retried; a fault throws. */
export type Decision<T, E extends string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal<E> };

export const accept = <T>(value: T): Decision<T, never> => ({ ok: true, value });

export const refuse = <E extends string>(code: E, detail?: string, errors?: readonly Fault[]): Decision<never, E> => ({
  ok: false,
  refusal: { code, ...(detail !== undefined && { detail }), ...(errors && errors.length > 0 && { errors }) },
});
