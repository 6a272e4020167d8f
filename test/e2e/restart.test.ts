import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Client } from "#local/demo-city/registry.ts";
import { until } from "#local/until.ts";
import { submitApplication } from "#shared/contracts/http/applications.ts";
import { type DeliveryView, listDeliveries, listEndpoints } from "#shared/contracts/http/webhooks/endpoints.ts";
import { apiOf, readCase, receivedBy, submission, untilConcluded } from "../support/city.ts";

interface RunFile {
  readonly url: string;
  readonly issuer: string;
  readonly clients: Client[];
  readonly outside: { readonly department: string; readonly wecom: string };
}

const folder = mkdtempSync(join(tmpdir(), "yimen-restart-"));
const runFile = join(folder, "run.json");
let child: ChildProcess | undefined;

/** `npm start` as a person would, in a process of its own. */
const start = async (): Promise<RunFile> => {
  rmSync(runFile, { force: true });
  const started = spawn(
    process.execPath,
    ["local/start.ts", "--no-demo", "--data", join(folder, "data"), "--run-file", runFile],
    { env: { ...process.env, PORT: "0" }, stdio: ["ignore", "ignore", "pipe"] },
  );
  child = started;
  let errors = "";
  started.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return until(
    "the city is ready",
    () => {
      if (started.exitCode !== null) throw new Error(`npm start ended with ${started.exitCode}: ${errors}`);
      try {
        return JSON.parse(readFileSync(runFile, "utf8")) as RunFile;
      } catch {
        return undefined;
      }
    },
    { seconds: 90 },
  );
};

const end = (signal: NodeJS.Signals): Promise<void> =>
  new Promise((resolve) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill(signal);
  });

let before: RunFile;
beforeAll(async () => {
  before = await start();
});
afterAll(async () => {
  await end("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

const allDeliveries = async (department: ReturnType<typeof apiOf>, id: string): Promise<DeliveryView[]> => {
  const found: DeliveryView[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await department(listDeliveries, { path: { id }, query: { limit: "100", ...(cursor && { cursor }) } });
    if (!page.ok) throw new Error(page.code);
    found.push(...page.value.items);
    cursor = page.value.next;
    if (!cursor) return found;
  }
};

it("killed between writes and their events and started again, every event arrives and takes effect once", async () => {
  const portal = apiOf(before, "channel-portal");
  const keys = Array.from({ length: 10 }, (_, n) => `restart-${n}`);
  const accepted: string[] = [];
  await Promise.allSettled(
    keys.map(async (key) => {
      const answer = await portal(submitApplication, { key, body: submission });
      if (!answer.ok) throw new Error(answer.code);
      accepted.push(answer.value.id);
      // The first answers are out: their rows are written, and most of their events are not.
      if (accepted.length === 4) await end("SIGKILL");
    }),
  );
  expect(accepted.length).toBeGreaterThanOrEqual(4);

  const after = await start();
  expect(after.clients).toEqual(before.clients);
  for (const id of accepted) {
    await untilConcluded(after, id, 240);
    expect((await readCase(after, id)).timeline.map(({ step }) => step)).toEqual([
      "submitted",
      "accepted",
      "stage-decided",
      "approved",
      "concluded",
    ]);
  }
  const { refused, events } = await receivedBy(after.outside.department);
  expect(refused).toBe(0);
  // Some were written but not yet told of when it was killed: they can only have been told of after the restart.
  expect(events.filter(({ event }) => event.type.endsWith(".submitted.v1")).length).toBeGreaterThan(0);

  const department = apiOf(after, "department-11440607ym00000752");
  const endpoints = await department(listEndpoints, {});
  if (!endpoints.ok) throw new Error(endpoints.code);
  const delivered = await until("every event of every case is logged as delivered", async () => {
    const log = await allDeliveries(department, endpoints.value.items[0]?.id ?? "");
    const mine = log.filter(({ subject, status }) => accepted.includes(subject) && status === "delivered");
    return mine.length >= accepted.length * 5 && mine;
  });
  expect(new Set(delivered.map(({ event }) => event))).toHaveLength(accepted.length * 5);

  const again = await apiOf(after, "channel-portal")(submitApplication, { key: keys[0] ?? "", body: submission });
  if (!again.ok) throw new Error(again.code);
  expect(again.value).toMatchObject({ status: "submitted", version: 1 });
}, 400_000);
