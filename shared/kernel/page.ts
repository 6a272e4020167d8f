export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A part of a list; `next` is the cursor of the part after it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}

/** A cursor that is not ours, or of another list. */
export type BadCursor = "bad-cursor";
