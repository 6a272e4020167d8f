import { once } from "node:events";
import { createWriteStream, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type City, startCity } from "./city.ts";
import { demoApplication } from "./demo-city/applicant.ts";
import { writePrivately } from "./demo-city/kept.ts";
import { synthesise } from "./synth.ts";
import { walkFoodLicence } from "./walks/food-licence.ts";
import { walkHomeTransfer } from "./walks/home-transfer.ts";

const USAGE = "npm start -- [--no-demo] [--data DIR] [--run-file FILE]   (PORT chooses the port, 3000 unless told)";

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      "no-demo": { type: "boolean", default: false },
      "run-file": { type: "string", default: ".yimen/run.json" },
    },
  });
  const port = Number(process.env.PORT || 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT=${process.env.PORT} is not a port`);
  return {
    ...(values.data !== undefined && { dataDir: resolve(values.data) }),
    demo: !values["no-demo"],
    runFile: values["run-file"],
    port,
  };
};

/** How scripts find their way: addresses, clients with their secrets, accounts. Written when everything answers. */
const writeRunFile = (
  file: string,
  { url, issuer, clients, apps, staff, residents, organisations, outside }: City,
): void =>
  writePrivately(file, {
    url,
    issuer,
    clients: clients.map(({ id, name, secret, scopes }) => ({ id, name, secret, scopes })),
    apps,
    accounts: staff,
    residents,
    organisations,
    outside,
  });

/** Told before the half minute of work, not after it. */
const expectFreePort = async (port: number): Promise<void> => {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    throw new Error(
      `Port ${port} cannot be used (${(error as NodeJS.ErrnoException).code}). PORT=8080 npm start takes another.`,
    );
  }
  server.close();
  await once(server, "close");
};

const main = async (interrupted: AbortSignal): Promise<void> => {
  const startedAt = Date.now();
  const report = (line: string) => print(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  const { dataDir, demo, runFile, port } = readOptions();
  await expectFreePort(port);
  const folder = dataDir ?? resolve(".yimen");
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, "functions.log");
  const functionLog = createWriteStream(logFile).on("error", (error) => report(`No function log: ${error.message}`));

  const assembly = join(folder, "cdk.out");
  report("Synthesising the CDK stacks.");
  await synthesise("local", assembly, interrupted);
  report("Starting the cloud from the synthesised templates.");
  const city = await startCity({
    assembly,
    port,
    report,
    systemOf: demoApplication.department,
    onLog: ({ function: name, text }) => functionLog.write(`${name} ${text}${text.endsWith("\n") ? "" : "\n"}`),
    ...(dataDir && { dataDir }),
  });
  try {
    writeRunFile(runFile, city);
    report("Ready.");
    if (demo && !interrupted.aborted) {
      print("\nOne real service item, from a channel to a department and back:\n");
      await walkFoodLicence(city, print);
      print("\nA paid one, whose result comes by courier:\n");
      await walkHomeTransfer(city, print);
    }
    print(`
API             ${city.url}        reference ${city.url}/docs
Officers' chat  ${city.outside.wecom}
Text messages   ${city.outside.sms}
Department      ${city.outside.department}/received
Clients, secrets and accounts are in ${runFile}; what the functions log is in ${relative(".", logFile)}.
Ctrl-C stops everything.`);
    if (!interrupted.aborted) await once(interrupted, "abort");
  } finally {
    print("Stopping.");
    await city.stop();
  }
};

const interruption = new AbortController();
const interrupt = (): void => {
  // The second Ctrl-C does not wait for an orderly end.
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort();
};
process.on("SIGINT", interrupt).on("SIGTERM", interrupt);

main(interruption.signal).then(
  () => process.exit(0),
  (error: unknown) => {
    if (interruption.signal.aborted) process.exit(0);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof TypeError) process.stderr.write(`usage: ${USAGE}\n`);
    process.exit(1);
  },
);
