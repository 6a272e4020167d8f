import { Duration, Validations } from "aws-cdk-lib";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Grant } from "aws-cdk-lib/aws-iam";
import { FilterCriteria, FilterRule, type IEventSourceDlq, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { DynamoEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { alarm } from "./alarm.ts";
import { importedArn } from "./imported-arn.ts";
import type { Platform } from "./platform.ts";
import { ServiceFunction } from "./service-function.ts";

export interface RelayProps {
  readonly platform: Pick<Platform, "bus" | "failures" | "alarms">;
  readonly table: TableV2;
  /** How the keys of the rows begin that have events, in a table where most have none; all rows unless told. */
  readonly rows?: string;
  /** What a citizen or officer notices when events of this table are late or lost. */
  readonly impact: string;
}

/** Publishes the outbox of a table's stream to the bus, in the order of each aggregate's changes. */
export class Relay extends Construct {
  constructor(scope: Construct, id: string, { platform, table, rows, impact }: RelayProps) {
    super(scope, id);
    const fn = new ServiceFunction(this, "Fn", {
      entry: "functions/platform/lambdas/relay.ts",
      timeout: Duration.seconds(30),
      environment: { BUS_NAME: platform.bus.eventBusName },
    });
    platform.bus.grantPutEventsTo(fn);
    fn.addEventSource(
      new DynamoEventSource(table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: 50,
        onFailure: keepWhole(platform.failures),
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.or("INSERT", "MODIFY"),
            ...(rows !== undefined && { dynamodb: { Keys: { pk: { S: FilterRule.beginsWith(rows) } } } }),
          }),
        ],
      }),
    );
    Validations.of(this).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::${importedArn(this, platform.failures)}/aws/lambda/*]`,
      reason: "Lambda names the objects of its failure destination itself, below aws/lambda/.",
    });
    const stuck = new MetricFilter(this, "StuckLines", {
      logGroup: fn.logGroup,
      filterPattern: FilterPattern.stringValue("$.message", "=", "relay.*"),
      metricNamespace: "Yimen/Relay",
      metricName: `Stuck-${this.node.path.replaceAll("/", "-")}`,
    });
    alarm(this, "Stuck", {
      platform,
      metric: stuck.metric({ statistic: "sum", period: Duration.minutes(5) }),
      threshold: 5,
      says: `The bus refuses events, or a record cannot be read; after 50 tries it lies in the bucket of unpublished records. ${impact}`,
    });
    alarm(this, "Late", {
      platform,
      metric: fn.metric("IteratorAge", { statistic: "max", period: Duration.minutes(1) }),
      threshold: 60_000,
      says: `Events are published more than a minute late. ${impact}`,
    });
    alarm(this, "Lost", {
      platform,
      metric: fn.metric("DestinationDeliveryFailures", { statistic: "sum", period: Duration.minutes(1) }),
      threshold: 1,
      says: `Events could neither be published nor kept for a person to look at. ${impact}`,
    });
  }
}

/** CDK's own S3OnFailureDestination lets the function read and delete everything in the bucket; it needs only to add. */
const keepWhole = (bucket: Bucket): IEventSourceDlq => ({
  bind: (_mapping, fn) => {
    Grant.addToPrincipal({ grantee: fn, actions: ["s3:ListBucket"], resourceArns: [bucket.bucketArn] });
    Grant.addToPrincipal({
      grantee: fn,
      actions: ["s3:PutObject"],
      resourceArns: [bucket.arnForObjects("aws/lambda/*")],
    });
    return { destination: bucket.bucketArn };
  },
});
