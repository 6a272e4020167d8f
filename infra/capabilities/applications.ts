import { Duration } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Construct } from "constructs";
import { ItemPublishedV1, ItemResumedV1, ItemRetiredV1, ItemSuspendedV1 } from "#shared/contracts/events/catalogue.ts";
import { ShipmentDeliveredV1 } from "#shared/contracts/events/logistics.ts";
import { ClaimAskedV1 } from "#shared/contracts/events/notifications.ts";
import { OrderSettledV1 } from "#shared/contracts/events/payments.ts";
import { routes } from "#shared/contracts/http/index.ts";
import type { EnvironmentConfig } from "../config.ts";
import { AggregateTable } from "../patterns/aggregate-table.ts";
import { alarm } from "../patterns/alarm.ts";
import { FilesBucket } from "../patterns/files-bucket.ts";
import { grantRows } from "../patterns/grants.ts";
import { KeyRingSecret } from "../patterns/key-ring-secret.ts";
import { keyRotation } from "../patterns/key-rotation.ts";
import type { Platform } from "../patterns/platform.ts";
import { QueueConsumer } from "../patterns/queue-consumer.ts";
import { Relay } from "../patterns/relay.ts";
import { ServiceFunction } from "../patterns/service-function.ts";

/** What a list shows of a case; nothing personal. */
const summary = ["number", "itemName", "status", "stage", "dueBy", "provisional", "claimedBy"];

export class ApplicationsData extends Construct {
  readonly table: AggregateTable;
  readonly fieldKeys: KeyRingSecret;
  /** Materials that applicants supply, and receipts they are given. */
  readonly files: FilesBucket;

  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, "Applications");
    const key = (name: string) => ({ name, type: AttributeType.STRING });
    this.table = new AggregateTable(this, "Table", {
      retainData: config.retainData,
      indexes: [
        {
          indexName: "by-applicant",
          partitionKey: key("applicantKey"),
          sortKey: key("receivedKey"),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...summary, "itemCode", "licenceType", "licenceUntil"],
        },
        {
          indexName: "worklist",
          partitionKey: key("worklistKey"),
          sortKey: key("deskKey"),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...summary, "receivedKey"],
        },
        {
          indexName: "due",
          partitionKey: key("dueShard"),
          sortKey: key("wake"),
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          // Sparse: only clean files, which can be attached again.
          indexName: "files-by-applicant",
          partitionKey: key("filesOf"),
          sortKey: key("fileKey"),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["grade", "mediaType", "bytes", "since", "itemCode", "material", "materialName", "channel"],
        },
      ],
    });
    this.fieldKeys = new KeyRingSecret(this, "FieldKeys", {
      retainData: config.retainData,
      description: "Encrypts and looks up the personal data of applications",
    });
    this.files = new FilesBucket(this, "Files", config);
  }
}

export class ApplicationsService extends Construct {
  constructor(scope: Construct, platform: Platform, data: ApplicationsData) {
    super(scope, "Applications");
    const table = { TABLE_NAME: data.table.tableName };
    const sealed = { ...table, FIELD_KEYS_SECRET: data.fieldKeys.secretArn };
    const environment = { ...sealed, SETTINGS: JSON.stringify(platform.config.cases ?? {}) };

    const http = new ServiceFunction(this, "Http", { entry: "functions/applications/lambdas/http.ts", environment });
    grantRows(
      data.table,
      http,
      [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        // A draft that is thrown away or submitted, and the divisions a department has items in.
        "dynamodb:DeleteItem",
        "dynamodb:Query",
      ],
      ["by-applicant", "worklist"],
    );
    data.fieldKeys.grantReadTo(http);
    platform.api.answer(routes.applications, http);

    const itemCopies = new QueueConsumer(this, "OnItemPublished", {
      platform,
      entry: "functions/applications/lambdas/on-item-published.ts",
      pattern: { detailType: [ItemPublishedV1.type] },
      environment: { ...table, API_URL: platform.api.url },
      impact: "Applications for a newly published item are refused, or follow its previous version.",
    });
    grantRows(data.table, itemCopies.fn, ["dynamodb:PutItem"]);

    const closedItems = new QueueConsumer(this, "OnItemClosed", {
      platform,
      entry: "functions/applications/lambdas/on-item-closed.ts",
      pattern: { detailType: [ItemSuspendedV1.type, ItemResumedV1.type, ItemRetiredV1.type] },
      environment: table,
      impact: "People can still apply for an item that was suspended or retired, or not yet for one that was resumed.",
    });
    grantRows(data.table, closedItems.fn, ["dynamodb:GetItem", "dynamodb:UpdateItem"]);

    const settled = new QueueConsumer(this, "OnOrderSettled", {
      platform,
      entry: "functions/applications/lambdas/on-order-settled.ts",
      pattern: { detailType: [OrderSettledV1.type] },
      environment,
      impact: "People have paid and their case still waits for the payment.",
    });
    const delivered = new QueueConsumer(this, "OnShipmentDelivered", {
      platform,
      entry: "functions/applications/lambdas/on-shipment-delivered.ts",
      pattern: { detailType: [ShipmentDeliveredV1.type] },
      environment,
      impact: "Results have arrived and their cases are not concluded; the delivery counts as overdue.",
    });
    const claims = new QueueConsumer(this, "OnClaimAsked", {
      platform,
      entry: "functions/applications/lambdas/on-claim-asked.ts",
      pattern: { detailType: [ClaimAskedV1.type] },
      environment,
      impact: "Officials who took a case in the government chat do not have it; it still lies with everyone.",
    });
    for (const { fn } of [settled, delivered, claims]) {
      grantRows(data.table, fn, ["dynamodb:GetItem", "dynamodb:PutItem"]);
      data.fieldKeys.grantReadTo(fn);
    }

    const sweep = new ServiceFunction(this, "SweepDue", {
      entry: "functions/applications/lambdas/sweep-due.ts",
      timeout: Duration.minutes(5),
      memory: 1024,
      environment,
    });
    grantRows(data.table, sweep, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], ["due"]);
    data.fieldKeys.grantReadTo(sweep);
    new Rule(this, "EveryFiveMinutes", {
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    });
    alarm(this, "SweepFails", {
      platform,
      metric: sweep.metricErrors({ period: Duration.minutes(15) }),
      threshold: 3,
      says: "The sweep of deadlines fails. Nobody is warned of what is near or overdue, and what the law has accepted or decided by itself does not show.",
    });

    const recompute = new ServiceFunction(this, "RecomputeDeadlines", {
      entry: "functions/applications/lambdas/recompute-deadlines.ts",
      timeout: Duration.minutes(5),
      environment,
    });
    grantRows(data.table, recompute, ["dynamodb:GetItem", "dynamodb:PutItem"], ["due"]);
    data.fieldKeys.grantReadTo(recompute);

    keyRotation(this, { entry: "functions/applications/lambdas/rotate-keys.ts", data, rowsMove: true });

    new Relay(this, "Relay", {
      platform,
      table: data.table,
      impact: "Departments and applicants do not hear of what happened to a case.",
    });
  }
}
