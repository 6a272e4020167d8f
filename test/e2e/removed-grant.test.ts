import { afterAll, beforeAll, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import type { Template } from "#local/cloud/index.ts";
import { submission, testCity, tokenOf } from "../support/city.ts";

let removed = 0;

/** The templates without one right of one function. */
const without =
  (functionPath: string, action: string) =>
  (_stack: string, template: Template): Template => {
    for (const [logicalId, resource] of Object.entries(template.Resources)) {
      if (resource.Type !== "AWS::IAM::Policy" || !resource.Properties || !logicalId.startsWith(functionPath)) continue;
      const { Statement } = resource.Properties.PolicyDocument as { Statement: { Action: string | string[] }[] };
      for (const statement of Statement) {
        const granted = [statement.Action].flat();
        statement.Action = granted.filter((each) => each !== action);
        removed += granted.length - statement.Action.length;
      }
    }
    return template;
  };

let city: City;
beforeAll(async () => {
  city = await testCity({ changeTemplate: without("ApplicationsHttp", "dynamodb:PutItem") });
});
afterAll(() => city.stop());

it("a function whose grant was taken out of the template is refused the call, as on AWS", async () => {
  expect(removed).toBe(1);
  const answer = await fetch(`${city.url}/v1/applications`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await tokenOf(city, "channel-portal")}`,
      "content-type": "application/json",
      "idempotency-key": "no-grant",
    },
    body: JSON.stringify(submission),
  });
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({ type: "/problems/request.fault", status: 500 });
  expect(city.cloud.deniedCalls()).toMatchObject([
    { function: expect.stringContaining("ApplicationsHttp"), action: "dynamodb:PutItem" },
  ]);
});
