import { copyFileSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type BuildOptions, buildSync } from "esbuild";

/** Ten megabytes; of a face printed into a PDF only the characters used go along. */
const CHINESE_FONT = "node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf";

/** Files that stand beside a bundle and are read at run time. */
const beside: Readonly<Record<string, readonly string[]>> = {
  "functions/platform/lambdas/http.ts": ["node_modules/@scalar/api-reference/dist/browser/standalone.js"],
  "functions/payments/lambdas/receipts.ts": [CHINESE_FONT],
  "functions/applications/lambdas/on-receipt-due.ts": [CHINESE_FONT],
};

/** How every function is bundled; the benchmark of imports bundles the same way. */
export const bundling: BuildOptions = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  mainFields: ["module", "main"],
  conditions: ["import", "module"],
  // koa brings two whole registries of media types, read at every start; what it looks up is a handful (docs/decisions/0021-bundles-of-the-issuer.md).
  alias: { "mime-db": "./infra/patterns/media-types.json" },
  minify: true,
  keepNames: true,
  logLevel: "error",
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
};

let built: Map<string, string> | undefined;

/**
 * The folder with the bundle (index.mjs) of a function's entry. All entries are bundled by one esbuild run, once a process:
 * a run of its own for each, as NodejsFunction does, takes most of a minute (docs/decisions/0007-bundling.md).
 */
export const bundleOf = (entry: string): string => {
  built ??= buildAll();
  const folder = built.get(entry);
  if (!folder) throw new Error(`${entry} is not a function entry: entries are functions/<capability>/lambdas/*.ts`);
  return folder;
};

const buildAll = (): Map<string, string> => {
  const entries = globSync("functions/*/lambdas/*.ts").sort();
  const outdir = mkdtempSync(join(tmpdir(), "yimen-bundles-"));
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  const nameOf = (entry: string) => `${entry.split("/")[1]}-${basename(entry, ".ts")}`;
  buildSync({
    entryPoints: Object.fromEntries(entries.map((entry) => [`${nameOf(entry)}/index`, entry])),
    outdir,
    outExtension: { ".js": ".mjs" },
    ...bundling,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
  });
  for (const [entry, files] of Object.entries(beside))
    for (const file of files) copyFileSync(file, join(outdir, nameOf(entry), basename(file)));
  return new Map(entries.map((entry) => [entry, dirname(join(outdir, nameOf(entry), "index.mjs"))]));
};
