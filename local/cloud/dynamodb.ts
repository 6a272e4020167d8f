import { Agent, request } from "node:http";
import type { TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import type { Resource } from "./deployment.ts";
import { javaFault, launchDynamoDbLocal } from "./dynamodb-process.ts";
import { freePort } from "./free-port.ts";
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
 * Starts DynamoDB Local on a free port of this machine and waits until it answers. If it ends by itself, it is started again.
 * @param directory where it keeps its files; undefined keeps all in memory
 * @param complain says that it ended by itself
 * @throws CloudError when Java is missing or too old, or DynamoDB Local does not start
 */
export const startDynamoDb = async (
  directory: string | undefined,
  complain: (sentence: string) => void,
): Promise<DynamoDb> => {
  const port = await freePort();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  const exchange = ({ method, url, headers, body }: RawRequest): Promise<Answer> =>
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
      outgoing.on("error", (error) => reject(Object.assign(error, { reused: outgoing.reusedSocket })));
      outgoing.end(body);
    });
  const forward = (message: RawRequest): Promise<Answer> =>
    exchange(message).catch((error: NodeJS.ErrnoException & { reused?: boolean }) => {
      // The server closed an idle connection at the moment we used it again: it has not seen the request.
      if (error.reused && error.code === "ECONNRESET") return exchange(message);
      throw error;
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

  let stopping = false;
  const launch = () => launchDynamoDbLocal(port, "-sharedDb", ...(directory ? ["-dbPath", directory] : ["-inMemory"]));
  let local = launch();
  const stop = async () => {
    stopping = true;
    agent.destroy();
    await local.stop();
  };

  const deadline = Date.now() + 30_000;
  for (;;) {
    const up = await call("DynamoDB_20120810.ListTables", {}).then(
      () => true,
      () => false,
    );
    if (up) break;
    if (!local.running() || Date.now() > deadline) {
      await stop();
      throw new CloudError((await javaFault()) ?? `DynamoDB Local did not start: ${local.lastLine()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }

  const keepRunning = async () => {
    for (;;) {
      await local.ended;
      if (stopping) return;
      if (!directory) {
        complain("DynamoDB Local has ended, and all tables with it: they were in memory. Start the cloud again.");
        return;
      }
      complain("DynamoDB Local has ended by itself and is started again.");
      local = launch();
    }
  };
  keepRunning();

  /** As a deployment would: adds the indexes and the stream that a table of an earlier start lacks. */
  const updateTable = async (existing: TemplateValue, wanted: TemplateValue) => {
    const { TableName, AttributeDefinitions } = wanted;
    const update = (change: TemplateValue) => call("DynamoDB_20120810.UpdateTable", { TableName, ...change });
    const has = new Set((existing.GlobalSecondaryIndexes ?? []).map((index: TemplateValue) => index.IndexName));
    if (JSON.stringify(existing.KeySchema) !== JSON.stringify(wanted.KeySchema))
      throw new CloudError(
        `Table ${TableName} is kept with another key than the template's; choose another directory.`,
      );
    for (const Create of wanted.GlobalSecondaryIndexes ?? [])
      if (!has.has(Create.IndexName)) await update({ AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create }] });
    if (wanted.StreamSpecification && !existing.StreamSpecification?.StreamEnabled)
      await update({ StreamSpecification: wanted.StreamSpecification });
  };

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
      if (existing) await updateTable(existing.Table, tableInput(table));
      return (await describe()).Table.LatestStreamLabel;
    },
  };
};
