import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ASSEMBLY } from "#test/support/synthesised.ts";

interface Resource {
  readonly Type: string;
  readonly Properties: { readonly AlarmDescription?: string };
}

/** Every alarm of the templates by its name, CloudFormation's hash at the end left out, with what it says. */
const alarms = (): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(ASSEMBLY)
      .filter((file) => file.endsWith(".template.json"))
      .map((file) => JSON.parse(readFileSync(join(ASSEMBLY, file), "utf8")) as { Resources: Record<string, Resource> })
      .flatMap(({ Resources }) => Object.entries(Resources))
      .filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm")
      .map(([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ""), String(Properties.AlarmDescription)]),
  );

const page = (name: string): string => readFileSync(`docs/runbooks/${name}`, "utf8");

it("names every alarm in a runbook", () => {
  const runbooks = readdirSync("docs/runbooks").map(page).join("\n");
  expect([...alarms().keys()].filter((name) => !runbooks.includes(`\`${name}\``))).toEqual([]);
});

it("tells of every queue with dead letters, and of no other, what its alarm says", () => {
  const said = [...alarms()].filter(([name]) => name.endsWith("DeadLettered"));
  expect(said.length).toBeGreaterThan(20);
  const told = [
    ...page("dead-letters.md").matchAll(/^\| (`\w+DeadLettered`(?:, `\w+DeadLettered`)*) \|.*\| (.*) \|$/gm),
  ]
    .flatMap(([, names = "", impact = ""]) => [...names.matchAll(/\w+/g)].map(([name]) => [name, impact] as const))
    .map(([name, impact]) => [name, `Messages could not be handled and wait in the dead-letter queue. ${impact}`]);
  expect(told.sort()).toEqual(said.sort());
});

it("knows usual causes of consumers that are there only", () => {
  const consumers = [...page("dead-letters.md").matchAll(/^\| ((?:`[A-Z]\w+On\w+`(?:, )?)+) \|/gm)]
    .flatMap(([, names = ""]) => [...names.matchAll(/\w+/g)].map(([name]) => name))
    .filter((name) => !name.endsWith("DeadLettered"));
  expect(consumers.length).toBeGreaterThan(5);
  const known = alarms();
  expect(consumers.filter((name) => !known.has(`${name}DeadLettered`))).toEqual([]);
});
