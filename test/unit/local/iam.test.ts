import { describe, expect, it } from "vitest";
import { compilePolicy } from "#local/cloud/iam.ts";
import { jsonNeeds, s3Needs } from "#local/cloud/needs.ts";

const place = { region: "cn-north-1", account: "1", partition: "aws-cn", urlSuffix: "amazonaws.com.cn" };
const table = "arn:aws-cn:dynamodb:cn-north-1:1:table/T";
const policy = (...Statement: unknown[]) => compilePolicy([{ Statement }], "R");
const allow = (Action: unknown, Resource: unknown, more = {}) => ({ Effect: "Allow", Action, Resource, ...more });

describe("policies", () => {
  it.each([
    ["the same", "dynamodb:PutItem", table, true],
    ["another action", "dynamodb:GetItem", table, false],
    ["actions have no case", "DynamoDB:putitem", table, true],
    ["resources have", "dynamodb:PutItem", table.toUpperCase(), false],
    ["star in an action", "dynamodb:Put*", table, true],
    ["star in a resource", "dynamodb:*", "arn:aws-cn:dynamodb:*:1:table/*", true],
    ["one question mark", "dynamodb:PutIte?", "arn:aws-cn:dynamodb:cn-north-1:1:table/?", true],
    ["a dot is a dot", "dynamodb.PutItem", table, false],
    ["a list", ["s3:GetObject", "dynamodb:PutItem"], ["x", table], true],
    ["an index is not the table", "dynamodb:PutItem", `${table}/index/*`, false],
  ])("%s", (_name, action, resource, expected) => {
    expect(policy(allow(action, resource)).allows({ action: "dynamodb:PutItem", resource: table })).toBe(expected);
  });

  it("lets a Deny win over an Allow, wherever it stands", () => {
    const denied = policy(allow("*", "*"), { Effect: "Deny", Action: "s3:*", Resource: "*" });
    expect(denied.allows({ action: "s3:GetObject", resource: "x" })).toBe(false);
    expect(denied.allows({ action: "sqs:SendMessage", resource: "x" })).toBe(true);
  });

  it("reports each action and resource pair that no call needed", () => {
    const grants = policy(allow(["a:Read", "a:Write"], ["one", "two/*"]));
    grants.allows({ action: "a:Read", resource: "one" });
    grants.allows({ action: "a:Write", resource: "two/x" });
    expect(grants.unused()).toEqual([
      { action: "a:Read", resource: "two/*" },
      { action: "a:Write", resource: "one" },
    ]);
  });

  it("respects the source in a resource policy, and for which service it is", () => {
    const queue = policy({
      ...allow("sqs:SendMessage", "q", { Condition: { ArnEquals: { "aws:SourceArn": "rule-1" } } }),
      Principal: { Service: "events.amazonaws.com" },
    });
    const send = { action: "sqs:SendMessage", resource: "q" };
    expect(queue.allows(send, { "aws:SourceArn": "rule-1" }, "events.amazonaws.com")).toBe(true);
    expect(queue.allows(send, { "aws:SourceArn": "rule-2" }, "events.amazonaws.com")).toBe(false);
    expect(queue.allows(send, { "aws:SourceArn": "rule-1" }, "s3.amazonaws.com")).toBe(false);
    expect(queue.allows(send, {}, "events.amazonaws.com")).toBe(false);
  });

  it.each([
    ["NotAction", { Effect: "Allow", NotAction: "s3:*", Resource: "*" }],
    ["DateLessThan", allow("*", "*", { Condition: { DateLessThan: { "aws:CurrentTime": "x" } } })],
    ["dynamodb:LeadingKeys", allow("*", "*", { Condition: { StringEquals: { "dynamodb:LeadingKeys": "x" } } })],
  ])("names what it does not know: %s", (name, statement) => {
    expect(() => policy(statement)).toThrow(name);
  });
});

describe("what a call needs", () => {
  const needs = (service: string, operation: string, input: unknown) =>
    jsonNeeds(service, { operation, input }, place, (id) => `${id}-Ab12cd`).map(
      ({ action, resource }) => `${action} ${resource}`,
    );

  it.each([
    ["a query of an index", "Query", { TableName: "T", IndexName: "I" }, [`dynamodb:Query ${table}/index/I`]],
    ["a table named by its ARN", "GetItem", { TableName: table }, [`dynamodb:GetItem ${table}`]],
    [
      "a batch, per table",
      "BatchGetItem",
      { RequestItems: { T: {}, U: {} } },
      [`dynamodb:BatchGetItem ${table}`, `dynamodb:BatchGetItem ${table.replace(/T$/, "U")}`],
    ],
    [
      "a transaction, per item",
      "TransactWriteItems",
      {
        TransactItems: [
          { Put: { TableName: "T" } },
          { ConditionCheck: { TableName: "T" } },
          { Update: { TableName: "T" } },
          { Delete: { TableName: "T" } },
        ],
      },
      ["PutItem", "ConditionCheckItem", "UpdateItem", "DeleteItem"].map((action) => `dynamodb:${action} ${table}`),
    ],
    [
      "reading a stream",
      "GetRecords",
      { ShardIterator: "arn:aws:dynamodb:ddblocal:000000000000:table/T/stream/L|1|x" },
      [`dynamodb:GetRecords ${table}/stream/L`],
    ],
  ])("%s", (_name, operation, input, expected) => {
    expect(needs("dynamodb", operation, input)).toEqual(expected);
  });

  it("knows batches of SQS as their single action", () => {
    const QueueUrl = "http://127.0.0.1:1/1/q";
    expect(needs("sqs", "SendMessageBatch", { QueueUrl })).toEqual(["sqs:SendMessage arn:aws-cn:sqs:cn-north-1:1:q"]);
  });

  it("asks for every bus an event goes to", () => {
    const Entries = [{ EventBusName: "a" }, {}, { EventBusName: "arn:aws-cn:events:cn-north-1:1:event-bus/a" }];
    const bus = "events:PutEvents arn:aws-cn:events:cn-north-1:1:event-bus/";
    expect(needs("events", "PutEvents", { Entries })).toEqual([`${bus}a`, `${bus}default`]);
  });

  it.each([
    ["GET", "/b/k%20x", "s3:GetObject arn:aws-cn:s3:::b/k x"],
    ["HEAD", "/b/k", "s3:GetObject arn:aws-cn:s3:::b/k"],
    ["PUT", "/b/k/l?x-id=PutObject", "s3:PutObject arn:aws-cn:s3:::b/k/l"],
    ["PUT", "/b/k?tagging", "s3:PutObjectTagging arn:aws-cn:s3:::b/k"],
    ["DELETE", "/b/k", "s3:DeleteObject arn:aws-cn:s3:::b/k"],
    ["GET", "/b?list-type=2", "s3:ListBucket arn:aws-cn:s3:::b"],
    ["DELETE", "/b/k?uploadId=1", "s3:AbortMultipartUpload arn:aws-cn:s3:::b/k"],
  ])("S3: %s %s", (method, url, expected) => {
    const [need] = s3Needs({ method, url, headers: {}, body: Buffer.alloc(0) }, place);
    expect(`${need?.action} ${need?.resource}`).toBe(expected);
  });
});
