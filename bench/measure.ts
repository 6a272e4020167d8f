import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

export const quantile = (times: readonly number[], q: number): number =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;

/** Milliseconds. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
};

/** What each took, in milliseconds; one after the other in turn, so that what disturbs one disturbs all. */
export const interleaved = async (rounds: number, works: Record<string, () => Promise<unknown>>) => {
  const times = new Map<string, number[]>(Object.keys(works).map((name) => [name, []]));
  for (const work of Object.values(works)) await work();
  for (let round = 0; round < rounds; round++)
    for (const [name, work] of Object.entries(works)) times.get(name)?.push(await timed(work));
  return (name: string) => times.get(name) ?? [];
};

export const TIMES_HEAD = ["| what | n | p50 ms | p95 ms |", "|---|---|---|---|"] as const;

export const row = (what: string, times: readonly number[]): string =>
  `| ${what} | ${times.length} | ${quantile(times, 0.5).toFixed(1)} | ${quantile(times, 0.95).toFixed(1)} |`;

/** Of the medians. */
export const ratio = (one: readonly number[], other: readonly number[]): string =>
  (quantile(one, 0.5) / quantile(other, 0.5)).toFixed(2);

const machine = (): string => {
  const [cpu] = cpus();
  return (
    `Node ${process.version}, ${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB. ` +
    "All of it on one machine: whoever calls, the platform and DynamoDB Local share the cores."
  );
};

const given: string[] = [];

/** A size from the environment, for a first look; else the usual one, of which the results are published. */
export const setting = <Usual extends number | undefined>(name: string, usual: Usual): number | Usual => {
  const value = process.env[name];
  if (value === undefined) return usual;
  given.push(`${name}=${value}`);
  return Number(value);
};

/** Prints what was measured; with the usual settings, writes it to bench/results/<name>.md too, with the machine named. */
export const publish = (name: string, title: string, lines: readonly string[]): void => {
  const text = [`# ${title}`, "", `Made by \`npm run bench ${name}\`. ${machine()}`, "", ...lines, ""].join("\n");
  console.log(text);
  if (given.length > 0) console.log(`Not published: ${given.join(" ")}`);
  else writeFileSync(new URL(`results/${name}.md`, import.meta.url), text);
};
