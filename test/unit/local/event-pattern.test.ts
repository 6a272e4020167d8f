import { describe, expect, it } from "vitest";
import { CloudError } from "#local/cloud/cloud-error.ts";
import { compilePattern } from "#local/cloud/event-pattern.ts";

/** The event of "Comparison operators for use in event patterns", Amazon EventBridge User Guide. */
const event = {
  source: "aws.ec2",
  account: "123456789012",
  "detail-type": "EC2 Instance State-change Notification",
  resources: ["arn:aws:ec2:us-west-1:123456789012:instance/i-1", "arn:other"],
  detail: {
    state: "initializing",
    "c-count": 4,
    "d-count": 8,
    "x-limit": 301.8,
    responseElements: null,
    eventName: "",
    file: "image.PNG",
    tags: [
      { key: "a", value: 1 },
      { key: "b", value: 2 },
    ],
  },
};

const cases: [string, unknown, boolean][] = [
  ["exact value in a list", { source: ["aws.s3", "aws.ec2"] }, true],
  ["another value", { source: ["aws.s3"] }, false],
  ["all fields must match", { source: ["aws.ec2"], account: ["1"] }, false],
  ["a number is not its text", { detail: { "c-count": ["4"] } }, false],
  ["an exact number", { detail: { "c-count": [4] } }, true],
  ["null matches null", { detail: { responseElements: [null] } }, true],
  ["the empty string", { detail: { eventName: [""] } }, true],
  ["one element of an array", { resources: ["arn:other"] }, true],
  ["prefix", { resources: [{ prefix: "arn:aws:ec2" }] }, true],
  ["prefix, other", { source: [{ prefix: "ec2" }] }, false],
  ["prefix without case", { source: [{ prefix: { "equals-ignore-case": "AWS." } }] }, true],
  ["suffix", { detail: { file: [{ suffix: ".PNG" }] } }, true],
  ["suffix keeps case", { detail: { file: [{ suffix: ".png" }] } }, false],
  ["equals-ignore-case", { detail: { file: [{ "equals-ignore-case": "IMAGE.png" }] } }, true],
  ["anything-but a value", { detail: { state: [{ "anything-but": "initializing" }] } }, false],
  ["anything-but a list", { detail: { state: [{ "anything-but": ["stopped", "overloaded"] }] } }, true],
  ["anything-but numbers", { detail: { "x-limit": [{ "anything-but": [100, 200] }] } }, true],
  ["anything-but a prefix", { detail: { state: [{ "anything-but": { prefix: "init" } }] } }, false],
  ["anything-but a suffix list", { detail: { file: [{ "anything-but": { suffix: [".txt", ".rtf"] } }] } }, true],
  ["anything-but an absent field", { detail: { nothing: [{ "anything-but": "x" }] } }, false],
  ["numeric range", { detail: { "c-count": [{ numeric: [">", 0, "<=", 5] }] } }, true],
  ["numeric range, outside", { detail: { "d-count": [{ numeric: [">", 0, "<", 8] }] } }, false],
  ["numeric equality", { detail: { "x-limit": [{ numeric: ["=", 3.018e2] }] } }, true],
  ["exists", { detail: { "c-count": [{ exists: true }] } }, true],
  ["exists looks at leaves only", { detail: [{ exists: true }] }, false],
  ["does not exist", { detail: { nothing: [{ exists: false }] } }, true],
  ["does not exist, but does", { detail: { state: [{ exists: false }] } }, false],
  ["wildcard", { detail: { file: [{ wildcard: "im*.P*" }] } }, true],
  ["wildcard, a dot is a dot", { detail: { file: [{ wildcard: "image?PNG*" }] } }, false],
  ["wildcard with an escaped star", { detail: { file: [{ wildcard: "image\\*PNG" }] } }, false],
  ["any of several filters", { detail: { "c-count": [{ numeric: ["<", 0] }, { exists: true }] } }, true],
  ["$or, the second", { $or: [{ source: ["x"] }, { detail: { "d-count": [8] } }] }, true],
  ["$or, none", { source: ["aws.ec2"], $or: [{ account: ["x"] }, { detail: { "d-count": [9] } }] }, false],
  ["inside an array of objects", { detail: { tags: { key: ["b"] } } }, true],
  ["a path through a leaf", { detail: { state: { deeper: ["x"] } } }, false],
];

describe("event patterns", () => {
  it.each(cases)("%s", (_name, pattern, expected) => {
    expect(compilePattern(pattern, "test")(event)).toBe(expected);
  });

  it("names an operator it does not know", () => {
    expect(() => compilePattern({ source: [{ cidr: "10.0.0.0/24" }] }, "MyRule")).toThrow(
      new CloudError("This cloud does not know the filter cidr in an event pattern (in MyRule)."),
    );
  });

  it("refuses a value outside an array, as AWS does", () => {
    expect(() => compilePattern({ source: "aws.ec2" }, "MyRule")).toThrow(/must be in an array/);
  });
});
