import { readdirSync, readFileSync } from "node:fs";

const FOLDER = "docs/decisions";

interface Decision {
  readonly number: string;
  readonly file: string;
  readonly title: string;
  readonly successor: string | undefined;
}

const read = (file: string): Decision => {
  const [head = "", , first = ""] = readFileSync(`${FOLDER}/${file}`, "utf8").split("\n");
  const [, number, title] = /^# (\d{4}) (.+)$/.exec(head) ?? [];
  if (!number || !title || !file.startsWith(`${number}-`)) throw new Error(`${file} begins with "${head}"`);
  return { number, file, title, successor: /^Replaced by \[(\d{4})\]\([^)]+\)\.$/.exec(first)?.[1] };
};

/** docs/decisions/README.md: what is decided, from the heads of the pages. Two pages of one number are a fault. */
export const decisionsPage = (): string => {
  const decisions = readdirSync(FOLDER)
    .filter((file) => /^\d/.test(file))
    .sort()
    .map(read);
  const numbers = decisions.map(({ number }) => Number(number));
  const twice = numbers.find((number, at) => number === numbers[at + 1]);
  if (twice !== undefined) throw new Error(`two decisions have the number ${twice}`);
  const missing = Array.from({ length: Math.max(...numbers) }, (_, at) => at + 1)
    .filter((number) => !numbers.includes(number))
    .map((number) => String(number).padStart(4, "0"));
  return [
    "# Decisions",
    "",
    "One page each: what was decided, why, and what it costs. A decision that proves wrong gets a new page that says so; the old one stays and",
    `names its successor.${missing.length > 0 ? ` There is no ${missing.join(", ")}.` : ""} The table is made of the pages' heads by \`npm run docs\`.`,
    "",
    "| | |",
    "| --- | --- |",
    ...decisions.map(
      ({ number, file, title, successor }) =>
        `| [${number}](${file}) | ${title}${successor ? ` (replaced by ${successor})` : ""} |`,
    ),
    "",
  ].join("\n");
};
