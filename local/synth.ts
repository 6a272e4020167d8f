import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Synthesises the stacks of one environment as `cdk synth` does, without the CLI's start-up time.
 * Throws with the first telling line of what went wrong.
 */
export const synthesise = async (environment: string, outdir: string, signal?: AbortSignal): Promise<void> => {
  const { context } = JSON.parse(readFileSync("cdk.json", "utf8")) as { context: Record<string, unknown> };
  const child = spawn(process.execPath, ["infra/app.ts"], {
    stdio: ["ignore", "ignore", "pipe"],
    ...(signal && { signal }),
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, environment, "aws:cdk:enable-path-metadata": true }),
    },
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
  if (code !== 0) {
    const telling = errors.split("\n").find((line) => /error/i.test(line)) ?? errors.trim().split("\n").at(-1);
    throw new Error(`the stacks could not be synthesised: ${telling?.trim() ?? `exit code ${code}`}`);
  }
};
