import { readStack, stacksIn, type Template, type TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import { takeDataDirectory } from "./data-directory.ts";
import { deploy } from "./deployment.ts";
import { startDynamoDb } from "./dynamodb.ts";
import { type Activity, accessKeyOf } from "./functions.ts";
import { type Denial, openGateway, type Principal } from "./gateway.ts";
import { openHttpServer } from "./http-server.ts";
import type { Place, RunningFacts } from "./place.ts";
import { startQueuesAndBuckets } from "./queues-and-buckets.ts";
import { ignoredTypes } from "./resource-types.ts";
import { runDeployment } from "./run-deployment.ts";

export type { Template, TemplateValue } from "./assembly.ts";
export { CloudError } from "./cloud-error.ts";

/** What to run and where. */
export interface CloudOptions {
  /** Path of the synthesised cloud assembly (`cdk.out`). */
  assembly: string;
  /** Names of the stacks to run, in dependency order; all of the assembly unless told. */
  stacks?: readonly string[];
  region: string;
  account: string;
  /** Port of the HTTP API on 127.0.0.1; 0 for any free one. */
  port: number;
  /** Keep everything here over restarts; without it, everything is in memory. */
  dataDir?: string;
  /** False: no schedule runs by itself, only when it is fired. */
  timers?: boolean;
  /** Progress while starting. */
  report?: (line: string) => void;
  /** What functions write to their console, and what AWS would write about them. */
  onLog?: (line: { function: string; text: string }) => void;
  /** Changes a template before it runs, for tests; gets a copy. */
  changeTemplate?: (stack: string, template: Template) => Template;
}

/** A running cloud. */
export interface Cloud {
  /** Address of the HTTP API, without a trailing slash. */
  url: string;
  /** CloudFormation outputs of all stacks, by name. */
  outputs: Record<string, string>;
  /** Runs a function, found by name, logical id or a part of its construct path. @throws Error, the function's own */
  invoke(fn: string, payload: unknown): Promise<unknown>;
  /** Runs a scheduled rule or a schedule now, and waits until the functions it invokes have ended. */
  fireSchedule(name: string): Promise<void>;
  /** AWS SDK settings with all rights. */
  operator: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /** Resources of a CloudFormation type. */
  resources(type: string): { logicalId: string; stack: string; physicalId: string; path?: string }[];
  /** What was refused since the start, each once. */
  deniedCalls(): Denial[];
  /** Action and resource pairs in the functions' policies that no call has needed since the start. */
  unusedGrants(): Denial[];
  /** What each function does now and has done; named by its physical id. */
  activity(): Activity[];
  /**
   * Ends the worker threads (of one function, or all) in the middle of what they do; work is retried as AWS would. Tells how many
   * were at work.
   */
  killWorkers(fn?: string): number;
  /** Stops every process, server and worker that was started. */
  stop(): Promise<void>;
}

const placeOf = (region: string, account: string): Place =>
  region.startsWith("cn-")
    ? { region, account, partition: "aws-cn", urlSuffix: "amazonaws.com.cn" }
    : { region, account, partition: "aws", urlSuffix: "amazonaws.com" };

const notYet = (): never => {
  throw new CloudError("A template needs a value before the service that knows it is running.");
};

/**
 * Runs synthesised CDK stacks on this machine.
 * @throws CloudError, one sentence for the person who starts it; nothing is left running then
 */
export const startCloud = async (options: CloudOptions): Promise<Cloud> => {
  const report = options.report ?? (() => {});
  const onLog = options.onLog ?? (() => {});
  const place = placeOf(options.region, options.account);
  // Threads share the time zone of their process, and on Lambda it is UTC.
  process.env.TZ = "UTC";
  const stacks = (options.stacks ?? stacksIn(options.assembly)).map((name) => {
    const stack = readStack(options.assembly, name);
    return options.changeTemplate
      ? { ...stack, template: options.changeTemplate(name, structuredClone(stack.template)) }
      : stack;
  });
  const facts: RunningFacts = { streamLabel: notYet, apiUrl: notYet, endpointUrl: notYet, secretValue: notYet };
  const deployment = deploy(stacks, place, facts);
  for (const type of new Set(
    stacks.flatMap(({ template }) => Object.values(template.Resources).map((resource) => resource.Type)),
  )) {
    const reason = ignoredTypes.get(type);
    if (reason?.includes("NOT")) report(`${type} is not run: ${reason}.`);
  }

  const undo: (() => unknown)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      for (const step of undo.splice(0).reverse()) await step();
    })();
    return stopping;
  };
  try {
    const server = await openHttpServer(options.port);
    undo.push(() => server.close());
    const data = await takeDataDirectory(options.dataDir);
    undo.push(() => data.release());
    const gateway = await openGateway(place);
    undo.push(() => gateway.close());
    facts.apiUrl = () => server.url;
    facts.endpointUrl = () => gateway.url;
    report("Starting DynamoDB Local, queues and buckets.");
    const [dynamodb, queuesAndBuckets] = await Promise.all([
      startDynamoDb(data.dynamodb, (text) => onLog({ function: "DynamoDB", text })).then((started) => {
        undo.push(() => started.stop());
        return started;
      }),
      startQueuesAndBuckets(data.queuesAndBuckets).then((started) => {
        undo.push(() => started.stop());
        return started;
      }),
    ]);
    const operator: Principal = {
      name: "operator",
      accessKeyId: accessKeyOf("operator"),
      secretAccessKey: "operator",
      policy: "everything",
    };
    gateway.admit(operator);
    const running = await runDeployment({
      deployment,
      facts,
      data,
      server,
      gateway,
      dynamodb,
      queuesAndBuckets,
      report,
      timers: options.timers ?? true,
      onLog,
      undo,
    });
    report(`The HTTP API is at ${server.url}.`);

    return {
      url: server.url,
      outputs: deployment.outputs(),
      invoke: async (name, payload): Promise<TemplateValue> => {
        const outcome = await running.functions.invoke(running.functionNamed(name), JSON.stringify(payload) ?? "null");
        if (outcome.ok) return JSON.parse(outcome.payload);
        const { errorType, errorMessage, trace } = outcome.error;
        throw Object.assign(new Error(errorMessage), { name: errorType, trace });
      },
      fireSchedule: (name) => running.schedules.fire(name),
      operator: {
        endpoint: gateway.url,
        region: place.region,
        credentials: { accessKeyId: operator.accessKeyId, secretAccessKey: operator.secretAccessKey },
      },
      resources: (type) =>
        deployment
          .ofType(type)
          .map(({ logicalId, stack, physicalId, path }) => ({ logicalId, stack, physicalId, ...(path && { path }) })),
      deniedCalls: () => [...gateway.denied(), ...running.dropped()],
      unusedGrants: running.unusedGrants,
      activity: running.functions.activity,
      killWorkers: (name) => running.functions.kill(name === undefined ? undefined : running.functionNamed(name).name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
