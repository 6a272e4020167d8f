import { Validations } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Grant } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { ApplicationSubmittedV1 } from "#shared/contracts/events/applications.ts";
import { StaffAppointedV1 } from "#shared/contracts/events/identity.ts";
import { routes } from "#shared/contracts/http/index.ts";
import type { EnvironmentConfig } from "../config.ts";
import { AggregateTable } from "../patterns/aggregate-table.ts";
import { grantRows } from "../patterns/grants.ts";
import type { Platform } from "../patterns/platform.ts";
import { QueueConsumer } from "../patterns/queue-consumer.ts";
import { ServiceFunction } from "../patterns/service-function.ts";

export class NotificationsData extends Construct {
  readonly table: AggregateTable;
  readonly wecomApp: Secret;

  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, "Notifications");
    this.table = new AggregateTable(this, "Table", {
      retainData: config.retainData,
      indexes: [
        {
          indexName: "officers",
          partitionKey: { name: "departmentKey", type: AttributeType.STRING },
          sortKey: { name: "divisionKey", type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["staff", "department", "division", "roles", "sequence"],
        },
        {
          // Sparse: only what waits for an official.
          indexName: "pools",
          partitionKey: { name: "poolKey", type: AttributeType.STRING },
          sortKey: { name: "order", type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["entry"],
        },
      ],
    });
    // Its values are the city's own: they are filled in by hand after the first deployment.
    this.wecomApp = new Secret(this, "WecomApp", {
      description:
        "The WeCom application that speaks for the platform: baseUrl (a private deployment has its own), corpid, agentid, corpsecret",
      generateSecretString: {
        secretStringTemplate: JSON.stringify({
          baseUrl: "https://qyapi.weixin.qq.com",
          corpid: "ww0000000000000000",
          agentid: 1000002,
        }),
        generateStringKey: "corpsecret",
        passwordLength: 43,
        excludePunctuation: true,
      },
    });
    Validations.of(this.wecomApp).acknowledge({
      id: "AwsSolutions::AwsSolutions-SMG4",
      reason: "WeCom gives the secret out; only its administrator can change it.",
    });
  }
}

/** Capabilities whose events tell what waits for an official. */
const TASK_EVENTS = ["application", "payment", "shipment", "webhook"].map(
  (capability) => ({ prefix: `gov.yimen.${capability}.` }) as never,
);

export class NotificationsService extends Construct {
  constructor(scope: Construct, platform: Platform, data: NotificationsData) {
    super(scope, "Notifications");
    const environment = { TABLE_NAME: data.table.tableName };
    const worklist = { WORKLIST_URL: platform.config.worklistUrl ?? `${platform.api.url}/docs#` };

    const http = new ServiceFunction(this, "Http", {
      entry: "functions/notifications/lambdas/http.ts",
      environment: { ...environment, ...worklist },
    });
    grantRows(data.table, http, ["dynamodb:Query"], ["pools"]);
    platform.api.answer(routes.notifications, http);

    const todos = new QueueConsumer(this, "OnTasksChanged", {
      platform,
      entry: "functions/notifications/lambdas/on-tasks-changed.ts",
      pattern: { detailType: TASK_EVENTS },
      environment,
      impact: "Officials' lists of tasks lack what has come, or still show what is done.",
    });
    grantRows(data.table, todos.fn, [
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    ]);

    const officers = new QueueConsumer(this, "OnStaffAppointed", {
      platform,
      entry: "functions/notifications/lambdas/on-staff-appointed.ts",
      pattern: { detailType: [StaffAppointedV1.type] },
      environment,
      impact: "Officers newly appointed or transferred are not told of cases, or of those of their former department.",
    });
    grantRows(data.table, officers.fn, ["dynamodb:PutItem"]);

    const submitted = new QueueConsumer(this, "OnApplicationSubmitted", {
      platform,
      entry: "functions/notifications/lambdas/on-application-submitted.ts",
      pattern: { detailType: [ApplicationSubmittedV1.type] },
      environment: {
        ...environment,
        WECOM_SECRET: data.wecomApp.secretArn,
        ...worklist,
      },
      impact: "Officers are not told in the government chat that a case waits for acceptance; it is in their worklist.",
    });
    grantRows(data.table, submitted.fn, ["dynamodb:GetItem", "dynamodb:PutItem"], ["officers"]);
    Grant.addToPrincipal({
      grantee: submitted.fn,
      actions: ["secretsmanager:GetSecretValue"],
      resourceArns: [data.wecomApp.secretArn],
    });
  }
}
