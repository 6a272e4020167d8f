import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { ItemPublishedV1 } from "#shared/contracts/events/catalogue.ts";
import { routes } from "#shared/contracts/http/index.ts";
import type { EnvironmentConfig } from "../config.ts";
import { AggregateTable } from "../patterns/aggregate-table.ts";
import { FilesBucket } from "../patterns/files-bucket.ts";
import { grantRows } from "../patterns/grants.ts";
import { KeyRingSecret } from "../patterns/key-ring-secret.ts";
import type { Platform } from "../patterns/platform.ts";
import { QueueConsumer } from "../patterns/queue-consumer.ts";
import { Relay } from "../patterns/relay.ts";
import { ServiceFunction } from "../patterns/service-function.ts";

/** What a list shows of a case; nothing personal. */
const summary = ["number", "itemName", "status", "stage", "receivedAt", "dueBy", "provisional"];

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
          nonKeyAttributes: summary,
        },
        {
          indexName: "worklist",
          partitionKey: key("worklistKey"),
          sortKey: key("dueKey"),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...summary, "division"],
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
    const environment = { TABLE_NAME: data.table.tableName, FIELD_KEYS_SECRET: data.fieldKeys.secretArn };

    const http = new ServiceFunction(this, "Http", { entry: "functions/applications/lambdas/http.ts", environment });
    grantRows(data.table, http, ["dynamodb:GetItem", "dynamodb:PutItem"], ["by-applicant", "worklist"]);
    data.fieldKeys.grantReadTo(http);
    platform.api.answer(routes.applications, http);

    const itemCopies = new QueueConsumer(this, "OnItemPublished", {
      platform,
      entry: "functions/applications/lambdas/on-item-published.ts",
      pattern: { detailType: [ItemPublishedV1.type] },
      environment: { TABLE_NAME: data.table.tableName, API_URL: platform.api.url },
      impact: "Applications for a newly published item are refused, or follow its previous version.",
    });
    grantRows(data.table, itemCopies.fn, ["dynamodb:PutItem"]);

    new Relay(this, "Relay", {
      platform,
      table: data.table,
      impact: "Departments and applicants do not hear of what happened to a case.",
    });
  }
}
