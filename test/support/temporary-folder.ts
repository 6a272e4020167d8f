import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the tests and the libraries under them leave in the temporary folder goes with the run: CDK alone leaves a folder for each app. */
export const setup = (): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), "yimen-test-"));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
};
