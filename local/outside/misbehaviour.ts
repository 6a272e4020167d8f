import * as z from "zod";

/** What an outside system is told to do wrong: `POST /misbehave {"mode", "times"?, "milliseconds"?}`. */
export interface Misbehaviour<Mode extends string> {
  readonly mode: Mode;
  readonly milliseconds: number;
}

/** Without `times`, it goes on until it is told to stop with mode `none`. */
export const misbehaviours = <const Modes extends readonly [string, ...string[]]>(modes: Modes) => {
  type Mode = Modes[number];
  const Request = z.object({
    mode: z.enum(["none", ...modes]),
    times: z.int().positive().optional(),
    milliseconds: z.int().nonnegative().default(20_000),
  });
  let current: (Misbehaviour<Mode> & { left: number }) | undefined;
  return {
    set(body: unknown): void {
      const { mode, times = Number.POSITIVE_INFINITY, milliseconds } = Request.parse(body);
      current = mode === "none" ? undefined : { mode: mode as Mode, milliseconds, left: times };
    },
    /** What to do wrong with the request in hand. */
    next(): Misbehaviour<Mode> | undefined {
      if (!current) return undefined;
      const { mode, milliseconds } = current;
      current.left -= 1;
      if (current.left <= 0) current = undefined;
      return { mode, milliseconds };
    },
  };
};
