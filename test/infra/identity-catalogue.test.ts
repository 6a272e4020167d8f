import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { CatalogueData, CatalogueService } from "#infra/capabilities/catalogue.ts";
import { IdentityData, IdentityService } from "#infra/capabilities/identity.ts";
import { PlatformData, PlatformService } from "#infra/capabilities/platform.ts";
import { type EnvironmentConfig, local } from "#infra/config.ts";
import { ServiceFunction } from "#infra/patterns/service-function.ts";
import { routes } from "#shared/contracts/http/index.ts";
import type { Route } from "#shared/contracts/http/route.ts";

let template: Template;

const servicesOf = (config: EnvironmentConfig): Template => {
  const app = new App();
  const data = new Stack(app, "Data");
  const platformData = new PlatformData(data, config);
  const identityData = new IdentityData(data, config);
  const catalogueData = new CatalogueData(data, config);
  const services = new Stack(app, "Services");
  const platform = new PlatformService(services, config, platformData);
  new IdentityService(services, platform, identityData);
  new CatalogueService(services, platform, catalogueData);
  const scoped = new ServiceFunction(services, "Scoped", { entry: "functions/catalogue/lambdas/http.ts" });
  platform.api.answer([{ ...routes.catalogue[0], path: "/scoped", scopes: ["applications:read"] } as Route], scoped);
  return Template.fromStack(services);
};

beforeAll(() => {
  template = servicesOf(local);
});

/** What the role of the function with this entry may do, log writing left out. */
const actionsOf = (entry: string): string[] => {
  const functions = template.findResources("AWS::Lambda::Function", { Properties: { Description: entry } });
  const role = Object.values(functions)[0]?.Properties.Role["Fn::GetAtt"][0];
  return Object.values(template.findResources("AWS::IAM::Policy"))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action }) => Action as string | string[])
    .filter((action) => !action.startsWith("logs:"))
    .sort();
};

const ofAccounts = [
  "dynamodb:ConditionCheckItem",
  "dynamodb:DeleteItem",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:UpdateItem",
  "secretsmanager:GetSecretValue",
];
const ofQueue = [
  "sqs:ChangeMessageVisibility",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:GetQueueUrl",
  "sqs:ReceiveMessage",
];

describe("identity and catalogue in the template", () => {
  it("keep what the authorizer tells out of the access log", () => {
    const stages = Object.values(template.findResources("AWS::ApiGatewayV2::Stage"));
    const formats = stages.map(({ Properties }) => JSON.stringify(Properties.AccessLogSettings.Format));
    expect(formats.length).toBeGreaterThan(0);
    for (const format of formats) expect(format).not.toMatch(/authorizer/i);
  });

  it.each([
    ["functions/identity/lambdas/issuer.ts", ofAccounts.filter((action) => action !== "dynamodb:ConditionCheckItem")],
    ["functions/identity/lambdas/pages.ts", ofAccounts],
    ["functions/identity/lambdas/http.ts", ofAccounts],
    ["functions/identity/lambdas/authorizer.ts", ["dynamodb:GetItem", "secretsmanager:GetSecretValue"]],
    [
      "functions/identity/lambdas/rotate-keys.ts",
      ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Scan", "secretsmanager:GetSecretValue"],
    ],
    ["functions/identity/lambdas/on-case-changed.ts", ["dynamodb:PutItem", ...ofQueue]],
    [
      "functions/identity/lambdas/on-sessions-voided.ts",
      ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:Query", "secretsmanager:GetSecretValue", ...ofQueue],
    ],
    ["functions/identity/lambdas/on-personal-data-read.ts", ["dynamodb:PutItem", ...ofQueue]],
    [
      "functions/identity/lambdas/import-registry.ts",
      ["dynamodb:GetItem", "dynamodb:PutItem", "secretsmanager:GetSecretValue"],
    ],
    ["functions/catalogue/lambdas/http.ts", ["dynamodb:GetItem", "dynamodb:Query"]],
    ["functions/catalogue/lambdas/manage.ts", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]],
    ["functions/catalogue/lambdas/exchange.ts", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]],
    ["functions/catalogue/lambdas/import-items.ts", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]],
    ["functions/catalogue/lambdas/sweep-due.ts", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]],
    [
      "functions/catalogue/lambdas/on-item-changed.ts",
      ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", ...ofQueue],
    ],
    ["functions/catalogue/lambdas/on-staff-changed.ts", ["dynamodb:PutItem", ...ofQueue]],
  ])("%s may do no more than it does", (entry, actions) => expect([...new Set(actionsOf(entry))]).toEqual(actions));

  it("take an early credit code only where the city wants it", () => {
    const said = (config: EnvironmentConfig) =>
      ["http", "pages"].map((name) => {
        const functions = servicesOf(config).findResources("AWS::Lambda::Function", {
          Properties: { Description: `functions/identity/lambdas/${name}.ts` },
        });
        return Object.values(functions)[0]?.Properties.Environment.Variables.USCC_CHECK;
      });
    expect(said(local)).toEqual(["strict", "strict"]);
    expect(said({ ...local, usccCheck: "warn" })).toEqual(["warn", "warn"]);
  });

  it("mounts the issuer in the open and has no cache before the authorizer", () => {
    template.hasResourceProperties("AWS::ApiGatewayV2::Route", {
      RouteKey: "ANY /oidc/{proxy+}",
      AuthorizationType: "NONE",
    });
    template.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
      AuthorizerPayloadFormatVersion: "2.0",
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: [],
    });
    template.hasResourceProperties("AWS::ApiGatewayV2::Route", {
      RouteKey: "GET /scoped",
      AuthorizationType: "CUSTOM",
    });
  });
});
