import { setTimeout as pause } from "node:timers/promises";
import { quantile } from "./measure.ts";

export interface Load {
  /** Begun per second, whatever becomes of those before: an open model. */
  readonly rate: number;
  readonly seconds: number;
}

export interface LoadResult extends Load {
  readonly begun: number;
  readonly done: number;
  readonly failed: number;
  /** Ended per second, until the last one was. */
  readonly throughput: number;
  /** Milliseconds from when each should have begun: a caller that is kept waiting is counted too. */
  readonly times: readonly number[];
}

/** Begins work at a steady rate and waits until all of it has ended. What throws counts as failed. */
export const openLoad = async (
  { rate, seconds }: Load,
  work: (index: number) => Promise<unknown>,
): Promise<LoadResult> => {
  const total = Math.round(rate * seconds);
  const start = performance.now();
  const times: number[] = [];
  const running: Promise<void>[] = [];
  let failed = 0;
  for (let index = 0; index < total; index++) {
    const due = start + (index * 1000) / rate;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    running.push(
      work(index).then(
        () => void times.push(performance.now() - due),
        () => void failed++,
      ),
    );
  }
  await Promise.all(running);
  const elapsed = (performance.now() - start) / 1000;
  return { rate, seconds, begun: total, done: times.length, failed, throughput: times.length / elapsed, times };
};

const KEEPS_UP = 0.95;
const STEP = 1.3;
const TRIAL_SECONDS = 8;

/** The highest rate at which the work still ends as fast as it begins (the knee), by trials of rising rate. */
export const findKnee = async (
  from: number,
  work: (index: number) => Promise<unknown>,
  report: (line: string) => void = () => {},
): Promise<{ readonly knee: number; readonly trials: readonly LoadResult[] }> => {
  const trials: LoadResult[] = [];
  // Not counted: functions start, and code is compiled.
  let offset = (await openLoad({ rate: from, seconds: TRIAL_SECONDS }, work)).begun;
  for (let rate = from; ; rate *= STEP) {
    const trial = await openLoad({ rate, seconds: TRIAL_SECONDS }, (index) => work(offset + index));
    offset += trial.begun;
    trials.push(trial);
    report(
      `${rate.toFixed(0)}/s offered, ${trial.throughput.toFixed(0)}/s done, p95 ${quantile(trial.times, 0.95).toFixed(0)} ms, ${trial.failed} failed`,
    );
    if (trial.failed > 0 || trial.throughput < rate * KEEPS_UP)
      return { knee: trials.at(-2)?.rate ?? trial.throughput, trials };
  }
};
