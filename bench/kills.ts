import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCity } from "#local/city.ts";
import type { Template } from "#local/cloud/index.ts";
import { demoApplication } from "#local/demo-city/applicant.ts";
import { synthesise } from "#local/synth.ts";
import { expectedSteps, flowUnderKills } from "#test/support/kills.ts";
import { publish } from "./measure.ts";

const CASES = Number(process.env.CASES ?? 2_000);

const impatient = (_stack: string, template: Template): Template => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === "AWS::SQS::Queue" && Properties?.VisibilityTimeout) Properties.VisibilityTimeout = 5;
  return template;
};

const folder = mkdtempSync(join(tmpdir(), "yimen-kills-"));
await synthesise("local", folder);
const city = await startCity({
  assembly: folder,
  port: 0,
  report: () => {},
  systemOf: demoApplication.department,
  changeTemplate: impatient,
});
try {
  const told = await flowUnderKills(city, { cases: CASES, killEveryMs: 1_000, report: console.log });
  const whole = [...told.timelines.values()].filter((steps) => steps.join() === expectedSteps.join()).length;
  const arrived = [...told.received.values()].reduce((sum, { size }) => sum + size, 0);
  const ofCases = told.feed.filter(
    ({ subject, type }) => told.timelines.has(subject) && type.includes(".application."),
  );
  publish("kills", "Cases flowing while functions are killed", [
    `${told.cases} cases went from the portal through the department's own system to their conclusion, while ${told.kills} times a function was ended in the middle of what it did,`,
    `one after the other, the relays among them. It took ${told.seconds.toFixed(0)} s.`,
    "",
    "| | expected | found |",
    "|---|---|---|",
    `| cases that took every step once | ${told.cases} | ${whole} |`,
    `| events that arrived at the department | ${told.cases * expectedSteps.length} | ${arrived} |`,
    `| events of these cases in the feed | ${told.cases * expectedSteps.length} | ${ofCases.length} |`,
    `| of them, different ones | ${told.cases * expectedSteps.length} | ${new Set(ofCases.map(({ source, id }) => source + id)).size} |`,
    `| requests to the department whose signature did not verify | 0 | ${told.forged} |`,
    `| to-dos left | 0 | ${told.waiting} |`,
  ]);
} finally {
  await city.stop();
  rmSync(folder, { recursive: true });
}
