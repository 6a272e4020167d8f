import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type City, startCity } from "./city.ts";
import { demoApplication } from "./demo-city/applicant.ts";
import { writePrivately } from "./demo-city/kept.ts";
import { synthesise } from "./synth.ts";
import { walk } from "./walk.ts";

const USAGE = "npm start -- [--no-demo] [--data DIR] [--run-file FILE]   (PORT chooses the port, 3000 unless told)";

const FUNCTION_LOG = ".yimen/functions.log";

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
  const port = Number(process.env.PORT ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT=${process.env.PORT} is not a port`);
  return {
    ...(values.data !== undefined && { dataDir: resolve(values.data) }),
    demo: !values["no-demo"],
    runFile: values["run-file"],
    port,
  };
};

/** How scripts find their way: addresses, clients with their secrets, accounts. Written when everything answers. */
const writeRunFile = (file: string, { url, issuer, clients, staff, outside }: City): void =>
  writePrivately(file, {
    url,
    issuer,
    clients: clients.map(({ id, name, secret, scopes }) => ({ id, name, secret, scopes })),
    accounts: staff,
    outside,
  });

const main = async (): Promise<void> => {
  const startedAt = Date.now();
  const report = (line: string) => print(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  const options = readOptions();
  const assembly = join(options.dataDir ?? resolve(".yimen"), "cdk.out");

  let city: City | undefined;
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    print("Stopping.");
    await city?.stop();
    process.exit(0);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);

  mkdirSync(dirname(FUNCTION_LOG), { recursive: true });
  const functionLog = createWriteStream(FUNCTION_LOG);
  report("Synthesising the CDK stacks.");
  await synthesise("local", assembly);
  report("Starting the cloud from the synthesised templates.");
  city = await startCity({
    assembly,
    port: options.port,
    report,
    systemOf: demoApplication.department,
    onLog: ({ function: name, text }) => functionLog.write(`${name} ${text}${text.endsWith("\n") ? "" : "\n"}`),
    ...(options.dataDir && { dataDir: options.dataDir }),
  });
  writeRunFile(options.runFile, city);
  report("Ready.");

  if (options.demo) {
    print("\nOne real service item, from a channel to a department and back:\n");
    await walk(city, print);
  }
  print(`
API             ${city.url}        reference ${city.url}/docs
Officers' chat  ${city.outside.wecom}
Department      ${city.outside.department}/received
Clients, secrets and accounts are in ${options.runFile}; what the functions log is in ${FUNCTION_LOG}.
Ctrl-C stops everything.`);
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof TypeError) process.stderr.write(`usage: ${USAGE}\n`);
  process.exit(1);
});
