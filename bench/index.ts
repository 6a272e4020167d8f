import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** What stands beside the benchmarks and is none. */
const PARTS = new Set(["index", "measure", "load", "kills-city", "bench-city"]);

const known = globSync("*.ts", { cwd: fileURLToPath(new URL(".", import.meta.url)) })
  .map((file) => basename(file, ".ts"))
  .filter((name) => !PARTS.has(name))
  .sort();
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) throw new Error(`no benchmark is called ${unknown}; there are ${known.join(", ")}`);

for (const name of wanted.length > 0 ? wanted : known) {
  console.log(`\n== ${name}\n`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${name}.ts`, import.meta.url))], {
    stdio: "inherit",
    env: { ...process.env, POWERTOOLS_LOG_LEVEL: "SILENT" },
  });
  if (status !== 0) process.exit(status ?? 1);
}
