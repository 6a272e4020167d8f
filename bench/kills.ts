import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type City, startSystem } from "#local/city.ts";
import { freePort } from "#local/cloud/free-port.ts";
import { demoApplication } from "#local/demo-city/applicant.ts";
import { synthesise } from "#local/synth.ts";
import { expectedSteps, flowUnderKills, type KilledCity, watchConclusions } from "#test/support/kills.ts";
import type { KilledProcess } from "./kills-city.ts";
import { publish, setting } from "./measure.ts";

/** `CASES=50 PROCESSES=2 npm run bench kills`, for a first look. */
const CASES = setting("CASES", 2_000);
/** How often the whole process is killed, spread evenly over the cases. */
const PROCESSES = setting("PROCESSES", 5);
/** A killed function costs a cold start, all of them half a minute of this machine: more often, and nothing else would be done. */
const KILL_EVERY_SECONDS = 5;

type Ready = Pick<City, "url" | "issuer" | "clients" | "staff"> & Pick<KilledCity, "notifications">;
type Message = { readonly ready: Ready } | { readonly atWork: number };

const folder = mkdtempSync(join(tmpdir(), "yimen-kills-"));
const assembly = join(folder, "cdk.out");
await synthesise("local", assembly);
const settings: KilledProcess = {
  assembly,
  dataDir: join(folder, "data"),
  port: await freePort(),
  killEveryMs: KILL_EVERY_SECONDS * 1_000,
};

let child: ChildProcess | undefined;
let [functionsKilled, ofThisProcess, processesKilled] = [0, 0, 0];
const start = async (): Promise<Ready> => {
  const started = fork(new URL("kills-city.ts", import.meta.url), [JSON.stringify(settings)]);
  child = started;
  ofThisProcess = 0;
  return new Promise((resolve, reject) => {
    started.on("message", (message: Message) => {
      if ("ready" in message) return resolve(message.ready);
      functionsKilled += message.atWork - ofThisProcess;
      ofThisProcess = message.atWork;
    });
    started.once("exit", (code) => reject(new Error(`the city ended with ${code} before it was ready`)));
  });
};
const end = async (signal: NodeJS.Signals): Promise<void> => {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
};

let here = await start();
const system = await startSystem(demoApplication.department, 0, here);
const city: KilledCity = {
  url: here.url,
  issuer: here.issuer,
  clients: here.clients,
  department: system.url,
  get notifications() {
    return here.notifications;
  },
};

const isCalm = new AbortController();
/** Each time a further share of the cases has been concluded, everything dies at once and comes back. */
const killProcesses = async (): Promise<void> => {
  let concluded = 0;
  let dying: Promise<void> | undefined;
  const die = async () => {
    await end("SIGKILL");
    processesKilled += 1;
    console.log(`the whole process is killed, for the ${processesKilled}. time, after ${concluded} concluded cases`);
    here = await start();
    dying = undefined;
  };
  await watchConclusions(system.url, isCalm.signal, () => {
    concluded += 1;
    if (processesKilled < PROCESSES && concluded >= ((processesKilled + 0.5) * CASES) / PROCESSES) dying ??= die();
  });
  await dying;
};

try {
  const killing = killProcesses();
  const told = await Promise.race([
    flowUnderKills(city, {
      cases: CASES,
      report: console.log,
      calm: async () => {
        isCalm.abort();
        await killing;
        child?.send("calm");
      },
    }),
    killing.then(() => new Promise<never>(() => {})),
  ]);
  const whole = [...told.timelines.values()].filter((steps) => steps.join() === expectedSteps.join()).length;
  const arrived = [...told.received.values()].reduce((sum, { size }) => sum + size, 0);
  const ofCases = told.feed.filter(
    ({ subject, type }) => told.timelines.has(subject) && type.includes(".application."),
  );
  publish("kills", "Cases flowing while functions and the whole process are killed", [
    `${told.cases} cases went from the portal through the department's own system to their conclusion. Every ${KILL_EVERY_SECONDS} seconds a function that was at work was ended,`,
    `the relays among them, each twentieth time all of them at once (${functionsKilled} instances in the middle of their work), and ${processesKilled} times the whole process, its database, queues and buckets. It took ${told.seconds.toFixed(0)} s.`,
    "",
    "| | expected | found |",
    "|---|---|---|",
    `| cases that took every step once | ${told.cases} | ${whole} |`,
    `| events that arrived at the department | ${told.cases * expectedSteps.length} | ${arrived} |`,
    `| events of these cases in the feed | ${told.cases * expectedSteps.length} | ${ofCases.length} |`,
    `| of them, different ones | ${told.cases * expectedSteps.length} | ${new Set(ofCases.map(({ source, id }) => source + id)).size} |`,
    `| requests to the department whose signature did not verify | 0 | ${told.forged} |`,
    `| lines in anybody's to-do list | 0 | ${told.waiting} |`,
  ]);
} finally {
  isCalm.abort();
  await system.stop();
  await end("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}
