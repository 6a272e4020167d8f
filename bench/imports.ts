import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { bundling } from "#infra/patterns/bundles.ts";
import { publish, ratio, row } from "./measure.ts";

const ROUNDS = 15;
const root = fileURLToPath(new URL("..", import.meta.url));

const importsIn = (file: string): readonly (readonly [name: string, from: string])[] =>
  [...readFileSync(file, "utf8").matchAll(/^import \{([^}]*)\} from "([^"]+)";/gm)].flatMap(
    ([, names = "", from = ""]) => {
      const path = from.startsWith(".") ? join(dirname(file), from) : from;
      if (basename(path).startsWith("deployed")) return importsIn(path);
      const values = names.split(",").map((name) => name.trim());
      return values.filter((name) => name && !name.startsWith("type ")).map((name) => [name, path] as const);
    },
  );

/** What an entry imports, and what it is wired with, without what they then do: that needs the cloud. A namespace would be kept whole if it were passed on. */
const importsOf = (entry: string): string =>
  [...new Map(importsIn(entry))].map(([name, from]) => `export { ${name} } from "${from}";`).join("\n");

const baseline = `export { DynamoDBClient } from "@aws-sdk/client-dynamodb";
  export { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";`;

/** Bundles made as the deployed ones are (infra/patterns/bundles.ts), each imported in a process of its own. */
const folder = mkdtempSync(join(tmpdir(), "yimen-bench-"));
try {
  const entries = globSync("functions/*/lambdas/{http,issuer,pages,authorizer,callbacks}*.ts", { cwd: root }).sort();
  const bundles = [
    { name: "baseline: the DynamoDB document client alone", contents: baseline, resolveDir: root },
    ...entries.map((entry) => ({
      name: `\`${entry}\``,
      contents: importsOf(join(root, entry)),
      resolveDir: join(root, dirname(entry)),
    })),
  ].map(({ name, contents, resolveDir }, index) => {
    const outfile = join(folder, `${index}.mjs`);
    buildSync({
      stdin: { contents, resolveDir, loader: "ts" },
      outfile,
      ...bundling,
    });
    return { name, outfile, times: [] as number[] };
  });
  const probe = join(folder, "probe.mjs");
  writeFileSync(
    probe,
    "const begun = performance.now(); await import(process.argv[2]); console.log(performance.now() - begun);",
  );
  const measure = (outfile: string) =>
    Number(execFileSync(process.execPath, [probe, outfile], { env: { AWS_REGION: "us-east-1" }, encoding: "utf8" }));
  for (const { outfile } of bundles) measure(outfile);
  for (let round = 0; round < ROUNDS; round++) for (const { outfile, times } of bundles) times.push(measure(outfile));
  const [first] = bundles;
  publish("imports", "Import of the functions that people wait for", [
    "What a cold start spends on reading the code. Measured in turn, each time in a new process; the goal is 1.35 times the baseline.",
    "",
    "| bundle | n | p50 ms | p95 ms | times the baseline |",
    "|---|---|---|---|---|",
    ...bundles.map(({ name, times }) => `${row(name, times)} ${ratio(times, first?.times ?? [])} |`),
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
