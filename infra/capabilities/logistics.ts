import { Duration, SecretValue, Validations } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { ShipmentAttentionSettledV1, ShipmentRequestedV1, ShipmentSentV1 } from "#shared/contracts/events/logistics.ts";
import { routes } from "#shared/contracts/http/index.ts";
import type { EnvironmentConfig } from "../config.ts";
import { AggregateTable } from "../patterns/aggregate-table.ts";
import { alarm } from "../patterns/alarm.ts";
import { grantRows } from "../patterns/grants.ts";
import { KeyRingSecret } from "../patterns/key-ring-secret.ts";
import { keyRotation } from "../patterns/key-rotation.ts";
import type { Platform } from "../patterns/platform.ts";
import { QueueConsumer } from "../patterns/queue-consumer.ts";
import { Relay } from "../patterns/relay.ts";
import { ServiceFunction } from "../patterns/service-function.ts";
import { OF_CASES, OF_PAYMENTS } from "./logistics-events.ts";

/** What lists show of a shipment; nothing personal. */
const summary = ["application", "number", "division"];

export class LogisticsData extends Construct {
  readonly table: AggregateTable;
  readonly fieldKeys: KeyRingSecret;
  /** Trackers and carriers. */
  readonly outside: Secret;

  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, "Logistics");
    const key = (name: string) => ({ name, type: AttributeType.STRING });
    const sparse = (indexName: string, partition: string, sort: string, nonKeyAttributes: string[]) => ({
      indexName,
      partitionKey: key(partition),
      sortKey: key(sort),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes,
    });
    this.table = new AggregateTable(this, "Table", {
      retainData: config.retainData,
      indexes: [
        sparse("to-send", "sendKey", "sendAt", [...summary, "direction", "carrier", "readyAt"]),
        sparse("differences", "differenceKey", "differenceAt", [
          ...summary,
          "department",
          "difference",
          "foundAt",
          "due",
          "paid",
        ]),
        {
          indexName: "watch",
          partitionKey: key("watchShard"),
          sortKey: key("watchAt"),
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    this.fieldKeys = new KeyRingSecret(this, "FieldKeys", {
      retainData: config.retainData,
      description: "Encrypts addresses and journeys of parcels, and salts what the tracker signs with",
    });
    // Its values are the city's own: they are filled in by hand after the first deployment. Until then waybills are typed.
    this.outside = new Secret(this, "Outside", {
      description: "Accounts at Kuaidi100, SF and EMS, and how their pushes prove where they come from",
      secretStringValue: SecretValue.unsafePlainText("{}"),
    });
    Validations.of(this.outside).acknowledge({
      id: "AwsSolutions::AwsSolutions-SMG4",
      reason: "What stands in it is agreed with others; the deployment guide has the operator change it.",
    });
  }
}

export class LogisticsService extends Construct {
  constructor(scope: Construct, platform: Platform, data: LogisticsData) {
    super(scope, "Logistics");
    const { carriage, parcels } = platform.config;
    const environment = {
      TABLE_NAME: data.table.tableName,
      FIELD_KEYS_SECRET: data.fieldKeys.secretArn,
      QUIET_WORKING_DAYS: String(parcels.quietWorkingDays),
      UNSENT_WORKING_DAYS: String(parcels.unsentWorkingDays),
      ADDRESS_KEPT_DAYS: String(parcels.addressKeptDays),
    };
    const outside = { OUTSIDE_SECRET: data.outside.secretArn };
    const grantOutside = (grantee: IGrantable) =>
      Grant.addToPrincipal({
        grantee,
        actions: ["secretsmanager:GetSecretValue"],
        resourceArns: [data.outside.secretArn],
      });

    const http = new ServiceFunction(this, "Http", {
      entry: "functions/logistics/lambdas/http.ts",
      environment: { ...environment, ...outside, CARRIAGE_TARIFF: JSON.stringify(carriage) },
    });
    grantRows(data.table, http, ["dynamodb:GetItem", "dynamodb:PutItem"], ["to-send", "differences"]);
    data.fieldKeys.grantReadTo(http);
    grantOutside(http);
    platform.api.answer(routes.logistics, http);

    const callbacks = new ServiceFunction(this, "Callbacks", {
      entry: "functions/logistics/lambdas/callbacks.ts",
      environment: { ...environment, ...outside },
    });
    grantRows(data.table, callbacks, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]);
    data.fieldKeys.grantReadTo(callbacks);
    grantOutside(callbacks);
    platform.api.mount("/callbacks/logistics", callbacks);
    this.#alarmOnLines(platform, callbacks, {
      id: "CallbacksFail",
      line: "callback.failed",
      threshold: 10,
      says: "What carriers tell cannot be taken. Applicants see old news of their parcels; delivered results do not conclude their cases.",
    });
    this.#alarmOnLines(platform, callbacks, {
      id: "CallbacksForged",
      line: "callback.forged",
      threshold: 50,
      says: "Carriers' news is turned away because it does not prove where it comes from: a secret differs, a carrier pushes from new addresses, or someone forges it. Applicants may see old news of their parcels.",
    });

    const cases = new QueueConsumer(this, "OnCaseChanged", {
      platform,
      entry: "functions/logistics/lambdas/on-case-changed.ts",
      pattern: { detailType: OF_CASES },
      environment,
      impact: "Nothing can be sent for some cases, or something is sent for a case that was withdrawn.",
    });
    grantRows(data.table, cases.fn, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    data.fieldKeys.grantReadTo(cases.fn);

    const payments = new QueueConsumer(this, "OnPaymentChanged", {
      platform,
      entry: "functions/logistics/lambdas/on-payment-changed.ts",
      pattern: {
        detailType: OF_PAYMENTS,
        detail: { data: { purpose: { kind: ["shipment"] } } },
      },
      environment,
      impact: "Parcels whose carriage is paid are not sent.",
    });
    grantRows(data.table, payments.fn, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    data.fieldKeys.grantReadTo(payments.fn);

    const parcelsFollowed = new QueueConsumer(this, "OnShipmentChanged", {
      platform,
      entry: "functions/logistics/lambdas/on-shipment-changed.ts",
      pattern: {
        detailType: [ShipmentRequestedV1, ShipmentSentV1, ShipmentAttentionSettledV1].map(({ type }) => type),
      },
      // The tracker has 10 seconds; a batch is handled one after the other.
      batchSize: 2,
      environment: { ...environment, ...outside, API_URL: platform.api.url },
      impact: "Parcels that were sent are not followed: applicants see no news of them.",
    });
    grantRows(data.table, parcelsFollowed.fn, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]);
    data.fieldKeys.grantReadTo(parcelsFollowed.fn);
    grantOutside(parcelsFollowed.fn);

    const look = new ServiceFunction(this, "LookAtShipments", {
      entry: "functions/logistics/lambdas/look-at-shipments.ts",
      timeout: Duration.minutes(5),
      environment,
    });
    grantRows(data.table, look, ["dynamodb:GetItem", "dynamodb:PutItem"], ["watch"]);
    data.fieldKeys.grantReadTo(look);
    new Rule(this, "EveryHour", {
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(look, { retryAttempts: 0 })],
    });
    alarm(this, "LookFails", {
      platform,
      metric: look.metricErrors({ period: Duration.hours(6) }),
      threshold: 3,
      says: "Parcels are not looked after. Nobody is told of a parcel that does not move, or of carriage paid for a parcel that was never sent.",
    });

    keyRotation(this, { entry: "functions/logistics/lambdas/rotate-keys.ts", data, environment });

    new Relay(this, "Relay", {
      platform,
      table: data.table,
      impact: "Carriage is not asked for, and applicants, officers and their cases do not hear of parcels.",
    });
  }

  #alarmOnLines(
    platform: Platform,
    fn: ServiceFunction,
    { id, line, threshold, says }: { id: string; line: string; threshold: number; says: string },
  ): void {
    const lines = new MetricFilter(this, `${id}Lines`, {
      logGroup: fn.logGroup,
      filterPattern: FilterPattern.stringValue("$.message", "=", line),
      metricNamespace: "Yimen/Logistics",
      metricName: id,
    });
    alarm(this, id, {
      platform,
      metric: lines.metric({ statistic: "sum", period: Duration.minutes(5) }),
      threshold,
      says,
    });
  }
}
