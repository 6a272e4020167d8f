import { setTimeout as pause } from "node:timers/promises";

/** Waits for a condition, looking again every few milliseconds. Throws, naming it, when it has not come true in time. */
export const until = async <T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { seconds = 30, everyMs = 50 }: { seconds?: number; everyMs?: number } = {},
): Promise<T> => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await pause(everyMs);
  }
};
