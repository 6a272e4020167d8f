import { randomUUID } from "node:crypto";
import type { TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import type { Deployment, Resource } from "./deployment.ts";
import { compilePattern, type Matcher } from "./event-pattern.ts";
import { type RuleTarget, type Targets, targetsOf } from "./event-targets.ts";
import type { JsonCall } from "./needs.ts";
import { type Answer, jsonAnswer, jsonError } from "./wire.ts";

/** Most bytes of all entries of one PutEvents call together. */
const mostBytes = 262_144;

interface Rule {
  name: string;
  arn: string;
  matches: Matcher;
  targets: RuleTarget[];
}

/** EventBridge: custom buses and the default one, with their rules. */
export interface EventBus {
  handle(call: JsonCall): Answer;
  /** An event of an AWS service, which goes to the default bus. */
  tell(event: TemplateValue): void;
}

const arnOf = (rule: Resource, deployment: Deployment) => {
  const { partition, region, account } = deployment.place;
  const bus = busName(rule.properties.EventBusName);
  return `arn:${partition}:events:${region}:${account}:rule/${bus === "default" ? "" : `${bus}/`}${rule.physicalId}`;
};

const busName = (nameOrArn: unknown): string =>
  String(nameOrArn ?? "default")
    .split("/")
    .at(-1) ?? "default";

const rulesByBus = (deployment: Deployment, targets: Targets): Map<string, Rule[]> => {
  const rules = new Map<string, Rule[]>([["default", []]]);
  for (const bus of deployment.ofType("AWS::Events::EventBus")) rules.set(bus.physicalId, []);
  for (const resource of deployment.ofType("AWS::Events::Rule")) {
    const { EventPattern, EventBusName, State } = resource.properties;
    if (!EventPattern || State === "DISABLED") continue;
    const bus = busName(EventBusName);
    const arn = arnOf(resource, deployment);
    const rule = {
      name: resource.physicalId,
      arn,
      matches: compilePattern(EventPattern, resource.logicalId),
      targets: targetsOf(resource, arn, targets),
    };
    const onBus = rules.get(bus);
    if (!onBus)
      throw new CloudError(`The event bus ${bus} of rule ${resource.logicalId} is not in the stacks that run.`);
    onBus.push(rule);
  }
  return rules;
};

const faultOf = (entry: TemplateValue): [string, string] | undefined => {
  for (const name of ["Source", "DetailType", "Detail"])
    if (!entry[name])
      return ["InvalidArgument", `Parameter ${name} is not valid. Reason: ${name} is a required argument.`];
  try {
    const detail = JSON.parse(entry.Detail);
    if (detail !== null && typeof detail === "object" && !Array.isArray(detail)) return undefined;
  } catch {
    // Reported with the sentence below, as any other text that is not an object.
  }
  return ["MalformedDetail", "Detail is malformed."];
};

/** Builds EventBridge from the rules of the templates. Events go to their targets before PutEvents answers. */
export const createEventBus = (deployment: Deployment, targets: Targets): EventBus => {
  const rules = rulesByBus(deployment, targets);
  const { account, region } = deployment.place;

  const publish = (bus: string, event: Omit<TemplateValue, "id">): string => {
    const id = randomUUID();
    const envelope = { version: "0", id, ...event };
    for (const rule of rules.get(bus) ?? []) {
      if (!rule.matches(envelope)) continue;
      for (const target of rule.targets) void target.deliver(envelope);
    }
    return id;
  };
  const envelopeOf = (entry: TemplateValue) => ({
    "detail-type": entry.DetailType,
    source: entry.Source,
    account,
    time: new Date(entry.Time ? Number(entry.Time) * 1000 : Date.now()).toISOString().replace(/\.\d+Z$/, "Z"),
    region,
    resources: entry.Resources ?? [],
    detail: JSON.parse(entry.Detail),
  });

  const put = (entry: TemplateValue): TemplateValue => {
    const fault = faultOf(entry);
    if (fault) return { ErrorCode: fault[0], ErrorMessage: fault[1] };
    // An event for a bus without a rule that matches, or for no bus at all, is accepted and gone: as on AWS.
    return { EventId: publish(busName(entry.EventBusName), envelopeOf(entry)) };
  };

  return {
    tell: (event) => void publish("default", event),
    handle: ({ operation, input }) => {
      if (operation !== "PutEvents")
        return jsonError("UnknownOperationException", `This cloud does not know events:${operation}.`);
      const entries: TemplateValue[] = input.Entries ?? [];
      if (entries.length === 0 || entries.length > 10)
        return jsonError(
          "ValidationException",
          "1 validation error detected: Value at 'entries' must have length between 1 and 10",
        );
      const size = entries.reduce(
        (sum, entry) => sum + Buffer.byteLength(`${entry.Source}${entry.DetailType}${entry.Detail}`),
        0,
      );
      if (size > mostBytes)
        return jsonError("ValidationException", "Total size of the entries in the request is over the limit.");
      const results = entries.map(put);
      return jsonAnswer({ FailedEntryCount: results.filter((result) => result.ErrorCode).length, Entries: results });
    },
  };
};
