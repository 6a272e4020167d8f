import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CloudError } from "./cloud-error.ts";
import type { Deployment, Resource } from "./deployment.ts";
import { type Instance, type Outcome, startInstance, type WorkerSetup } from "./function-worker.ts";
import type { Gateway, Principal } from "./gateway.ts";
import type { Policy } from "./iam.ts";

/** Instances of one function at the same time, unless the template reserves fewer: a machine with two cores gains nothing from more. */
const mostInstances = 4;
/** AWS waits one and two minutes; here a person is waiting. */
const retryDelays = [1000, 2000];
const idleMilliseconds = 120_000;

/** A deployed function. */
export interface LambdaFunction {
  name: string;
  arn: string;
  resource: Resource;
  principal: Principal;
  concurrency: number;
}

/** What the instances of a function do. */
export interface Activity {
  name: string;
  /** In the middle of a request, or starting for one. */
  atWork: number;
  /** Requests that were answered, by instances that were ended since too. */
  answered: number;
}

/** All functions of the deployment. */
export interface Functions {
  all: LambdaFunction[];
  /** Finds a function by its name or ARN. */
  find(nameOrArn: string): LambdaFunction | undefined;
  /** Runs a function and waits; `event` is JSON. */
  invoke(fn: LambdaFunction, event: string): Promise<Outcome>;
  /**
   * Runs a function with AWS's retries for asynchronous invocation; what fails for good goes to the failure destination. Resolves, and
   * never rejects, when all that is over.
   */
  invokeLater(fn: LambdaFunction, event: string): Promise<void>;
  activity(): Activity[];
  /** How many were at work when they were ended. */
  kill(name?: string): number;
  stop(): void;
}

interface Pool {
  instances: Set<Instance>;
  idle: Instance[];
  /** Fewest that were idle since the last look: those were not needed at all. */
  leastIdle: number;
  waiting: ((instance: Instance) => void)[];
  answered: number;
}

const secretKeyOf = (name: string) =>
  createHash("sha256").update(`local secret of ${name}`).digest("base64").slice(0, 40);
/** Letters and digits only, or DynamoDB Local refuses it. */
export const accessKeyOf = (name: string): string =>
  `AKIA${createHash("sha256").update(name).digest("hex").toUpperCase().slice(0, 16)}`;

const queueName = (arn: string | undefined, what: string): string | undefined => {
  if (arn === undefined) return undefined;
  if (!arn.includes(":sqs:")) throw new CloudError(`This cloud can send ${what} to SQS queues only, not to ${arn}.`);
  return arn.split(":").at(-1);
};

const functionOf = (
  resource: Resource,
  deployment: Deployment,
  policies: ReadonlyMap<string, Policy>,
): LambdaFunction => {
  const { place } = deployment;
  const name = resource.physicalId;
  const { properties } = resource;
  if (properties.Layers?.length)
    throw new CloudError(`This cloud does not know Lambda layers (${resource.logicalId} in ${resource.stack}).`);
  const policy = policies.get(String(properties.Role));
  if (!policy)
    throw new CloudError(`The role ${properties.Role} of ${resource.logicalId} is not in the stacks that run.`);
  return {
    name,
    arn: `arn:${place.partition}:lambda:${place.region}:${place.account}:function:${name}`,
    resource,
    principal: { name, accessKeyId: accessKeyOf(name), secretAccessKey: secretKeyOf(name), policy },
    concurrency: Math.min(mostInstances, properties.ReservedConcurrentExecutions ?? mostInstances),
  };
};

/**
 * Prepares the functions of the deployment; each starts at its first invocation.
 * @throws CloudError for layers, unknown runtimes and failure destinations that are no queue
 */
export const prepareFunctions = (
  deployment: Deployment,
  policies: ReadonlyMap<string, Policy>,
  gateway: Gateway,
  onLog: (line: { function: string; text: string }) => void,
): Functions => {
  const all = deployment.ofType("AWS::Lambda::Function").map((resource) => functionOf(resource, deployment, policies));
  const byName = new Map(all.flatMap((fn) => [[fn.name, fn] as const, [fn.arn, fn] as const]));
  const pools = new Map<string, Pool>(
    all.map((fn) => [fn.name, { instances: new Set(), idle: [], leastIdle: 0, waiting: [], answered: 0 }]),
  );
  const invokeConfigs = new Map(
    deployment
      .ofType("AWS::Lambda::EventInvokeConfig")
      .map((config) => [String(config.properties.FunctionName), config.properties]),
  );
  const stopping = new AbortController();

  const inline = new Map<string, string>();
  const codeOf = (fn: LambdaFunction): string => {
    const { Code } = fn.resource.properties;
    if (Code.ZipFile !== undefined) {
      const directory = inline.get(fn.name) ?? mkdtempSync(join(tmpdir(), "cloud-function-"));
      inline.set(fn.name, directory);
      writeFileSync(join(directory, "index.cjs"), Code.ZipFile);
      return directory;
    }
    const directory = deployment.assetDirectory(fn.resource.stack, String(Code.S3Key));
    if (!directory || !existsSync(directory))
      throw new CloudError(`The code of ${fn.name} (${Code.S3Key}) is not in the assembly.`);
    return directory;
  };

  const start = (fn: LambdaFunction): Instance => {
    const { properties } = fn.resource;
    const { region } = deployment.place;
    const memoryMegabytes = Number(properties.MemorySize ?? 128);
    const setup: WorkerSetup = {
      functionName: fn.name,
      functionArn: fn.arn,
      taskRoot: codeOf(fn),
      handler: String(properties.Handler),
      memoryMegabytes,
    };
    const environment = {
      ...Object.fromEntries(
        Object.entries(properties.Environment?.Variables ?? {}).map(([key, value]) => [key, String(value)]),
      ),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: fn.principal.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fn.principal.secretAccessKey,
      AWS_ENDPOINT_URL: gateway.url,
      AWS_EXECUTION_ENV: `AWS_Lambda_${properties.Runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: fn.name,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: "local",
      LAMBDA_TASK_ROOT: setup.taskRoot,
      LAMBDA_RUNTIME_DIR: "/var/runtime",
      _HANDLER: setup.handler,
      LANG: "en_US.UTF-8",
      TZ: ":UTC",
      PATH: process.env.PATH ?? "",
    };
    return startInstance(setup, environment, Number(properties.Timeout ?? 3), (text) =>
      onLog({ function: fn.name, text }),
    );
  };

  const acquire = async (fn: LambdaFunction, pool: Pool): Promise<Instance> => {
    const idle = pool.idle.pop();
    pool.leastIdle = Math.min(pool.leastIdle, pool.idle.length);
    if (idle) return idle;
    if (pool.instances.size < fn.concurrency) {
      const instance = start(fn);
      pool.instances.add(instance);
      return instance;
    }
    return new Promise((resolve) => pool.waiting.push(resolve));
  };

  const release = (fn: LambdaFunction, pool: Pool, instance: Instance, gone: boolean) => {
    if (gone) pool.instances.delete(instance);
    const next = pool.waiting.shift();
    if (next) {
      if (!gone) next(instance);
      else acquire(fn, pool).then(next);
    } else if (!gone && pool.instances.has(instance)) {
      pool.idle.push(instance);
    }
  };

  const attempt = async (fn: LambdaFunction, pool: Pool, event: string): Promise<Outcome> => {
    for (;;) {
      const instance = await acquire(fn, pool);
      if (!pool.instances.has(instance)) continue;
      const { outcome, gone } = await instance.run(event, randomUUID());
      if (!gone) pool.answered += 1;
      release(fn, pool, instance, gone);
      return outcome;
    }
  };

  const invoke = async (fn: LambdaFunction, event: string): Promise<Outcome> => {
    const pool = pools.get(fn.name);
    if (!pool || stopping.signal.aborted)
      return { ok: false, error: { errorType: "Stopped", errorMessage: "The cloud is stopping." } };
    if (fn.concurrency === 0)
      return {
        ok: false,
        error: { errorType: "TooManyRequestsException", errorMessage: `No concurrency is reserved for ${fn.name}.` },
      };
    const outcome = await attempt(fn, pool, event).catch((error: Error): Outcome => {
      return { ok: false, error: { errorType: error.name, errorMessage: error.message } };
    });
    if (!outcome.ok) onLog({ function: fn.name, text: `${outcome.error.errorType}: ${outcome.error.errorMessage}` });
    return outcome;
  };

  const giveUp = async (fn: LambdaFunction, event: string, outcome: Outcome, attempts: number) => {
    const config = invokeConfigs.get(fn.name);
    const destination = queueName(config?.DestinationConfig?.OnFailure?.Destination, "failed invocations");
    const deadLetters = queueName(fn.resource.properties.DeadLetterConfig?.TargetArn, "failed invocations");
    const send = (queue: string, body: unknown) =>
      gateway.call(fn.principal, "sqs", "AmazonSQS.SendMessage", {
        QueueUrl: `${gateway.url}/${deployment.place.account}/${queue}`,
        MessageBody: JSON.stringify(body),
      });
    const requestPayload = JSON.parse(event);
    if (destination)
      await send(destination, {
        version: "1.0",
        timestamp: new Date().toISOString(),
        requestContext: {
          requestId: randomUUID(),
          functionArn: `${fn.arn}:$LATEST`,
          condition: "RetriesExhausted",
          approximateInvokeCount: attempts,
        },
        requestPayload,
        responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
        responsePayload: outcome.ok ? JSON.parse(outcome.payload) : outcome.error,
      });
    if (deadLetters) await send(deadLetters, requestPayload);
    if (!destination && !deadLetters)
      onLog({ function: fn.name, text: `An asynchronous invocation was dropped after ${attempts} attempts.` });
  };

  const runLater = async (fn: LambdaFunction, event: string) => {
    const retries = Number(invokeConfigs.get(fn.name)?.MaximumRetryAttempts ?? 2);
    for (let attempt = 0; ; attempt++) {
      const outcome = await invoke(fn, event);
      if (outcome.ok || stopping.signal.aborted) return;
      if (attempt >= retries) return giveUp(fn, event, outcome, attempt + 1);
      await delay(retryDelays[attempt] ?? 2000, undefined, { signal: stopping.signal, ref: false });
    }
  };

  for (const fn of all) {
    gateway.admit(fn.principal);
    if (!String(fn.resource.properties.Runtime).startsWith("nodejs"))
      throw new CloudError(
        `This cloud runs Node.js functions only, not ${fn.resource.properties.Runtime} (${fn.name}).`,
      );
    codeOf(fn);
    queueName(fn.resource.properties.DeadLetterConfig?.TargetArn, "failed invocations");
    queueName(invokeConfigs.get(fn.name)?.DestinationConfig?.OnFailure?.Destination, "failed invocations");
  }

  const reaper = setInterval(() => {
    for (const pool of pools.values()) {
      // The last one stays warm.
      for (const instance of pool.idle.splice(0, Math.min(pool.leastIdle, pool.idle.length - 1))) {
        pool.instances.delete(instance);
        instance.kill();
      }
      pool.leastIdle = pool.idle.length;
    }
  }, idleMilliseconds).unref();

  const activity = (): Activity[] =>
    [...pools].map(([name, { instances, idle, answered }]) => ({
      name,
      atWork: instances.size - idle.length,
      answered,
    }));

  const kill = (name?: string): number => {
    let atWork = 0;
    for (const [owner, pool] of pools) {
      if (name !== undefined && owner !== name) continue;
      const victims = [...pool.instances];
      atWork += victims.length - pool.idle.length;
      pool.instances.clear();
      pool.idle.length = 0;
      for (const instance of victims) instance.kill();
    }
    return atWork;
  };

  return {
    all,
    find: (nameOrArn) => byName.get(nameOrArn),
    invoke,
    invokeLater: (fn, event) =>
      runLater(fn, event).catch((error: Error) => {
        if (error.name !== "AbortError") onLog({ function: fn.name, text: error.message });
      }),
    activity,
    kill,
    stop: () => {
      stopping.abort();
      clearInterval(reaper);
      kill();
      for (const directory of inline.values()) rmSync(directory, { recursive: true, force: true });
    },
  };
};
