import { Duration } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { routes } from "#shared/contracts/http/index.ts";
import type { EnvironmentConfig } from "../config.ts";
import { AggregateTable } from "../patterns/aggregate-table.ts";
import { grantRows } from "../patterns/grants.ts";
import type { Platform } from "../patterns/platform.ts";
import { Relay } from "../patterns/relay.ts";
import { ServiceFunction } from "../patterns/service-function.ts";

/** What a list shows of an item. */
const summary = ["code", "version", "name", "kind", "department", "division", "handling", "limits", "applicants"];

export class CatalogueData extends Construct {
  readonly table: AggregateTable;

  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, "Catalogue");
    this.table = new AggregateTable(this, "Table", {
      retainData: config.retainData,
      indexes: [
        {
          indexName: "by-division",
          partitionKey: { name: "listed", type: AttributeType.STRING },
          sortKey: { name: "place", type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: summary,
        },
      ],
    });
  }
}

export class CatalogueService extends Construct {
  constructor(scope: Construct, platform: Platform, data: CatalogueData) {
    super(scope, "Catalogue");
    const environment = { TABLE_NAME: data.table.tableName };

    const http = new ServiceFunction(this, "Http", { entry: "functions/catalogue/lambdas/http.ts", environment });
    grantRows(data.table, http, ["dynamodb:GetItem"], ["by-division"]);
    platform.api.answer(routes.catalogue, http);

    const importItems = new ServiceFunction(this, "ImportItems", {
      entry: "functions/catalogue/lambdas/import-items.ts",
      environment,
      timeout: Duration.minutes(15),
    });
    grantRows(data.table, importItems, ["dynamodb:GetItem", "dynamodb:PutItem"]);

    new Relay(this, "Relay", {
      platform,
      table: data.table,
      impact: "A newly published item cannot be applied for yet, or is handled by its previous version.",
    });
  }
}
