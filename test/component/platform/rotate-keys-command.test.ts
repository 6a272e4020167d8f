import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "yimen-rotate-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The command, with an aws that gives these answers one after the other and notes what it was asked. */
const rotate = (answers: readonly object[], failed = "None") => {
  writeFileSync(join(folder, "answers"), answers.map((answer) => JSON.stringify(answer)).join("\n"));
  const aws = `#!/bin/sh
cd ${folder}
while [ $# -gt 0 ]; do
  [ "$1" = --payload ] && printf '%s\\n' "$2" >> asked
  last=$1
  shift
done
head -n 1 answers > "$last"
sed -i 1d answers
echo ${failed}
`;
  writeFileSync(join(folder, "aws"), aws);
  chmodSync(join(folder, "aws"), 0o755);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["functions/platform/rotate-keys-command.ts", "IdentityRotateKeys", "200"],
    {
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
      encoding: "utf8",
    },
  );
  const asked = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
  return { stdout, stderr, status, asked: asked.map((line) => JSON.parse(line) as object) };
};

it("goes on from slice to slice, shows how far it is, and starts over until nothing is left", () => {
  const { stdout, status, asked } = rotate([
    { seen: 200, rewritten: 150, left: 1, next: "c1" },
    { seen: 50, rewritten: 20, left: 0 },
    { seen: 200, rewritten: 1, left: 0, next: "c2" },
    { seen: 50, rewritten: 0, left: 0 },
    { seen: 200, rewritten: 0, left: 0, next: "c3" },
    { seen: 50, rewritten: 0, left: 0 },
  ]);
  expect(status).toBe(0);
  expect(asked).toEqual([
    { limit: 200 },
    { limit: 200, cursor: "c1" },
    { limit: 200 },
    { limit: 200, cursor: "c2" },
    { limit: 200 },
    { limit: 200, cursor: "c3" },
  ]);
  expect(stdout).toContain("run 1: 250 rows seen, 170 rewritten, 1 left for another run");
  expect(stdout).toContain("run 2: 250 rows seen, 1 rewritten, 0 left");
  expect(stdout.trimEnd().endsWith("done: no row needs a previous key")).toBe(true);
});

it("stops and says so when the function fails", () => {
  const { stdout, stderr, status } = rotate([{ errorMessage: "no" }], "Unhandled");
  expect(status).toBe(1);
  expect(stderr).toContain("Unhandled");
  expect(stdout).not.toContain("done");
});
