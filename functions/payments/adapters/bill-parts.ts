import { createReadStream } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type BillLine, DAY_PARTS } from "../domain/ports.ts";
import { dayPartOf } from "./order-row.ts";

/** A bill divided by the parts of a day, on disk. */
export interface BillParts {
  readonly lines: number;
  read(part: number): AsyncIterable<BillLine>;
  remove(): Promise<void>;
}

const FLUSHED_AT_CHARACTERS = 32 * 1024;
const TELL_EVERY = 100_000;

const KINDS = { p: "payment", r: "refund" } as const;
const OUTCOMES = { d: "done", p: "pending", f: "failed" } as const;

const written = ({ kind, number, trade, amount, outcome }: BillLine): string =>
  `${kind.slice(0, 1)}\t${number}\t${trade}\t${amount}\t${outcome.slice(0, 1)}\n`;

const readLine = (text: string): BillLine => {
  const [kind, number = "", trade = "", amount, outcome] = text.split("\t");
  return {
    kind: KINDS[kind as keyof typeof KINDS],
    number,
    trade,
    amount: Number(amount),
    outcome: OUTCOMES[outcome as keyof typeof OUTCOMES],
  };
};

/**
 * Writes a bill's lines into one file for each part, so that each part can be compared by itself: a bill of any length needs the
 * memory of one part. Numbers and codes hold no tabs; what a provider puts there is taken out.
 */
export const divideBill = async (
  bill: AsyncIterable<BillLine>,
  progress: (lines: number) => Promise<void>,
): Promise<BillParts> => {
  const folder = await mkdtemp(join(tmpdir(), "bill-parts-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const pathOf = (part: number) => join(folder, String(part));
  const files: FileHandle[] = [];
  const pending = new Array<string>(DAY_PARTS).fill("");
  let lines = 0;
  try {
    for (let part = 0; part < DAY_PARTS; part++) files.push(await open(pathOf(part), "w"));
    const flush = async (part: number) => {
      await files[part]?.write(pending[part] ?? "");
      pending[part] = "";
    };
    for await (const line of bill) {
      const clean = { ...line, number: line.number.replace(/\s/g, ""), trade: line.trade.replace(/\s/g, "") };
      const part = dayPartOf(clean.number);
      pending[part] += written(clean);
      if ((pending[part]?.length ?? 0) >= FLUSHED_AT_CHARACTERS) await flush(part);
      lines += 1;
      if (lines % TELL_EVERY === 0) await progress(lines);
    }
    for (let part = 0; part < DAY_PARTS; part++) await flush(part);
  } catch (error) {
    await remove();
    throw error;
  } finally {
    for (const file of files) await file.close();
  }
  return {
    lines,
    remove,
    async *read(part) {
      for await (const text of createInterface({ input: createReadStream(pathOf(part)), crlfDelay: Infinity }))
        yield readLine(text);
    },
  };
};
