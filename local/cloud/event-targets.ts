import type { TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import type { Deployment, Resource } from "./deployment.ts";
import type { Functions } from "./functions.ts";
import type { Denial } from "./gateway.ts";
import { compilePolicy, type Policy } from "./iam.ts";
import type { LambdaPermissions } from "./lambda-permissions.ts";

/** Where a rule or a schedule sends events. */
export interface RuleTarget {
  /** A message is sent on return; what is returned resolves when a function has ended, and that it fails is no fault of the sender. */
  deliver(event: TemplateValue): Promise<void> | undefined;
}

/** What targets are made of. */
export interface Targets {
  functions: Functions;
  permissions: LambdaPermissions;
  queuePolicies: ReadonlyMap<string, Policy>;
  send(queue: string, body: string, group?: string): void;
  /** Says loudly, and counts, that an event was dropped because its sender had no right. */
  dropped(denial: Denial): void;
}

/** The policies of the queues, by queue name. */
export const queuePoliciesOf = (deployment: Deployment): Map<string, Policy> => {
  const documents = new Map<string, TemplateValue[]>();
  for (const policy of deployment.ofType("AWS::SQS::QueuePolicy"))
    for (const url of policy.properties.Queues as string[]) {
      const name = url.split("/").at(-1) ?? "";
      documents.set(name, [...(documents.get(name) ?? []), policy.properties.PolicyDocument]);
    }
  return new Map([...documents].map(([name, own]) => [name, compilePolicy(own, `the policy of queue ${name}`)]));
};

const queueTarget = (target: TemplateValue, sourceArn: string, targets: Targets): RuleTarget => {
  const arn = String(target.Arn);
  const name = arn.split(":").at(-1) ?? "";
  const allowedOn = (queueArn: string) =>
    targets.queuePolicies
      .get(queueArn.split(":").at(-1) ?? "")
      ?.allows(
        { action: "sqs:SendMessage", resource: queueArn },
        { "aws:SecureTransport": "true", "aws:SourceArn": sourceArn, "aws:SourceAccount": arn.split(":")[4] ?? "" },
        "events.amazonaws.com",
      ) ?? false;
  const deadLetters = target.DeadLetterConfig?.Arn;
  return {
    deliver: (event) => {
      const body = target.Input ?? JSON.stringify(event);
      if (allowedOn(arn)) {
        targets.send(name, body, target.SqsParameters?.MessageGroupId);
        return undefined;
      }
      targets.dropped({ function: sourceArn, action: "sqs:SendMessage", resource: arn });
      if (deadLetters && allowedOn(deadLetters)) targets.send(String(deadLetters).split(":").at(-1) ?? "", body);
      return undefined;
    },
  };
};

const functionTarget = (target: TemplateValue, sourceArn: string, targets: Targets): RuleTarget => {
  const fn = targets.functions.find(String(target.Arn));
  if (!fn) throw new CloudError(`The target ${target.Arn} of ${sourceArn} is not in the stacks that run.`);
  return {
    deliver: (event) => {
      if (targets.permissions.allows(fn.name, "events.amazonaws.com", sourceArn))
        return targets.functions.invokeLater(fn, target.Input ?? JSON.stringify(event));
      targets.dropped({ function: sourceArn, action: "lambda:InvokeFunction", resource: fn.arn });
      return undefined;
    },
  };
};

/**
 * The targets of a rule.
 * @throws CloudError for input transformers and targets other than queues and functions
 */
export const targetsOf = (rule: Resource, ruleArn: string, targets: Targets): RuleTarget[] =>
  (rule.properties.Targets ?? []).map((target: TemplateValue) => {
    for (const unknown of ["InputTransformer", "InputPath"])
      if (target[unknown])
        throw new CloudError(
          `This cloud does not know ${unknown} of a rule's target (${rule.logicalId} in ${rule.stack}).`,
        );
    const service = String(target.Arn).split(":")[2];
    if (service === "sqs") return queueTarget(target, ruleArn, targets);
    if (service === "lambda") return functionTarget(target, ruleArn, targets);
    throw new CloudError(`This cloud cannot send events to ${target.Arn} (${rule.logicalId} in ${rule.stack}).`);
  });
