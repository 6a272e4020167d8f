import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";

/** npm run rotate-keys -- <name of a RotateKeys function> [rows in a slice]; needs the aws command and the right to invoke. */
const [functionName, slice = "500"] = process.argv.slice(2);

const Slice = z.object({ seen: z.int(), rewritten: z.int(), left: z.int(), next: z.string().optional() });

const folder = mkdtempSync(join(tmpdir(), "yimen-rotate-keys-"));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const invoke = (name: string, payload: object): z.infer<typeof Slice> => {
  const answer = join(folder, "answer.json");
  const failure = execFileSync(
    "aws",
    [
      ...["lambda", "invoke", "--function-name", name, "--cli-binary-format", "raw-in-base64-out"],
      ...["--payload", JSON.stringify(payload), "--query", "FunctionError", "--output", "text", answer],
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  ).trim();
  if (failure !== "None") throw new Error(`the function failed (${failure}); nothing is lost, start again`);
  return Slice.parse(JSON.parse(readFileSync(answer, "utf8")));
};

/** One run over all rows, told slice by slice; whether there was anything to do. */
const runOver = (name: string, run: number): boolean => {
  const total = { seen: 0, rewritten: 0, left: 0 };
  let cursor: string | undefined;
  do {
    const done = invoke(name, { limit: Number(slice), ...(cursor && { cursor }) });
    total.seen += done.seen;
    total.rewritten += done.rewritten;
    total.left += done.left;
    say(`run ${run}: ${total.seen} rows seen, ${total.rewritten} rewritten, ${total.left} left for another run`);
    cursor = done.next;
  } while (cursor !== undefined);
  return total.rewritten + total.left > 0;
};

try {
  if (!functionName) throw new Error("which function? npm run rotate-keys -- <name of a RotateKeys function>");
  for (let run = 1; runOver(functionName, run); run++);
  say("done: no row needs a previous key");
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
