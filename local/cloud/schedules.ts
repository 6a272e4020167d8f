import { randomUUID } from "node:crypto";
import type { TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import type { Deployment, Resource } from "./deployment.ts";
import { type Targets, targetsOf } from "./event-targets.ts";
import type { Policy } from "./iam.ts";

/** Scheduled rules and schedules. */
export interface Schedules {
  /**
   * Runs one now, by physical name, logical id or a part of its construct path, and waits until what it invokes has ended, for good or
   * with all its retries; a message is only sent. @throws CloudError if there is none
   */
  fire(name: string): Promise<void>;
  stop(): void;
}

interface Schedule {
  resource: Resource;
  expression: string;
  fire(): Promise<void>;
}

const units: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Milliseconds of rate(...), or undefined for cron(...) and at(...). */
export const rateMilliseconds = (expression: string): number | undefined => {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return count && unit ? Number(count) * (units[unit] ?? 0) : undefined;
};

const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

const ruleSchedule = (resource: Resource, deployment: Deployment, targets: Targets): Schedule => {
  const { account, region, partition } = deployment.place;
  const arn = `arn:${partition}:events:${region}:${account}:rule/${resource.physicalId}`;
  const compiled = targetsOf(resource, arn, targets);
  return {
    resource,
    expression: String(resource.properties.ScheduleExpression),
    fire: async () => {
      const event = {
        version: "0",
        id: randomUUID(),
        "detail-type": "Scheduled Event",
        source: "aws.events",
        account,
        time: now(),
        region,
        resources: [arn],
        detail: {},
      };
      await Promise.all(compiled.map((target) => target.deliver(event)));
    },
  };
};

const schedulerSchedule = (resource: Resource, targets: Targets, policies: ReadonlyMap<string, Policy>): Schedule => {
  const target: TemplateValue = resource.properties.Target;
  const arn = String(target.Arn);
  const role = policies.get(String(target.RoleArn));
  const [service] = arn.split(":").slice(2);
  if (service !== "sqs" && service !== "lambda")
    throw new CloudError(`This cloud cannot schedule calls of ${arn} (${resource.logicalId}).`);
  const action = service === "sqs" ? "sqs:SendMessage" : "lambda:InvokeFunction";
  return {
    resource,
    expression: String(resource.properties.ScheduleExpression),
    fire: async () => {
      if (!role?.allows({ action, resource: arn })) {
        targets.dropped({ function: resource.physicalId, action, resource: arn });
        return;
      }
      const input = String(target.Input ?? "{}");
      const fn = targets.functions.find(arn);
      if (fn) await targets.functions.invokeLater(fn, input);
      else targets.send(arn.split(":").at(-1) ?? "", input, target.SqsParameters?.MessageGroupId);
    },
  };
};

/** Starts the schedules: rate(...) runs in real time from now, unless no timers are wanted; any other runs only when fired. */
export const startSchedules = (
  deployment: Deployment,
  targets: Targets,
  policies: ReadonlyMap<string, Policy>,
  report: (line: string) => void,
  withTimers = true,
): Schedules => {
  const schedules = [
    ...deployment
      .ofType("AWS::Events::Rule")
      .filter(({ properties }) => properties.ScheduleExpression)
      .map((rule) => ruleSchedule(rule, deployment, targets)),
    ...deployment.ofType("AWS::Scheduler::Schedule").map((schedule) => schedulerSchedule(schedule, targets, policies)),
  ];
  const timers: NodeJS.Timeout[] = [];
  const manual: string[] = [];
  for (const { resource, expression, fire } of schedules) {
    if (resource.properties.State === "DISABLED") continue;
    const every = withTimers && rateMilliseconds(expression);
    if (every) timers.push(setInterval(fire, every).unref());
    else manual.push(`${resource.physicalId} (${expression})`);
  }
  if (manual.length > 0) report(`Schedules that run only when fired: ${manual.join(", ")}.`);
  return {
    fire: async (name) => {
      const found = schedules.find(
        ({ resource }) => resource.physicalId === name || resource.logicalId === name || resource.path?.includes(name),
      );
      if (!found) throw new CloudError(`There is no schedule ${name}.`);
      await found.fire();
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
};
