import { describe, expect, it } from "vitest";
import type { Template, TemplateValue } from "#local/cloud/assembly.ts";
import { CloudError } from "#local/cloud/cloud-error.ts";
import { deploy } from "#local/cloud/deployment.ts";

const place = { region: "cn-north-1", account: "1", partition: "aws-cn", urlSuffix: "amazonaws.com.cn" };
const facts = {
  streamLabel: () => "2026-01-01",
  apiUrl: () => "http://127.0.0.1:3000",
  endpointUrl: () => "http://127.0.0.1:9",
  secretValue: (arn: string, key: string | undefined) => `${arn.slice(-10, -7)}:${key}`,
};
const queue = { Type: "AWS::SQS::Queue", Properties: { QueueName: "q" } };

const outputOf = (value: TemplateValue, template: Partial<Template> = {}): string | undefined => {
  const own: Template = {
    ...template,
    Resources: {
      Q: queue,
      T: { Type: "AWS::DynamoDB::Table" },
      A: { Type: "AWS::ApiGatewayV2::Api" },
      S: { Type: "AWS::SecretsManager::Secret", Properties: { Name: "key" } },
      ...template.Resources,
    },
    Outputs: { Out: { Value: value } },
  };
  const other: Template = {
    Resources: {},
    Outputs: { X: { Value: "exported", Export: { Name: { "Fn::Sub": "${AWS::StackName}:X" } } } },
  };
  const stacks = [
    { name: "St", template: own, assets: new Map() },
    { name: "Other", template: other, assets: new Map() },
  ];
  return deploy(stacks, place, facts).outputs().Out;
};

describe("template values", () => {
  it.each<[string, TemplateValue, string]>([
    ["Ref of a pseudo parameter", { Ref: "AWS::URLSuffix" }, "amazonaws.com.cn"],
    ["Ref of a queue", { Ref: "Q" }, "http://127.0.0.1:9/1/q"],
    ["a generated name", { Ref: "T" }, "St-T"],
    ["GetAtt", { "Fn::GetAtt": ["Q", "Arn"] }, "arn:aws-cn:sqs:cn-north-1:1:q"],
    [
      "GetAtt of a stream",
      { "Fn::GetAtt": ["T", "StreamArn"] },
      "arn:aws-cn:dynamodb:cn-north-1:1:table/St-T/stream/2026-01-01",
    ],
    [
      "Join, without NoValue",
      { "Fn::Join": ["-", ["a", { Ref: "AWS::NoValue" }, { Ref: "AWS::Region" }]] },
      "a-cn-north-1",
    ],
    ["Sub", { "Fn::Sub": "${AWS::Partition}/${Q.QueueName}/${!Kept}" }, "aws-cn/q/${Kept}"],
    ["Sub with variables", { "Fn::Sub": ["${v}${T}", { v: { Ref: "AWS::Region" } }] }, "cn-north-1St-T"],
    ["Select of Split", { "Fn::Select": ["1", { "Fn::Split": ["/", "a/b/c"] }] }, "b"],
    ["ImportValue", { "Fn::ImportValue": "Other:X" }, "exported"],
    ["If", { "Fn::If": ["Yes", "then", "else"] }, "then"],
    ["If not", { "Fn::If": ["No", "then", "else"] }, "else"],
    ["FindInMap", { "Fn::FindInMap": ["M", { Ref: "AWS::Partition" }, "k"] }, "mapped"],
    ["a parameter's default", { Ref: "P" }, "default"],
    [
      "the API's public address",
      { "Fn::Join": ["", ["https://", { Ref: "A" }, ".execute-api.cn-north-1.", { Ref: "AWS::URLSuffix" }, "/x"]] },
      "http://127.0.0.1:3000/x",
    ],
    [
      "a dynamic reference",
      { "Fn::Join": ["", ["{{resolve:secretsmanager:", { Ref: "S" }, ":SecretString:k::}}"]] },
      "key:k",
    ],
  ])("%s", (_name, value, expected) => {
    const Conditions = {
      Yes: { "Fn::Or": [{ "Fn::Equals": [{ Ref: "AWS::Region" }, "x"] }, { "Fn::Not": [{ Condition: "No" }] }] },
      No: { "Fn::Equals": ["a", "b"] },
    };
    expect(
      outputOf(value, {
        Conditions,
        Mappings: { M: { "aws-cn": { k: "mapped" } } },
        Parameters: { P: { Type: "String", Default: "default" } },
      }),
    ).toBe(expected);
  });

  it.each<[string, TemplateValue, Partial<Template>, string]>([
    ["an intrinsic", { "Fn::Cidr": [] }, {}, "Fn::Cidr"],
    ["a resource type", "x", { Resources: { V: { Type: "AWS::EC2::VPC" } } }, "AWS::EC2::VPC (V in St)"],
    ["an attribute", { "Fn::GetAtt": ["Q", "Nope"] }, {}, "attribute Nope of AWS::SQS::Queue"],
    ["a missing resource", { Ref: "Gone" }, {}, "Gone"],
    ["a missing export", { "Fn::ImportValue": "Gone" }, {}, "No stack exports"],
  ])("names %s that it does not know", (_name, value, template, message) => {
    expect(() => outputOf(value, template)).toThrow(CloudError);
    expect(() => outputOf(value, template)).toThrow(message);
  });

  it("leaves out resources whose condition is false, of whatever type", () => {
    const template = {
      Conditions: { No: { "Fn::Equals": ["a", "b"] } },
      Resources: { V: { Type: "AWS::EC2::VPC", Condition: "No" } },
    };
    expect(outputOf("fine", template)).toBe("fine");
  });

  it("shortens a long name so that two stay different and both stay the same", () => {
    const long = "L".repeat(80);
    const named = (id: string) => outputOf({ Ref: id }, { Resources: { [id]: { Type: "AWS::Lambda::Function" } } });
    expect(named(`${long}1`)).toHaveLength(64);
    expect(named(`${long}1`)).toBe(named(`${long}1`));
    expect(named(`${long}1`)).not.toBe(named(`${long}2`));
  });
});
