import { openCheckpoints } from "./checkpoints.ts";
import { CloudError } from "./cloud-error.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { Deployment } from "./deployment.ts";
import type { DynamoDb } from "./dynamodb.ts";
import { createEventBus } from "./event-bus.ts";
import { queuePoliciesOf, type Targets } from "./event-targets.ts";
import { type Functions, type LambdaFunction, prepareFunctions } from "./functions.ts";
import type { Denial, Gateway } from "./gateway.ts";
import { createHttpApi } from "./http-api.ts";
import type { HttpServer } from "./http-server.ts";
import { rolePolicies } from "./iam.ts";
import { invokeApi } from "./invoke-api.ts";
import { lambdaPermissions } from "./lambda-permissions.ts";
import { parameterStore } from "./parameter-store.ts";
import type { RunningFacts } from "./place.ts";
import { type Mapping, type MappingContext, startQueueMapping } from "./queue-mapping.ts";
import type { QueuesAndBuckets } from "./queues-and-buckets.ts";
import { attributeOf } from "./resource-types.ts";
import { type Schedules, startSchedules } from "./schedules.ts";
import { startSecrets } from "./secrets.ts";
import { startStreamMapping } from "./stream-mapping.ts";

/** The servers that are up, and where to leave what must be undone. */
export interface RunningServices {
  deployment: Deployment;
  facts: RunningFacts;
  data: DataDirectory;
  server: HttpServer;
  gateway: Gateway;
  dynamodb: DynamoDb;
  queuesAndBuckets: QueuesAndBuckets;
  report: (line: string) => void;
  /** Schedules of the form rate(...) run by themselves. */
  timers: boolean;
  onLog: (line: { function: string; text: string }) => void;
  /** Steps that end the cloud, the last first. */
  undo: (() => unknown)[];
}

/** What runs once all resources of the templates are there. */
export interface RunningDeployment {
  functions: Functions;
  schedules: Schedules;
  dropped(): Denial[];
  unusedGrants(): Denial[];
  /** @throws CloudError when none, or more than one, has this name */
  functionNamed(name: string): LambdaFunction;
}

/** Grants for other services, such as logs, cannot be used here: nothing can be said about them. */
const servedHere = /^(dynamodb|sqs|s3|events|secretsmanager|ssm|lambda):/;

const findFunction = (functions: Functions, name: string): LambdaFunction => {
  const exact = functions.all.filter(
    ({ name: own, arn, resource }) => own === name || arn === name || resource.logicalId === name,
  );
  const found = exact.length > 0 ? exact : functions.all.filter(({ resource }) => resource.path?.includes(name));
  const [first, second] = found;
  if (!first || second) throw new CloudError(`There is ${second ? "more than one" : "no"} function named ${name}.`);
  return first;
};

const createStores = async ({ deployment, facts, data, gateway, dynamodb, queuesAndBuckets }: RunningServices) => {
  const { place } = deployment;
  const labels = new Map<string, string>();
  facts.streamLabel = (table) => {
    const label = labels.get(table);
    if (!label) throw new CloudError(`Table ${table} has no stream.`);
    return label;
  };
  for (const table of deployment.ofType("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")) {
    const label = await dynamodb.createTable(table);
    if (label) labels.set(table.physicalId, label);
  }
  for (const bucket of deployment.ofType("AWS::S3::Bucket")) queuesAndBuckets.createBucket(bucket.physicalId);
  for (const queue of deployment.ofType("AWS::SQS::Queue"))
    queuesAndBuckets.createQueue(
      queue,
      `${gateway.url}/${place.account}/${queue.physicalId}`,
      `arn:${place.partition}:sqs:${place.region}:${place.account}:${queue.physicalId}`,
    );
  const secrets = startSecrets(
    deployment.ofType("AWS::SecretsManager::Secret"),
    ({ stack, logicalId, type, properties }) =>
      attributeOf({ stack, logicalId, type, property: (name) => properties[name], place, facts }, "Id"),
    data.secrets,
  );
  facts.secretValue = (arn, key) => (key ? String(JSON.parse(secrets.value(arn))[key]) : secrets.value(arn));
  const parameters = deployment
    .ofType("AWS::SSM::Parameter")
    .map(
      ({ physicalId, properties }) =>
        [physicalId, { value: String(properties.Value), type: String(properties.Type) }] as const,
    );
  return { secrets, parameters: new Map(parameters) };
};

const startMappings = (services: RunningServices, functions: Functions): Mapping[] => {
  const { deployment, data, gateway, onLog } = services;
  const said = new Set<string>();
  const complain = (fn: LambdaFunction, text: string) => {
    if (said.has(`${fn.name} ${text}`)) return;
    said.add(`${fn.name} ${text}`);
    onLog({ function: fn.name, text });
  };
  const context: MappingContext = { deployment, functions, gateway, complain };
  return deployment.ofType("AWS::Lambda::EventSourceMapping").map((mapping) => {
    const fn = functions.find(String(mapping.properties.FunctionName));
    if (!fn)
      throw new CloudError(`The function of ${mapping.logicalId} (${mapping.stack}) is not in the stacks that run.`);
    const source = String(mapping.properties.EventSourceArn).split(":")[2];
    if (source !== "sqs" && source !== "dynamodb")
      throw new CloudError(
        `This cloud cannot read ${mapping.properties.EventSourceArn} (${mapping.logicalId} in ${mapping.stack}).`,
      );
    if (source === "sqs") return startQueueMapping(mapping, fn, context);
    const checkpoints = openCheckpoints(data.checkpoints(`${mapping.stack}-${mapping.logicalId}`));
    return startStreamMapping(mapping, fn, context, checkpoints);
  });
};

/**
 * Buckets that tell the default bus of their objects.
 * @throws CloudError for notifications to anything else
 */
const bucketsThatTell = (deployment: Deployment): ReadonlySet<string> => {
  const telling = new Set<string>();
  for (const { physicalId, logicalId, stack, properties } of deployment.ofType("AWS::S3::Bucket")) {
    const { EventBridgeConfiguration, ...others } = properties.NotificationConfiguration ?? {};
    if (Object.keys(others).length > 0)
      throw new CloudError(`This cloud knows no bucket notifications but to EventBridge (${logicalId} in ${stack}).`);
    if (EventBridgeConfiguration && EventBridgeConfiguration.EventBridgeEnabled !== false) telling.add(physicalId);
  }
  return telling;
};

/** Creates what the templates describe and lets it run. */
export const runDeployment = async (services: RunningServices): Promise<RunningDeployment> => {
  const { deployment, server, gateway, dynamodb, queuesAndBuckets, report, timers, onLog, undo } = services;
  const { secrets, parameters } = await createStores(services);
  const policies = rolePolicies(deployment);
  const functions = prepareFunctions(deployment, policies, gateway, onLog);
  const permissions = lambdaPermissions(deployment);
  const dropped = new Map<string, Denial>();
  const targets: Targets = {
    functions,
    permissions,
    queuePolicies: queuePoliciesOf(deployment),
    send: queuesAndBuckets.send,
    dropped: (denial) => {
      dropped.set(`${denial.function} ${denial.resource}`, denial);
      onLog({
        function: denial.function,
        text: `EVENT DROPPED: not allowed to do ${denial.action} on ${denial.resource}.`,
      });
    },
  };
  const bus = createEventBus(deployment, targets);
  const corsRules = new Map(
    deployment
      .ofType("AWS::S3::Bucket")
      .map(({ physicalId, properties }) => [physicalId, properties.CorsConfiguration?.CorsRules ?? []]),
  );
  const telling = bucketsThatTell(deployment);
  gateway.serve({
    dynamodb: dynamodb.forward,
    queuesAndBuckets: queuesAndBuckets.forward,
    events: bus.handle,
    secretsmanager: secrets.handle,
    ssm: parameterStore(parameters),
    invoke: invokeApi(functions),
    secretArn: secrets.arnOf,
    corsRules: (bucket) => corsRules.get(bucket) ?? [],
    objectCreated: (bucket, event) => {
      if (telling.has(bucket)) bus.tell(event);
    },
  });
  const handle = createHttpApi({ deployment, functions, permissions });
  const schedules = startSchedules(deployment, targets, policies, report, timers);
  const mappings = startMappings(services, functions);
  undo.push(() => {
    // The readers learn first that they are stopping, or they would take what ends now for failures and count them.
    const ends = mappings.map((mapping) => mapping.stop());
    functions.stop();
    return Promise.all(ends);
  });
  undo.push(() => schedules.stop());
  server.serve(handle);
  return {
    functions,
    schedules,
    dropped: () => [...dropped.values()],
    unusedGrants: () =>
      functions.all.flatMap(({ name, principal }) =>
        principal.policy === "everything"
          ? []
          : principal.policy
              .unused()
              .filter(({ action }) => servedHere.test(action))
              .map((need) => ({ function: name, ...need })),
      ),
    functionNamed: (name) => findFunction(functions, name),
  };
};
