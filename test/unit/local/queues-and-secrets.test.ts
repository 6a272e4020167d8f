import { describe, expect, it } from "vitest";
import { failedIdentifiers, sqsRecord } from "#local/cloud/queue-mapping.ts";
import { generatePassword } from "#local/cloud/secrets.ts";

describe("what a function reports of a batch of messages", () => {
  const known = new Set(["a", "b"]);
  const report = (...ids: unknown[]) =>
    JSON.stringify({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
  it.each<[string, string, string[] | undefined]>([
    ["nothing", "null", []],
    ["no failures", report(), []],
    ["one failure", report("b"), ["b"]],
    ["null instead of a list", '{"batchItemFailures":null}', []],
    ["an empty identifier fails all", report(""), undefined],
    ["a null identifier fails all", report(null), undefined],
    ["an unknown identifier fails all", report("a", "z"), undefined],
    ["no list fails all", '{"batchItemFailures":"a"}', undefined],
  ])("%s", (_name, payload, expected) => {
    const failed = failedIdentifiers(payload, known);
    expect(failed && [...failed]).toEqual(expected);
  });
});

describe("a message as Lambda sees it", () => {
  it("has Lambda's names, not those of SQS", () => {
    const message = {
      MessageId: "m",
      ReceiptHandle: "r",
      Body: "b",
      MD5OfBody: "5",
      Attributes: { ApproximateReceiveCount: "1" },
      MessageAttributes: { kind: { DataType: "String", StringValue: "x" } },
    };
    expect(sqsRecord(message, "arn:q", "r1")).toEqual({
      messageId: "m",
      receiptHandle: "r",
      body: "b",
      md5OfBody: "5",
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: { kind: { dataType: "String", stringValue: "x", stringListValues: [], binaryListValues: [] } },
      eventSource: "aws:sqs",
      eventSourceARN: "arn:q",
      awsRegion: "r1",
    });
  });
});

describe("generated passwords", () => {
  it("have 32 characters of every kind unless told otherwise", () => {
    const password = generatePassword({});
    expect(password).toHaveLength(32);
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/]) expect(password).toMatch(kind);
    expect(generatePassword({})).not.toBe(password);
  });
  it("leave out what is excluded", () => {
    const rules = {
      PasswordLength: 500,
      ExcludePunctuation: true,
      ExcludeUppercase: true,
      ExcludeCharacters: "aeiou0",
    };
    expect(generatePassword(rules)).toMatch(/^[bcdfghjklmnpqrstvwxyz1-9]{500}$/);
  });
});
