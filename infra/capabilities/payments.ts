import { Duration, SecretValue, Size, Validations } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import {
  ApplicationDeclinedV1,
  ApplicationLapsedV1,
  ApplicationRevokedV1,
  ApplicationWithdrawnV1,
  FeeDueV1,
} from "#shared/contracts/events/applications.ts";
import { ShipmentCancelledV1, ShipmentFeeDueV1 } from "#shared/contracts/events/logistics.ts";
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

export class PaymentsData extends Construct {
  readonly table: AggregateTable;
  readonly fieldKeys: KeyRingSecret;
  /** Merchant numbers, keys and addresses of the payment providers and the treasury. */
  readonly providers: Secret;

  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, "Payments");
    const key = (name: string) => ({ name, type: AttributeType.STRING });
    this.table = new AggregateTable(this, "Table", {
      retainData: config.retainData,
      indexes: [
        {
          indexName: "by-case",
          partitionKey: key("caseKey"),
          sortKey: key("openedKey"),
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          // Sparse: only orders for which something is to be done without being asked.
          indexName: "due",
          partitionKey: key("dueShard"),
          sortKey: key("dueAt"),
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    this.fieldKeys = new KeyRingSecret(this, "FieldKeys", {
      retainData: config.retainData,
      description: "Encrypts the names on fiscal receipts and signs the links to them",
    });
    // Its values are the city's own: they are filled in by hand after the first deployment. Until then no provider is offered.
    this.providers = new Secret(this, "Providers", {
      description: "How payments reach WeChat Pay, Alipay, UnionPay and the treasury",
      secretStringValue: SecretValue.unsafePlainText("{}"),
    });
    Validations.of(this.providers).acknowledge({
      id: "AwsSolutions::AwsSolutions-SMG4",
      reason: "What stands in it is agreed with the providers; the runbook has the operator change it.",
    });
  }

  grantProviders(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ["secretsmanager:GetSecretValue"],
      resourceArns: [this.providers.secretArn],
    });
  }
}

/** Beijing has kept UTC+8 since 1991: 10:30, 12:30, ... 18:30 there. */
const BILL_HOURS = "2-10/2";

export class PaymentsService extends Construct {
  constructor(scope: Construct, platform: Platform, data: PaymentsData) {
    super(scope, "Payments");
    const table = { TABLE_NAME: data.table.tableName };
    const own = { ...table, FIELD_KEYS_SECRET: data.fieldKeys.secretArn };
    const outside = { PROVIDERS_SECRET: data.providers.secretArn, API_URL: platform.api.url };

    const comparisons = new QueueConsumer(this, "OnComparisonDue", {
      platform,
      entry: "functions/payments/lambdas/on-comparison-due.ts",
      environment: { ...own, ...outside },
      timeout: Duration.minutes(15),
      batchSize: 1,
      memory: 1024,
      disk: Size.gibibytes(2),
      impact: "A day's payments are not compared with the provider's bill; money that nobody noticed stays unnoticed.",
    });
    grantRows(data.table, comparisons.fn, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]);
    data.fieldKeys.grantReadTo(comparisons.fn);
    data.grantProviders(comparisons.fn);
    const queue = { COMPARISONS_QUEUE_URL: comparisons.queue.queueUrl };
    const grantCompare = (grantee: IGrantable) =>
      Grant.addToPrincipal({
        grantee,
        actions: ["sqs:SendMessage"],
        resourceArns: [comparisons.queue.queueArn],
      });

    const http = new ServiceFunction(this, "Http", {
      entry: "functions/payments/lambdas/http.ts",
      environment: { ...own, ...outside, ...queue },
    });
    grantRows(data.table, http, ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"], ["by-case"]);
    data.fieldKeys.grantReadTo(http);
    data.grantProviders(http);
    grantCompare(http);
    platform.api.answer(routes.payments, http);

    const callbacks = new ServiceFunction(this, "Callbacks", {
      entry: "functions/payments/lambdas/callbacks.ts",
      environment: { ...own, ...outside },
    });
    grantRows(data.table, callbacks, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    data.fieldKeys.grantReadTo(callbacks);
    data.grantProviders(callbacks);
    platform.api.mount("/callbacks/payments", callbacks);

    const receipts = new ServiceFunction(this, "Receipts", {
      entry: "functions/payments/lambdas/receipts.ts",
      environment: own,
      memory: 1024,
    });
    grantRows(data.table, receipts, ["dynamodb:GetItem"]);
    data.fieldKeys.grantReadTo(receipts);
    platform.api.mount("/receipts", receipts);

    const feeDue = new QueueConsumer(this, "OnFeeDue", {
      platform,
      entry: "functions/payments/lambdas/on-fee-due.ts",
      pattern: { detailType: [FeeDueV1.type, ShipmentFeeDueV1.type] },
      environment: own,
      impact: "Applicants cannot pay a fee that is due; their cases and parcels wait.",
    });
    grantRows(data.table, feeDue.fn, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    data.fieldKeys.grantReadTo(feeDue.fn);

    const needless = new QueueConsumer(this, "OnPaymentNeedless", {
      platform,
      entry: "functions/payments/lambdas/on-payment-needless.ts",
      pattern: {
        detailType: [
          ApplicationWithdrawnV1.type,
          ApplicationDeclinedV1.type,
          ApplicationLapsedV1.type,
          ApplicationRevokedV1.type,
          ShipmentCancelledV1.type,
        ],
      },
      environment: own,
      impact: "Applicants can still pay for a case that has ended; it is given back only when somebody notices.",
    });
    grantRows(data.table, needless.fn, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    data.fieldKeys.grantReadTo(needless.fn);

    const sweep = new ServiceFunction(this, "SweepOrders", {
      entry: "functions/payments/lambdas/sweep-orders.ts",
      environment: { ...own, ...outside },
      timeout: Duration.seconds(58),
    });
    grantRows(data.table, sweep, ["dynamodb:GetItem", "dynamodb:PutItem"], ["due"]);
    data.fieldKeys.grantReadTo(sweep);
    data.grantProviders(sweep);
    new Rule(this, "EveryMinute", {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    });

    const bills = new ServiceFunction(this, "BillsReady", {
      entry: "functions/payments/lambdas/ask-for-bills.ts",
      environment: { ...table, ...queue, PROVIDERS_SECRET: data.providers.secretArn },
      timeout: Duration.seconds(30),
    });
    grantRows(data.table, bills, ["dynamodb:GetItem"]);
    data.grantProviders(bills);
    grantCompare(bills);
    new Rule(this, "BillHours", {
      schedule: Schedule.cron({ minute: "30", hour: BILL_HOURS }),
      targets: [new LambdaFunction(bills)],
    });

    keyRotation(this, { entry: "functions/payments/lambdas/rotate-keys.ts", data });

    new Relay(this, "Relay", {
      platform,
      table: data.table,
      impact: "Cases and parcels do not go on although they are paid.",
    });
    this.#alarms(platform, { callbacks, sweep, bills, compare: comparisons.fn });
  }

  #alarms(
    platform: Platform,
    fns: { callbacks: ServiceFunction; sweep: ServiceFunction; bills: ServiceFunction; compare: ServiceFunction },
  ): void {
    const logged = (
      id: string,
      fn: ServiceFunction,
      pattern: ReturnType<typeof FilterPattern.stringValue>,
      metricName = id,
    ) =>
      new MetricFilter(this, id, {
        logGroup: fn.logGroup,
        filterPattern: pattern,
        metricNamespace: "Yimen/Payments",
        metricName,
      }).metric({ statistic: "sum", period: Duration.minutes(5) });
    const message = (code: string) => FilterPattern.stringValue("$.message", "=", code);

    alarm(this, "UnknownMoney", {
      platform,
      metric: logged(
        "GenuineRefused",
        fns.callbacks,
        FilterPattern.all(message("callback.refused"), FilterPattern.booleanValue("$.genuine", true)),
      ),
      threshold: 1,
      says: "A provider told, with a good signature, of money that fits no order of ours or another amount. Somebody may have paid and still be asked to pay.",
    });
    alarm(this, "CallbacksRefused", {
      platform,
      metric: logged("CallbackRefused", fns.callbacks, message("callback.refused")),
      threshold: 50,
      says: "Many callbacks of payment providers are refused: somebody forges them, or a provider's key has changed and people who have paid wait.",
    });
    // What goes wrong inside is answered with 500 or 503 and logged; the function's own errors tell only of its death.
    alarm(this, "CallbacksFail", {
      platform,
      metric: logged("CallbackFailed", fns.callbacks, message("callback.failed")),
      threshold: 3,
      says: "Callbacks of payment providers cannot be taken in. Who has paid waits until orders are asked for on schedule.",
    });
    alarm(this, "CallbacksNotVerified", {
      platform,
      metric: logged("CallbackNotVerified", fns.callbacks, message("callback.not-verified")),
      threshold: 10,
      says: "WeChat Pay's certificates cannot be fetched, so its callbacks cannot be verified. Who has paid by WeChat waits until orders are asked for on schedule.",
    });
    alarm(this, "CallbacksDie", {
      platform,
      metric: fns.callbacks.metricErrors({ period: Duration.minutes(5) }).with({ statistic: "sum" }),
      threshold: 3,
      says: "The function that takes callbacks of payment providers dies. Who has paid waits until orders are asked for on schedule.",
    });
    const reportRefused = logged("ReportRefused", fns.sweep, message("payment.report-refused"));
    // Into the same metric: the comparison of a day asks for orders too.
    logged("ReportRefusedOfDay", fns.compare, message("payment.report-refused"), "ReportRefused");
    alarm(this, "MoneyDiffers", {
      platform,
      metric: reportRefused,
      threshold: 1,
      says: "A provider, asked, tells of a payment or refund of another amount than the order's. Somebody has paid and is still asked to pay, or waits for money.",
    });
    alarm(this, "SweepFails", {
      platform,
      metric: logged("SweepFailed", fns.sweep, message("payment.sweep-failed")),
      threshold: 3,
      says: "Orders cannot be looked after: payments without callback stay unseen, refunds are not sent, receipts not made out.",
    });
    alarm(this, "SweepDies", {
      platform,
      metric: fns.sweep.metricErrors({ period: Duration.minutes(5) }),
      threshold: 3,
      says: "The sweep of payment orders does not run: payments without callback stay unseen, refunds are not sent, receipts not made out.",
    });
    alarm(this, "ProviderRefuses", {
      platform,
      metric: logged("ProviderRefused", fns.sweep, message("payment.provider-refused")),
      threshold: 5,
      says: "A payment provider refuses refunds, queries or receipts, often because the merchant's balance is too low. People wait for their money.",
    });
    alarm(this, "BillsFail", {
      platform,
      metric: logged("ComparisonFailed", fns.compare, message("bill.comparison-failed")),
      threshold: 1,
      says: "A provider's bill could not be fetched or read, or is more than a day late; it is tried again every two hours of the day, for a week. Until then nobody knows whether that day's books are right.",
    });
    alarm(this, "BillsNotAsked", {
      platform,
      metric: fns.bills.metricErrors({ period: Duration.minutes(5) }),
      threshold: 1,
      says: "The daily comparison of payments with the providers' bills does not begin.",
    });
  }
}
