import { startCity } from "#local/city.ts";
import { impatient, killInTurn, notificationsOf } from "#test/support/kills.ts";

/** What the process is told when it starts. */
export interface KilledProcess {
  readonly assembly: string;
  readonly dataDir: string;
  readonly port: number;
  readonly killEveryMs: number;
}

/** A city in a process of its own, whose functions die in turn until it dies itself. */
const { assembly, dataDir, port, killEveryMs } = JSON.parse(process.argv[2] ?? "{}") as KilledProcess;
const { cloud, stop, ...city } = await startCity({
  assembly,
  dataDir,
  port,
  report: () => {},
  changeTemplate: impatient,
});
const { url, issuer, clients, staff } = city;
process.send?.({ ready: { url, issuer, clients, staff, notifications: notificationsOf(cloud) } });
const kills = killInTurn(cloud, killEveryMs);
setInterval(() => process.send?.({ atWork: kills.atWork() }), 500);
process.on("message", (message) => message === "calm" && kills.stop());
process.on("SIGTERM", () => stop().then(() => process.exit(0)));
