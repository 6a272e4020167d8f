import { Duration, SecretValue, Validations } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Grant } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import {
  ApplicationConcludedV1,
  ApplicationDeclinedV1,
  ApplicationLapsedV1,
  ApplicationReopenedV1,
  ApplicationRevokedV1,
  ApplicationSubmittedV1,
  ApplicationWithdrawnV1,
  FileReadV1,
  PersonalDataReadV1,
} from "#shared/contracts/events/applications.ts";
import { SessionsVoidedV1, StaffDismissedV1, StaffPasswordSetV1 } from "#shared/contracts/events/identity.ts";
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

export class IdentityData extends Construct {
  readonly table: AggregateTable;
  readonly signingKeys: KeyRingSecret;
  readonly fieldKeys: KeyRingSecret;
  /** Upstream identity providers, the staff's chat, the text message gateway, the person verifier. */
  readonly outside: Secret;

  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, "Identity");
    this.table = new AggregateTable(this, "Table", {
      retainData: config.retainData,
      indexes: [
        {
          indexName: "by-reference",
          partitionKey: { name: "reference", type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: "by-principal",
          partitionKey: { name: "principal", type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: "by-account",
          partitionKey: { name: "account", type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    this.signingKeys = new KeyRingSecret(this, "SigningKeys", {
      retainData: config.retainData,
      description: "Seed of the keys that sign access tokens and the issuer's cookies",
    });
    this.fieldKeys = new KeyRingSecret(this, "FieldKeys", {
      retainData: config.retainData,
      description: "Encrypts and looks up the personal data of persons and staff",
    });
    // Its values are the city's own: they are filled in by hand after the first deployment. Until then nothing outside is offered.
    this.outside = new Secret(this, "Outside", {
      description: "How identity reaches upstreams, text messages, the verifier and the government chat",
      secretStringValue: SecretValue.unsafePlainText("{}"),
    });
    Validations.of(this.outside).acknowledge({
      id: "AwsSolutions::AwsSolutions-SMG4",
      reason: "What stands in it is agreed with others; the deployment guide has the operator change it.",
    });
  }
}

/** What deployed-accounts.ts reads. */
const accountsEnvironment = (
  data: IdentityData,
  { usccCheck = "strict" }: EnvironmentConfig,
): Record<string, string> => ({
  USCC_CHECK: usccCheck,
  TABLE_NAME: data.table.tableName,
  FIELD_KEYS_SECRET: data.fieldKeys.secretArn,
  OUTSIDE_SECRET: data.outside.secretArn,
});

/** What the issuer does with the table: it signs in and issues, and neither lists, registers nor sends. */
export const signInGrants = {
  actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
  indexes: ["by-reference"],
} as const;

const grantSignIn = (data: IdentityData, fn: ServiceFunction): void => {
  grantRows(data.table, fn, signInGrants.actions, signInGrants.indexes);
  data.fieldKeys.grantReadTo(fn);
};

/** What deployed-accounts.ts does with the table and the secrets. */
const grantAccounts = (data: IdentityData, fn: ServiceFunction): void => {
  grantRows(
    data.table,
    fn,
    [
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
      "dynamodb:Query",
      "dynamodb:ConditionCheckItem",
    ],
    ["by-reference", "by-principal", "by-account"],
  );
  data.fieldKeys.grantReadTo(fn);
  Grant.addToPrincipal({
    grantee: fn,
    actions: ["secretsmanager:GetSecretValue"],
    resourceArns: [data.outside.secretArn],
  });
};

/** The issuer at /oidc, and the authorizer that every route with a scope passes. */
export class IdentityService extends Construct {
  constructor(scope: Construct, platform: Platform, data: IdentityData) {
    super(scope, "Identity");

    const issuer = new ServiceFunction(this, "Issuer", {
      entry: "functions/identity/lambdas/issuer.ts",
      environment: {
        TABLE_NAME: data.table.tableName,
        FIELD_KEYS_SECRET: data.fieldKeys.secretArn,
        ISSUER: platform.api.issuer,
        SIGNING_KEYS_SECRET: data.signingKeys.secretArn,
      },
      // Passwords are checked here too, for channels that sign people in by interface.
      memory: 1024,
    });
    grantSignIn(data, issuer);
    data.signingKeys.grantReadTo(issuer);
    platform.api.mount("/oidc", issuer);

    const authorizer = new ServiceFunction(this, "Authorizer", {
      entry: "functions/identity/lambdas/authorizer.ts",
      environment: {
        ISSUER: platform.api.issuer,
        TABLE_NAME: data.table.tableName,
        FIELD_KEYS_SECRET: data.fieldKeys.secretArn,
      },
    });
    // What a token rests on and may be taken away is looked up at every request, and whom an applicant's token names.
    grantRows(data.table, authorizer, ["dynamodb:GetItem"]);
    data.fieldKeys.grantReadTo(authorizer);
    platform.api.authorizeWith(authorizer);
    alarm(this, "AuthorizerFails", {
      platform,
      metric: authorizer.metricErrors({ statistic: "sum", period: Duration.minutes(5) }),
      threshold: 5,
      says: "Tokens cannot be checked. Every channel and department is turned away with a fault, whatever it asks for.",
    });

    const importRegistry = new ServiceFunction(this, "ImportRegistry", {
      entry: "functions/identity/lambdas/import-registry.ts",
      environment: { TABLE_NAME: data.table.tableName, FIELD_KEYS_SECRET: data.fieldKeys.secretArn },
      timeout: Duration.minutes(5),
    });
    grantRows(data.table, importRegistry, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    data.fieldKeys.grantReadTo(importRegistry);

    const http = new ServiceFunction(this, "Http", {
      entry: "functions/identity/lambdas/http.ts",
      environment: accountsEnvironment(data, platform.config),
      // scrypt takes 32 MiB and a share of the CPU that grows with the memory.
      memory: 1024,
    });
    grantAccounts(data, http);
    platform.api.answer(routes.identity, http);

    const pages = new ServiceFunction(this, "Pages", {
      entry: "functions/identity/lambdas/pages.ts",
      environment: {
        ...accountsEnvironment(data, platform.config),
        ISSUER: platform.api.issuer,
        SIGNING_KEYS_SECRET: data.signingKeys.secretArn,
      },
      memory: 1024,
    });
    grantAccounts(data, pages);
    data.signingKeys.grantReadTo(pages);
    platform.api.show(["/account"], pages);
    platform.api.mount("/account", pages);
    platform.api.mount("/interaction", pages);

    keyRotation(this, { entry: "functions/identity/lambdas/rotate-keys.ts", data, rowsMove: true });

    const accesses = new QueueConsumer(this, "OnPersonalDataRead", {
      platform,
      entry: "functions/identity/lambdas/on-personal-data-read.ts",
      pattern: { detailType: [PersonalDataReadV1.type, FileReadV1.type] },
      environment: { TABLE_NAME: data.table.tableName },
      impact: "People do not see in their access log who read their data.",
    });
    grantRows(data.table, accesses.fn, ["dynamodb:PutItem"]);

    const cases = new QueueConsumer(this, "OnCaseChanged", {
      platform,
      entry: "functions/identity/lambdas/on-case-changed.ts",
      pattern: {
        detailType: [
          ApplicationSubmittedV1.type,
          ApplicationReopenedV1.type,
          ApplicationDeclinedV1.type,
          ApplicationConcludedV1.type,
          ApplicationWithdrawnV1.type,
          ApplicationLapsedV1.type,
          ApplicationRevokedV1.type,
        ],
      },
      environment: { TABLE_NAME: data.table.tableName },
      impact: "Accounts are closed while cases are open, or cannot be closed though none is.",
    });
    grantRows(data.table, cases.fn, ["dynamodb:PutItem"]);

    const voided = new QueueConsumer(this, "OnSessionsVoided", {
      platform,
      entry: "functions/identity/lambdas/on-sessions-voided.ts",
      pattern: { detailType: [SessionsVoidedV1.type, StaffDismissedV1.type, StaffPasswordSetV1.type] },
      environment: {
        TABLE_NAME: data.table.tableName,
        FIELD_KEYS_SECRET: data.fieldKeys.secretArn,
        ISSUER: platform.api.issuer,
        SIGNING_KEYS_SECRET: data.signingKeys.secretArn,
      },
      // By then the index shows every session that was begun before.
      delay: Duration.seconds(10),
      impact:
        "Programs still show people as signed in who closed their account or left; if a function died at the wrong moment, a stranger still is.",
    });
    grantRows(data.table, voided.fn, ["dynamodb:GetItem", "dynamodb:DeleteItem"], ["by-reference", "by-account"]);
    data.signingKeys.grantReadTo(voided.fn);
    data.fieldKeys.grantReadTo(voided.fn);

    new Relay(this, "Relay", {
      platform,
      table: data.table,
      impact: "Newly appointed staff get no tasks, and those who left still get theirs.",
    });
  }
}
