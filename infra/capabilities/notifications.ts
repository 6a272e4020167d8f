import { Duration, SecretValue, Validations } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Grant, type IGrantable, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Subscription, SubscriptionProtocol } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { StaffAppointedV1 } from "#shared/contracts/events/identity.ts";
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
import { TASK_CAPABILITIES, TOLD_TO_OFFICIALS, TOLD_TO_PEOPLE, WITHOUT_TASKS } from "./notification-events.ts";

export class NotificationsData extends Construct {
  readonly table: AggregateTable;
  readonly wecomApp: Secret;
  readonly fieldKeys: KeyRingSecret;
  /** How people are reached. */
  readonly people: Secret;

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
          nonKeyAttributes: ["staff", "department", "division", "roles", "sequence", "chatUser"],
        },
        {
          // Sparse: only what waits for an official.
          indexName: "pools",
          partitionKey: { name: "poolKey", type: AttributeType.STRING },
          sortKey: { name: "order", type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["entry"],
        },
        {
          // Sparse: what has to be looked at by a certain moment.
          indexName: "due",
          partitionKey: { name: "dueShard", type: AttributeType.STRING },
          sortKey: { name: "dueAt", type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["staff", "event", "at", "case", "card", "source", "subject", "recipient"],
        },
        {
          // What was sent about a case, to whom, and how it ended.
          indexName: "log",
          partitionKey: { name: "logKey", type: AttributeType.STRING },
          sortKey: { name: "loggedAt", type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["recipient", "event", "channel", "title", "status", "at", "settledAt", "how", "channels"],
        },
      ],
    });
    this.fieldKeys = new KeyRingSecret(this, "FieldKeys", {
      retainData: config.retainData,
      description: "Encrypts where people are reached, and makes the codes that bind chat accounts",
    });
    // Until it is filled in by hand, people are told in their inbox only.
    this.people = new Secret(this, "People", {
      description:
        "How people are told: our client of the issuer (service), the text message gateway (sms), the official account (wechat)",
      secretStringValue: SecretValue.unsafePlainText("{}"),
    });
    Validations.of(this.people).acknowledge({
      id: "AwsSolutions::AwsSolutions-SMG4",
      reason: "What stands in it is agreed with others; the deployment guide has the operator change it.",
    });
    // Its values are the city's own: they are filled in by hand after the first deployment.
    this.wecomApp = new Secret(this, "WecomApp", {
      description:
        "The WeCom application that speaks for the platform: baseUrl (a private deployment has its own), corpid, agentid, corpsecret; its callback (callbackToken, encodingAesKey) and the group robot for alarms (robotKey), empty for none",
      generateSecretString: {
        secretStringTemplate: JSON.stringify({
          baseUrl: "https://qyapi.weixin.qq.com",
          corpid: "ww0000000000000000",
          agentid: 1000002,
          callbackToken: "",
          encodingAesKey: "",
          robotKey: "",
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

export class NotificationsService extends Construct {
  constructor(scope: Construct, platform: Platform, data: NotificationsData) {
    super(scope, "Notifications");
    const environment = { TABLE_NAME: data.table.tableName };
    const worklist = { WORKLIST_URL: platform.config.worklistUrl ?? `${platform.api.url}/docs#` };

    const http = new ServiceFunction(this, "Http", {
      entry: "functions/notifications/lambdas/http.ts",
      environment: { ...environment, ...worklist, FIELD_KEYS_SECRET: data.fieldKeys.secretArn },
    });
    grantRows(data.table, http, ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], ["pools", "log"]);
    data.fieldKeys.grantReadTo(http);
    platform.api.answer(routes.notifications, http);

    const callback = new ServiceFunction(this, "ChatCallback", {
      entry: "functions/notifications/lambdas/chat-callback.ts",
      // The chat waits five seconds.
      timeout: Duration.seconds(5),
      environment: { ...environment, WECOM_SECRET: data.wecomApp.secretArn },
    });
    grantRows(
      data.table,
      callback,
      ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
      ["pools"],
    );
    readSecret(data.wecomApp, callback);
    platform.api.mount("/callbacks/chat", callback);

    const robot = new ServiceFunction(this, "OnAlarm", {
      entry: "functions/notifications/lambdas/on-alarm.ts",
      environment: { WECOM_SECRET: data.wecomApp.secretArn },
    });
    readSecret(data.wecomApp, robot);
    robot.addPermission("AlarmTopic", {
      principal: new ServicePrincipal("sns.amazonaws.com"),
      sourceArn: platform.alarms.topicArn,
    });
    new Subscription(this, "Alarms", {
      topic: platform.alarms,
      protocol: SubscriptionProtocol.LAMBDA,
      endpoint: robot.functionArn,
    });

    new Relay(this, "Relay", {
      platform,
      table: data.table,
      rows: "chat-message#",
      impact: "What officials take by answering in the government chat is not taken; they can take it in their list.",
    });

    const todos = new QueueConsumer(this, "OnTasksChanged", {
      platform,
      entry: "functions/notifications/lambdas/on-tasks-changed.ts",
      pattern: {
        detailType: TASK_CAPABILITIES.map((prefix) => ({ prefix })) as never,
        // The same type stands in the event itself: one field cannot be both of a beginning and not one of these.
        detail: { type: [{ "anything-but": WITHOUT_TASKS }] },
      },
      environment,
      impact: "Officials' lists of tasks lack what has come, or still show what is done.",
    });
    grantRows(data.table, todos.fn, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]);

    const officers = new QueueConsumer(this, "OnStaffAppointed", {
      platform,
      entry: "functions/notifications/lambdas/on-staff-appointed.ts",
      pattern: { detailType: [StaffAppointedV1.type] },
      environment,
      impact: "Officers newly appointed or transferred are not told of cases, or of those of their former department.",
    });
    grantRows(data.table, officers.fn, ["dynamodb:UpdateItem"]);

    const telling = {
      ...environment,
      ...worklist,
      WECOM_SECRET: data.wecomApp.secretArn,
      PACE: JSON.stringify(platform.config.pace ?? {}),
    };
    const work = new QueueConsumer(this, "OnWorkChanged", {
      platform,
      entry: "functions/notifications/lambdas/on-work-changed.ts",
      pattern: { detailType: TOLD_TO_OFFICIALS },
      environment: telling,
      impact: "Officials are not told in the government chat that work has come; it is in their list.",
    });
    grantRows(
      data.table,
      work.fn,
      ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
      ["officers", "due"],
    );
    readSecret(data.wecomApp, work.fn);

    const tellingPeople = {
      ...telling,
      PEOPLE_SECRET: data.people.secretArn,
      FIELD_KEYS_SECRET: data.fieldKeys.secretArn,
      API_URL: platform.api.url,
      ISSUER: platform.api.issuer,
    };
    const progress = new QueueConsumer(this, "OnProgress", {
      platform,
      entry: "functions/notifications/lambdas/on-progress.ts",
      pattern: { detailType: TOLD_TO_PEOPLE },
      environment: tellingPeople,
      batchSize: 5,
      impact: "People do not hear how their cases go, nor of decisions and corrections that they must be told of.",
    });
    grantRows(data.table, progress.fn, [
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:Query",
    ]);
    for (const secret of [data.wecomApp, data.people, data.fieldKeys]) readSecret(secret, progress.fn);

    const sweep = new ServiceFunction(this, "SweepDue", {
      entry: "functions/notifications/lambdas/sweep-due.ts",
      timeout: Duration.seconds(55),
      environment: tellingPeople,
    });
    grantRows(
      data.table,
      sweep,
      ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
      ["officers", "pools", "due"],
    );
    for (const secret of [data.wecomApp, data.people, data.fieldKeys]) readSecret(secret, sweep);
    new Rule(this, "EveryMinute", {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    });
    alarm(this, "SweepFails", {
      platform,
      metric: sweep.metricErrors({ statistic: "sum", period: Duration.minutes(5) }),
      threshold: 3,
      says: "The sweep of messages fails. Digests, reminders and messages that could not be sent at once do not reach officials and people.",
    });
    this.#tellOfFailures(platform, work.fn, sweep);

    keyRotation(this, { entry: "functions/notifications/lambdas/rotate-keys.ts", data });
  }

  /** One metric for both functions that speak with the chat. */
  #tellOfFailures(platform: Platform, ...functions: readonly ServiceFunction[]): void {
    const filters = functions.map(
      ({ logGroup }, index) =>
        new MetricFilter(this, `NotSent${index}`, {
          logGroup,
          filterPattern: FilterPattern.any(
            ...["notification.not-sent", "notification.refused"].map((code) =>
              FilterPattern.stringValue("$.message", "=", code),
            ),
          ),
          metricNamespace: "Yimen/Notifications",
          metricName: "NotSent",
        }),
    );
    const [first] = filters;
    if (!first) return;
    alarm(this, "ChatAway", {
      platform,
      metric: first.metric({ statistic: "sum", period: Duration.minutes(5) }),
      threshold: 5,
      says: "The government chat does not take messages, or refuses our cards. Officials are not told of work; it is in their lists. What it does not take is tried again for three days, what it refuses is not.",
    });
  }
}

const readSecret = (secret: Secret, grantee: IGrantable): void => {
  Grant.addToPrincipal({
    grantee,
    actions: ["secretsmanager:GetSecretValue"],
    resourceArns: [secret.secretArn],
  });
};
