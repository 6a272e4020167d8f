import { Duration } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Construct } from "constructs";
import { ItemPublishedV1, ItemResumedV1, ItemRetiredV1, ItemSuspendedV1 } from "#shared/contracts/events/catalogue.ts";
import { StaffAppointedV1, StaffDismissedV1 } from "#shared/contracts/events/identity.ts";
import { itemPages } from "#shared/contracts/http/catalogue/finding.ts";
import { routes } from "#shared/contracts/http/index.ts";
import type { EnvironmentConfig } from "../config.ts";
import { AggregateTable } from "../patterns/aggregate-table.ts";
import { alarm } from "../patterns/alarm.ts";
import { grantRows } from "../patterns/grants.ts";
import type { Platform } from "../patterns/platform.ts";
import { QueueConsumer } from "../patterns/queue-consumer.ts";
import { Relay } from "../patterns/relay.ts";
import { ServiceFunction } from "../patterns/service-function.ts";

const key = (name: string) => ({ name, type: AttributeType.STRING });

export class CatalogueData extends Construct {
  readonly table: AggregateTable;

  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, "Catalogue");
    const showing = (nonKeyAttributes: string[]) => ({ projectionType: ProjectionType.INCLUDE, nonKeyAttributes });
    const keysOnly = { projectionType: ProjectionType.KEYS_ONLY };
    this.table = new AggregateTable(this, "Table", {
      retainData: config.retainData,
      indexes: [
        // In force: items by place; the directory list by code.
        {
          indexName: "by-division",
          partitionKey: key("listed"),
          sortKey: key("place"),
          ...showing(["summary"]),
        },
        // Implementations of a directory item, by place.
        { indexName: "by-basic", partitionKey: key("basic"), sortKey: key("place"), ...showing(["summary"]) },
        // A department's items, published or not; and its staff.
        {
          indexName: "by-owner",
          partitionKey: key("owner"),
          sortKey: key("ownedAt"),
          ...showing(["work", "division", "roles"]),
        },
        // Items by the licence they issue.
        { indexName: "by-licence", partitionKey: key("issues"), sortKey: key("standing"), ...keysOnly },
        // Sparse: published versions that wait for their day.
        { indexName: "effective", partitionKey: key("waiting"), sortKey: key("effectAt"), ...keysOnly },
      ],
    });
  }
}

export class CatalogueService extends Construct {
  constructor(scope: Construct, platform: Platform, data: CatalogueData) {
    super(scope, "Catalogue");
    const environment = { TABLE_NAME: data.table.tableName };
    const { table } = data;

    const http = new ServiceFunction(this, "Http", { entry: "functions/catalogue/lambdas/http.ts", environment });
    grantRows(table, http, ["dynamodb:GetItem", "dynamodb:Query"], ["by-division", "by-basic"]);
    platform.api.answer(routes.catalogue, http);
    platform.api.show(Object.values(itemPages), http);

    const manage = new ServiceFunction(this, "Manage", { entry: "functions/catalogue/lambdas/manage.ts", environment });
    grantRows(table, manage, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], ["by-owner", "by-licence"]);
    platform.api.answer(routes.catalogueManagement, manage);

    const exchange = new ServiceFunction(this, "Exchange", {
      entry: "functions/catalogue/lambdas/exchange.ts",
      environment,
      timeout: Duration.seconds(29),
      memory: 1024,
    });
    grantRows(table, exchange, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], ["by-owner", "by-licence"]);
    platform.api.answer(routes.catalogueExchange, exchange);

    const importItems = new ServiceFunction(this, "ImportItems", {
      entry: "functions/catalogue/lambdas/import-items.ts",
      environment,
      timeout: Duration.minutes(15),
    });
    grantRows(
      table,
      importItems,
      ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
      ["by-owner", "by-licence"],
    );

    const staff = new QueueConsumer(this, "OnStaffChanged", {
      platform,
      entry: "functions/catalogue/lambdas/on-staff-changed.ts",
      pattern: { detailType: [StaffAppointedV1.type, StaffDismissedV1.type] },
      environment,
      impact:
        "Departments cannot publish items for lack of officers who are there, or publish items that nobody can decide.",
    });
    grantRows(table, staff.fn, ["dynamodb:PutItem"]);

    const found = new QueueConsumer(this, "OnItemChanged", {
      platform,
      entry: "functions/catalogue/lambdas/on-item-changed.ts",
      pattern: {
        detailType: [ItemPublishedV1.type, ItemSuspendedV1.type, ItemResumedV1.type, ItemRetiredV1.type],
      },
      environment,
      impact: "People who search do not find new items, or find retired ones.",
    });
    grantRows(table, found.fn, [
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
      "dynamodb:ConditionCheckItem",
    ]);

    const sweep = new ServiceFunction(this, "SweepDue", {
      entry: "functions/catalogue/lambdas/sweep-due.ts",
      environment,
      timeout: Duration.seconds(50),
    });
    grantRows(table, sweep, ["dynamodb:GetItem", "dynamodb:PutItem"], ["effective"]);
    new Rule(this, "EveryMinute", {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    });
    alarm(this, "SweepFails", {
      platform,
      metric: sweep.metricErrors({ period: Duration.minutes(5) }),
      threshold: 3,
      says: "Versions of items whose day has come are not put in force: people apply under rules that no longer hold.",
    });

    new Relay(this, "Relay", {
      platform,
      table,
      impact: "A newly published item cannot be applied for yet, or is handled by its previous version.",
    });
  }
}
