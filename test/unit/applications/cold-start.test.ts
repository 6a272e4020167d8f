import { build } from "esbuild";
import { expect, it } from "vitest";
import { bundling } from "#infra/patterns/bundles.ts";

const ENTRY = "functions/applications/lambdas/http.ts";

it("a function that answers for cases runs no schema compiler, printer or file reader before a request needs it", async () => {
  const { metafile } = await build({
    ...bundling,
    entryPoints: [ENTRY],
    write: false,
    metafile: true,
    outdir: "unused",
  });
  const run = new Set<string>();
  const walk = (path: string): void => {
    if (run.has(path)) return;
    run.add(path);
    for (const { path: next, kind, external } of metafile.inputs[path]?.imports ?? [])
      if (!external && kind !== "dynamic-import") walk(next);
  };
  walk(ENTRY);
  const packages = (paths: Iterable<string>) =>
    new Set([...paths].flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  const atStart = packages(run);
  for (const heavy of ["ajv", "ajv-formats", "pdfkit", "file-type", "yauzl", "qrcode", "@aws-sdk/client-s3"])
    expect(atStart, heavy).not.toContain(heavy);
  // It is in the bundle all the same, and found when the first form comes in.
  expect(packages(Object.keys(metafile.inputs))).toContain("ajv");
  expect(atStart).toContain("zod");
});
