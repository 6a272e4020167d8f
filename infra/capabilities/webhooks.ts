import { Duration } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { FilterPattern, type ILogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { routes } from "#shared/contracts/http/index.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { pullEvents } from "#shared/contracts/http/webhooks/feed.ts";
import type { EnvironmentConfig } from "../config.ts";
import { AggregateTable } from "../patterns/aggregate-table.ts";
import { alarm } from "../patterns/alarm.ts";
import { grantRows } from "../patterns/grants.ts";
import { KeyRingSecret } from "../patterns/key-ring-secret.ts";
import type { Platform } from "../patterns/platform.ts";
import { QueueConsumer } from "../patterns/queue-consumer.ts";
import { Relay } from "../patterns/relay.ts";
import { ServiceFunction } from "../patterns/service-function.ts";

export class WebhooksData extends Construct {
  readonly table: AggregateTable;
  readonly signingKeys: KeyRingSecret;

  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, "Webhooks");
    this.table = new AggregateTable(this, "Table", {
      retainData: config.retainData,
      indexes: [
        {
          // Sparse: what is to be looked at again, and when.
          indexName: "waiting",
          partitionKey: { name: "waitsIn", type: AttributeType.STRING },
          sortKey: { name: "waitsUntil", type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["endpoint", "department", "position", "id"],
        },
      ],
    });
    this.signingKeys = new KeyRingSecret(this, "SigningKeys", {
      retainData: config.retainData,
      description: "Encrypts the secrets with which webhooks are signed",
    });
  }
}

export class WebhooksService extends Construct {
  constructor(scope: Construct, platform: Platform, data: WebhooksData) {
    super(scope, "Webhooks");
    const table = { TABLE_NAME: data.table.tableName };
    const secrets = { SIGNING_KEYS_SECRET: data.signingKeys.secretArn };
    const outside = { ALLOWED_PRIVATE_HOSTS: platform.config.privateWebhookHosts.join(";") };

    /** Quick workers wait 3 s for an answer; who is later, or has failed, is left to slow ones, of which there are not many. */
    const lane = (id: string, speed: "quick" | "slow", patience: number, more: object) =>
      new QueueConsumer(this, id, {
        platform,
        entry: "functions/webhooks/lambdas/on-lane-woken.ts",
        environment: { ...table, ...secrets, ...outside, SPEED: speed, PATIENCE: String(patience) },
        impact: "Departments' systems do not hear of some events, or hear of them late.",
        ...more,
      });
    const quick = lane("OnLaneWoken", "quick", 3, {});
    const slow = lane("OnSlowLaneWoken", "slow", 15, { timeout: Duration.seconds(60), maxConcurrency: 20 });
    const lanes = [quick, slow];
    const queues = { QUICK_QUEUE_URL: quick.queue.queueUrl, SLOW_QUEUE_URL: slow.queue.queueUrl };
    const grantWakes = (grantee: IGrantable, to = lanes) => grantSend(to, grantee);
    for (const { fn } of lanes) {
      for (const [name, url] of Object.entries(queues)) fn.addEnvironment(name, url);
      grantRows(
        data.table,
        fn,
        ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:DeleteItem"],
        ["waiting"],
      );
      data.signingKeys.grantReadTo(fn);
      grantWakes(fn);
    }

    const http = new ServiceFunction(this, "Http", {
      entry: "functions/webhooks/lambdas/http.ts",
      environment: { ...table, ...secrets, ...outside, ...queues },
    });
    grantRows(data.table, http, [
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    ]);
    data.signingKeys.grantReadTo(http);
    grantWakes(http);
    const pulls = ({ operation }: Route) => operation === pullEvents.operation;
    platform.api.answer([...routes.webhooks, ...routes.feed.filter((route) => !pulls(route))], http);

    // Who waits for an event holds an instance all that time: nobody else is to wait behind them.
    const pull = new ServiceFunction(this, "PullEvents", {
      entry: "functions/webhooks/lambdas/pull-events.ts",
      timeout: Duration.seconds(28),
      memory: 256,
      environment: table,
    });
    grantRows(data.table, pull, ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]);
    platform.api.answer(routes.feed.filter(pulls), pull);

    const events = new QueueConsumer(this, "OnEvent", {
      platform,
      entry: "functions/webhooks/lambdas/on-event.ts",
      pattern: { source: [{ prefix: "yimen." }] as never },
      environment: { ...table, ...queues },
      impact: "Departments' systems do not hear of some events, neither pushed nor pulled.",
    });
    grantRows(data.table, events.fn, ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]);
    grantWakes(events.fn, [quick]);

    const sweep = new ServiceFunction(this, "SweepDue", {
      entry: "functions/webhooks/lambdas/sweep-due.ts",
      timeout: Duration.seconds(50),
      environment: { ...table, ...queues },
    });
    grantRows(data.table, sweep, [], ["waiting"]);
    grantWakes(sweep, [slow]);
    new Rule(this, "EveryMinute", {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    });

    const noteTails = new ServiceFunction(this, "NoteTails", {
      entry: "functions/webhooks/lambdas/note-tails.ts",
      timeout: Duration.minutes(5),
      environment: table,
    });
    grantRows(data.table, noteTails, ["dynamodb:Query", "dynamodb:PutItem"]);
    new Rule(this, "EveryDay", {
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(noteTails)],
    });

    new Relay(this, "Relay", {
      platform,
      table: data.table,
      // Only endpoints have news of their own; the feed and the deliveries are most of the rows.
      rows: "department#",
      impact: "Nobody is told that a department's endpoint fails, and test events do not go out.",
    });

    const logged = (id: string, code: string, groups: readonly ILogGroup[], says: string) =>
      groups.forEach((logGroup, index) => {
        const lines = new MetricFilter(this, `${id}Lines${index}`, {
          logGroup,
          filterPattern: FilterPattern.stringValue("$.message", "=", code),
          metricNamespace: "Yimen/Webhooks",
          metricName: id,
        });
        if (index === 0)
          alarm(this, id, {
            platform,
            metric: lines.metric({ statistic: "sum", period: Duration.minutes(5) }),
            threshold: 1,
            says,
          });
      });
    const workers = lanes.map(({ fn }) => fn.logGroup);
    logged(
      "DeliveryGivenUp",
      "webhook.delivery-failed",
      workers,
      "A department's system did not take an event in more than three days, or said that it is gone. Cases wait there unseen: tell the department; the log names the endpoint.",
    );
    logged(
      "EndpointSwitchedOff",
      "webhook.endpoint-disabled",
      workers,
      "A department's endpoint is switched off, having failed for five days or said that it is gone. Its officers see nothing new in their own system until it is enabled again.",
    );
    logged(
      "EventTooLarge",
      "feed.event-too-large",
      [events.fn.logGroup],
      "An event is larger than the 20 KB that receivers take and reaches no department. Its case waits there unseen; the event lies in the dead-letter queue.",
    );
    alarm(this, "SweepFails", {
      platform,
      metric: sweep.metricErrors({ period: Duration.minutes(5) }),
      threshold: 3,
      says: "The sweep for overdue webhooks fails. Departments whose systems were down for more than a quarter of an hour do not hear of what they missed.",
    });
    alarm(this, "TailsNotNoted", {
      platform,
      metric: noteTails.metricErrors({ period: Duration.days(1) }),
      threshold: 1,
      says: "The ends of the event feeds were not noted. Nobody notices yet; after four weeks of this, a quiet department's feed would begin anew under old positions.",
    });
  }
}

const grantSend = (lanes: readonly QueueConsumer[], grantee: IGrantable): void => {
  Grant.addToPrincipal({
    grantee,
    actions: ["sqs:SendMessage"],
    resourceArns: lanes.map(({ queue }) => queue.queueArn),
  });
};
