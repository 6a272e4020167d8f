import { Duration } from "aws-cdk-lib";
import { AttributeType, ProjectionType } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import type { EnvironmentConfig } from "../config.ts";
import { AggregateTable } from "../patterns/aggregate-table.ts";
import { alarm } from "../patterns/alarm.ts";
import { grantRows } from "../patterns/grants.ts";
import { KeyRingSecret } from "../patterns/key-ring-secret.ts";
import type { Platform } from "../patterns/platform.ts";
import { Relay } from "../patterns/relay.ts";
import { ServiceFunction } from "../patterns/service-function.ts";

export class IdentityData extends Construct {
  readonly table: AggregateTable;
  readonly signingKeys: KeyRingSecret;
  readonly fieldKeys: KeyRingSecret;

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
      ],
    });
    this.signingKeys = new KeyRingSecret(this, "SigningKeys", {
      retainData: config.retainData,
      description: "Seed of the keys that sign access tokens and the issuer's cookies",
    });
    this.fieldKeys = new KeyRingSecret(this, "FieldKeys", {
      retainData: config.retainData,
      description: "Encrypts the personal data of staff",
    });
  }
}

/** The issuer at /oidc, and the authorizer that every route with a scope passes. */
export class IdentityService extends Construct {
  constructor(scope: Construct, platform: Platform, data: IdentityData) {
    super(scope, "Identity");

    const issuer = new ServiceFunction(this, "Issuer", {
      entry: "functions/identity/lambdas/issuer.ts",
      environment: {
        TABLE_NAME: data.table.tableName,
        ISSUER: platform.api.issuer,
        SIGNING_KEYS_SECRET: data.signingKeys.secretArn,
      },
    });
    // Client credentials keep nothing; reading the registry is all there is to do yet.
    grantRows(data.table, issuer, ["dynamodb:GetItem"]);
    data.signingKeys.grantReadTo(issuer);
    platform.api.mount("/oidc", issuer);

    const authorizer = new ServiceFunction(this, "Authorizer", {
      entry: "functions/identity/lambdas/authorizer.ts",
      environment: { ISSUER: platform.api.issuer },
    });
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

    new Relay(this, "Relay", {
      platform,
      table: data.table,
      impact: "Newly appointed staff get no tasks, and those who left still get theirs.",
    });
  }
}
