import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cloud, CloudError, startCloud, type Template, type TemplateValue } from "#local/cloud/index.ts";
import { until } from "#local/until.ts";
import { miniature, postCase, seenBy } from "./miniature.ts";

/** The miniature with three things wired wrongly, as a person could forget them in CDK. */
const broken = (stack: string, template: Template): Template => {
  if (stack !== "Mini") return template;
  const { QueuePolicy: _policy, EchoPermission: _permission, ...Resources } = template.Resources;
  const statements: TemplateValue[] = Resources.HttpPolicy?.Properties?.PolicyDocument.Statement;
  statements[0].Action = ["dynamodb:GetItem"];
  return { ...template, Resources };
};

describe("a cloud whose templates miss grants", () => {
  let cloud: Cloud;
  const logs: string[] = [];
  beforeAll(async () => {
    cloud = await startCloud({ ...miniature(), changeTemplate: broken, onLog: ({ text }) => logs.push(text) });
  });
  afterAll(() => cloud?.stop());

  it("refuses the call as AWS does, and says which function lacks what", async () => {
    const response = await postCase(cloud, { id: "x" });
    expect([response.status, await response.json()]).toEqual([500, { message: "Internal Server Error" }]);
    const resource = "arn:aws-cn:dynamodb:cn-northwest-1:123456789012:table/MiniData-Cases";
    expect(cloud.deniedCalls()).toContainEqual({ function: "Mini-Http", action: "dynamodb:PutItem", resource });
    expect(logs.join("\n")).toContain(
      `AccessDeniedException: Mini-Http is not authorized to perform: dynamodb:PutItem on resource: ${resource}`,
    );
  });

  it("fails a route without the permission to invoke its function", async () => {
    const response = await fetch(`${cloud.url}/echo/x`);
    expect([response.status, await response.json()]).toEqual([500, { message: "Internal Server Error" }]);
    expect((await fetch(`${cloud.url}/guarded`, { headers: { authorization: "me" } })).status).toBe(200);
  });

  it("drops an event for a queue that does not let the bus in, loudly", async () => {
    await cloud.invoke("Relay", {
      Records: [
        {
          eventName: "INSERT",
          dynamodb: {
            Keys: { id: { S: "y" } },
            NewImage: { id: { S: "y" }, kind: { S: "plain" } },
            SequenceNumber: "1",
          },
        },
      ],
    });
    const denial = await until("the dropped event", () =>
      cloud.deniedCalls().find(({ action }) => action === "sqs:SendMessage"),
    );
    expect(denial.function).toBe("arn:aws-cn:events:cn-northwest-1:123456789012:rule/mini/Mini-Rule");
    expect(logs.some((line) => line.startsWith("EVENT DROPPED"))).toBe(true);
    expect(await seenBy(cloud)("y")).toBeUndefined();
  });
});

describe("a cloud that cannot start", () => {
  it("says what to install when there is no Java", async () => {
    const { PATH } = process.env;
    process.env.PATH = "/nowhere";
    try {
      await expect(startCloud(miniature())).rejects.toThrow(
        "DynamoDB Local needs a Java runtime, 17 or newer; on Debian: apt-get install -y default-jre-headless.",
      );
    } finally {
      process.env.PATH = PATH;
    }
  });

  it("names what a template asks for and it does not know", async () => {
    const changeTemplate = (_stack: string, template: Template): Template => ({
      ...template,
      Resources: { ...template.Resources, Net: { Type: "AWS::EC2::VPC" } },
    });
    await expect(startCloud({ ...miniature(), changeTemplate })).rejects.toThrow(
      new CloudError("This cloud does not know the resource type AWS::EC2::VPC (Net in MiniData)."),
    );
  });

  it("names the stack that the assembly does not hold", async () => {
    await expect(startCloud({ ...miniature(), stacks: ["Other"] })).rejects.toThrow(/^There is no stack Other in /);
  });
});
