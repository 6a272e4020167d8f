import { Duration } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { routes } from "#shared/contracts/http/index.ts";
import type { EnvironmentConfig } from "../config.ts";
import { AggregateTable } from "../patterns/aggregate-table.ts";
import { alarm } from "../patterns/alarm.ts";
import { grantRows } from "../patterns/grants.ts";
import { KeyRingSecret } from "../patterns/key-ring-secret.ts";
import type { Platform } from "../patterns/platform.ts";
import { QueueConsumer } from "../patterns/queue-consumer.ts";
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
          // Sparse: only deliveries that wait for their next attempt.
          indexName: "due",
          partitionKey: { name: "dueShard", type: AttributeType.STRING },
          sortKey: { name: "dueAt", type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["endpoint", "event", "time", "attempt", "version"],
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
    const outside = { ALLOWED_PRIVATE_HOSTS: platform.config.privateWebhookHosts.join() };

    const http = new ServiceFunction(this, "Http", {
      entry: "functions/webhooks/lambdas/http.ts",
      environment: { ...table, ...secrets, ...outside },
    });
    grantRows(data.table, http, ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]);
    data.signingKeys.grantReadTo(http);
    platform.api.answer(routes.webhooks, http);

    const attempts = new QueueConsumer(this, "OnAttemptDue", {
      platform,
      entry: "functions/webhooks/lambdas/on-attempt-due.ts",
      environment: { ...table, ...secrets, ...outside },
      impact: "Departments' systems do not hear of some events, or hear of them late.",
    });
    const queue = { ATTEMPTS_QUEUE_URL: attempts.queue.queueUrl };
    attempts.fn.addEnvironment("ATTEMPTS_QUEUE_URL", attempts.queue.queueUrl);
    grantRows(data.table, attempts.fn, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    data.signingKeys.grantReadTo(attempts.fn);
    grantSend(attempts.queue, attempts.fn);

    const givenUp = new MetricFilter(this, "GivenUp", {
      logGroup: attempts.fn.logGroup,
      filterPattern: FilterPattern.stringValue("$.message", "=", "webhook.delivery-failed"),
      metricNamespace: "Yimen/Webhooks",
      metricName: "DeliveriesGivenUp",
    });
    alarm(this, "DeliveryGivenUp", {
      platform,
      metric: givenUp.metric({ statistic: "sum", period: Duration.minutes(5) }),
      threshold: 1,
      says: "A department's system did not take an event in more than three days, or said that it is gone. Cases wait there unseen: tell the department; the log names the endpoint.",
    });

    const events = new QueueConsumer(this, "OnEvent", {
      platform,
      entry: "functions/webhooks/lambdas/on-event.ts",
      pattern: { source: [{ prefix: "yimen." }] as never },
      environment: { ...table, ...queue },
      impact: "Departments' systems do not hear of some events.",
    });
    grantRows(data.table, events.fn, ["dynamodb:Query", "dynamodb:PutItem"]);
    grantSend(attempts.queue, events.fn);

    const sweep = new ServiceFunction(this, "SweepDue", {
      entry: "functions/webhooks/lambdas/sweep-due.ts",
      timeout: Duration.seconds(50),
      environment: { ...table, ...queue },
    });
    grantRows(data.table, sweep, ["dynamodb:UpdateItem"], ["due"]);
    grantSend(attempts.queue, sweep);
    new Rule(this, "EveryMinute", {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    });
    alarm(this, "SweepFails", {
      platform,
      metric: sweep.metricErrors({ period: Duration.minutes(5) }),
      threshold: 3,
      says: "The sweep for overdue webhooks fails. Departments whose systems were down for more than a quarter of an hour do not hear of what they missed.",
    });
  }
}

const grantSend = (queue: Queue, grantee: IGrantable): void => {
  Grant.addToPrincipal({ grantee, actions: ["sqs:SendMessage"], resourceArns: [queue.queueArn] });
};
