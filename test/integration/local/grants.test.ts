import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cloud, startCloud, type Template, type TemplateValue } from "#local/cloud/index.ts";
import { eventually, miniature, postCase, seenBy } from "./miniature.ts";

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
    const denial = await eventually("the dropped event", () =>
      cloud.deniedCalls().find(({ action }) => action === "sqs:SendMessage"),
    );
    expect(denial.function).toBe("arn:aws-cn:events:cn-northwest-1:123456789012:rule/mini/Mini-Rule");
    expect(logs.some((line) => line.startsWith("EVENT DROPPED"))).toBe(true);
    expect(await seenBy(cloud)("y")).toBeUndefined();
  });
});
