import { build } from "esbuild";
import { expect, it } from "vitest";
import { bundling } from "#infra/patterns/bundles.ts";

/** Carriers wait for callbacks, and officers for answers, while a function starts: bytes of its bundle, and what it has no use for. */
const AT_MOST_BYTES = 680_000;

it.each(["http", "callbacks", "on-shipment-changed", "look-at-shipments"])(
  "the function %s of parcels is small, and starts without what only others need",
  async (name) => {
    const { metafile, outputFiles } = await build({
      ...bundling,
      entryPoints: [`functions/logistics/lambdas/${name}.ts`],
      write: false,
      metafile: true,
      outdir: "unused",
    });
    const [bundle] = outputFiles.filter(({ path }) => !path.endsWith(".map"));
    expect(bundle?.contents.byteLength).toBeGreaterThan(100_000);
    expect(bundle?.contents.byteLength).toBeLessThan(AT_MOST_BYTES);
    const packages = new Set(
      Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    );
    for (const heavy of [
      "ajv",
      "pdfkit",
      "qrcode",
      "file-type",
      "iconv-lite",
      "@aws-sdk/client-s3",
      "@aws-sdk/client-sqs",
    ])
      expect(packages, heavy).not.toContain(heavy);
    expect(packages).toContain("zod");
  },
);
