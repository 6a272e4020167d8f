import { request } from "node:http";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cloud, CloudError, startCloud, type TemplateValue } from "#local/cloud/index.ts";
import { until } from "#local/until.ts";
import { miniature, postCase, s3, seenBy } from "./miniature.ts";

describe("a cloud that runs a synthesised assembly", () => {
  const logs: string[] = [];
  let cloud: Cloud;
  let seen: ReturnType<typeof seenBy>;
  beforeAll(async () => {
    cloud = await startCloud({ ...miniature(), onLog: ({ function: name, text }) => logs.push(`${name}: ${text}`) });
    seen = seenBy(cloud);
  });
  afterAll(() => cloud?.stop());

  it("carries a request through function, table, stream, bus, queue and function", async () => {
    const response = await postCase(cloud, { id: "flow" });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ id: "flow", who: "me" });
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
    const { detail, envelope, count, arn } = await until("the consumer", () => seen("flow"));
    expect(detail).toEqual({
      id: "flow",
      image: { id: { S: "flow" }, kind: { S: "plain" }, bytes: { B: "AAH/" } },
      arn: expect.stringMatching(/^arn:aws-cn:dynamodb:cn-northwest-1:123456789012:table\/MiniData-Cases\/stream\/2/),
      region: "cn-northwest-1",
    });
    expect(envelope).toEqual({
      version: "0",
      id: expect.any(String),
      "detail-type": "case.insert",
      source: "mini",
      account: "123456789012",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: "cn-northwest-1",
      resources: [],
    });
    expect([count, arn]).toEqual(["1", "arn:aws-cn:sqs:cn-northwest-1:123456789012:Mini-Queue"]);
  });

  it("resolves outputs to this machine", () => {
    expect(cloud.outputs.ApiUrl).toBe(`${cloud.url}/`);
    expect(cloud.outputs.CasesArn).toBe("arn:aws-cn:dynamodb:cn-northwest-1:123456789012:table/MiniData-Cases");
    expect(cloud.resources("AWS::SQS::Queue").map(({ physicalId }) => physicalId)).toEqual([
      "Mini-DeadLetters",
      "Mini-Queue",
      "Mini-Dropped",
    ]);
  });

  it("filters by the rule's pattern", async () => {
    await postCase(cloud, { id: "silent", kind: "silent" });
    await postCase(cloud, { id: "after-silent" });
    await until("what came after it", () => seen("after-silent"));
    expect(await seen("silent")).toBeUndefined();
  });

  it("gives up a poison record to the bucket and goes on with the next", async () => {
    await postCase(cloud, { id: "poison", kind: "poison" });
    await postCase(cloud, { id: "after-poison" });
    await until("the record after the poison", () => seen("after-poison"));
    const key = await until(
      "the failure record",
      async () => /<Key>([^<]+)<\/Key>/.exec(await (await s3(cloud, "GET", "/mini-failures?list-type=2")).text())?.[1],
    );
    expect(key).toMatch(
      /^aws\/lambda\/[0-9a-f-]{36}\/shardId-[^/]+\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
    );
    const record = JSON.parse(await (await s3(cloud, "GET", `/mini-failures/${key}`)).text());
    expect(record).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 2 },
      DDBStreamBatchInfo: { batchSize: 1 },
    });
    const [lost] = JSON.parse(record.payload).Records;
    expect(lost.dynamodb.NewImage).toEqual({ id: { S: "poison" }, kind: { S: "poison" }, bytes: { B: "AAH/" } });
  });

  it("moves a message that always fails to the dead letters, and it alone", async () => {
    const sqs = new SQSClient(cloud.operator);
    await Promise.all(["refused", "plain", "plain"].map((kind, n) => postCase(cloud, { id: `dlq-${n}`, kind })));
    const depth = async () => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: "http://x/123456789012/Mini-DeadLetters",
          AttributeNames: ["ApproximateNumberOfMessages"],
        }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages);
    };
    await until("the dead letter", async () => (await depth()) === 1 || undefined);
    expect([await seen("dlq-0"), (await seen("dlq-1")).count, (await seen("dlq-2")).count]).toEqual([
      undefined,
      "1",
      "1",
    ]);
  });

  it("delivers a batch again when its worker is killed in the middle", async () => {
    await postCase(cloud, { id: "k", kind: "held" });
    await until("the worker to hold the message", () => seen("held-k"));
    cloud.killWorkers("Consumer");
    const { count } = await until("the second delivery", () => seen("k"));
    expect(Number(count)).toBeGreaterThan(1);
    expect(logs).toContain("Mini-Consumer: Runtime.ExitError: Runtime exited with error: signal: killed");
  });

  it("ends a function that takes too long, and answers the next call", async () => {
    await expect(cloud.invoke("Misbehave", { how: "hang" })).rejects.toThrow(/Task timed out after 1\.00 seconds/);
    await expect(cloud.invoke("Misbehave", { how: "throw" })).rejects.toMatchObject({
      name: "RangeError",
      message: "on purpose",
    });
    await expect(cloud.invoke("Mini/Misbehave", { how: "exit" })).rejects.toThrow(
      "Runtime exited with error: exit status 3",
    );
    expect(await cloud.invoke("Misbehave", {})).toEqual({ calls: 1 });
    expect(await cloud.invoke("Misbehave", {})).toEqual({ calls: 2 });
    expect(logs).toContain("Mini-Misbehave: call 2");
  });

  it("answers as API Gateway when there is no route, no function or too much body", async () => {
    const status = async (path: string, init?: RequestInit) => {
      const response = await fetch(cloud.url + path, init);
      return [response.status, await response.text()];
    };
    expect(await status("/nowhere")).toEqual([404, '{"message":"Not Found"}']);
    expect(await status("/echo/x", { method: "POST", body: "x".repeat(10 * 1024 * 1024 + 1) })).toEqual([
      413,
      '{"message":"Request Entity Too Large"}',
    ]);
  });

  it("asks the authorizer once for the same identity, and never without one", async () => {
    const guarded = async (authorization?: string) => {
      const response = await fetch(`${cloud.url}/guarded`, { headers: authorization ? { authorization } : {} });
      return { status: response.status, body: (await response.json()) as TemplateValue };
    };
    const first = await guarded("cached");
    const second = await guarded("cached");
    expect(first.body.event.requestContext.authorizer.lambda).toEqual(
      second.body.event.requestContext.authorizer.lambda,
    );
    expect((await guarded("another")).body.event.requestContext.authorizer.lambda).not.toEqual(
      first.body.event.requestContext.authorizer.lambda,
    );
    expect(await guarded()).toEqual({ status: 401, body: { message: "Unauthorized" } });
    expect(await guarded("stranger")).toEqual({ status: 403, body: { message: "Forbidden" } });
    expect(await guarded("broken")).toEqual({ status: 500, body: { message: "Internal Server Error" } });
  });

  it("answers preflight requests itself, and only allowed origins may read", async () => {
    // fetch may not send an Origin of its own choice.
    const headersOf = (method: string, path: string, headers: Record<string, string>) =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        request(cloud.url + path, { method, headers }, (response) => {
          response.resume();
          resolve({ status: response.statusCode, ...response.headers });
        })
          .on("error", reject)
          .end();
      });
    const ask = { origin: "https://portal.example", "access-control-request-method": "POST" };
    expect(await headersOf("OPTIONS", "/cases", ask)).toMatchObject({
      status: 204,
      "access-control-allow-origin": "https://portal.example",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "authorization",
      "access-control-max-age": "60",
    });
    expect(await headersOf("GET", "/echo/x", { origin: ask.origin })).toMatchObject({
      "access-control-allow-origin": ask.origin,
      "access-control-expose-headers": "etag",
    });
    expect(await headersOf("OPTIONS", "/cases", { ...ask, origin: "https://evil.example" })).not.toHaveProperty(
      "access-control-allow-origin",
    );
  });

  it("runs a schedule when told to, and waits until it has run", async () => {
    await cloud.fireSchedule("TickRule");
    expect(await seen("tick")).toMatchObject({
      "detail-type": "Scheduled Event",
      source: "aws.events",
      resources: ["arn:aws-cn:events:cn-northwest-1:123456789012:rule/Mini-TickRule"],
    });
  });

  it("tries an asynchronous invocation again, then sends it to the failure destination", async () => {
    const { endpoint, region, credentials } = cloud.operator;
    const accepted = await fetch(`${endpoint}/2015-03-31/functions/Mini-Later/invocations`, {
      method: "POST",
      headers: {
        "x-amz-invocation-type": "Event",
        authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/${region}/lambda/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: '{"n":1}',
    });
    expect(accepted.status).toBe(202);
    const sqs = new SQSClient(cloud.operator);
    const message = await until(
      "the failure",
      async () =>
        (await sqs.send(new ReceiveMessageCommand({ QueueUrl: "http://x/1/Mini-Dropped", WaitTimeSeconds: 1 })))
          .Messages?.[0],
    );
    expect(JSON.parse(message.Body ?? "")).toMatchObject({
      requestPayload: { n: 1 },
      requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 2 },
      responsePayload: { errorType: "Error", errorMessage: "never" },
    });
  });

  it("keeps secrets and files, for those who may", async () => {
    const result = (await cloud.invoke("Filer", { bucket: "mini-files" })) as TemplateValue;
    expect(JSON.parse(result.secret.SecretString)).toEqual({
      issuer: "mini",
      key: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
    });
    expect(result.refused.__type).toBe("AccessDeniedException");
    expect(result.refused.message).toMatch(
      /^Mini-Filer is not authorized to perform: secretsmanager:PutSecretValue on resource: arn:aws-cn:secretsmanager:/,
    );
    expect([result.put[0], result.got]).toEqual([200, [200, "content"]]);
    expect(result.missing[0]).toBe(403);
    expect(result.missing[1]).toContain("s3:ListBucket");
    expect(result.other).toEqual([403, expect.stringContaining("<Code>AccessDenied</Code>")]);
    expect((await s3(cloud, "GET", "/mini-files/missing")).status).toBe(404);
  });

  it("has refused nothing and names the grants that nothing needed", () => {
    expect(new Set(cloud.deniedCalls().map((denial) => denial.function))).toEqual(new Set(["Mini-Filer"]));
    const unused = cloud.unusedGrants().map(({ function: name, action }) => `${name} ${action}`);
    expect(unused).toContain("Mini-Http dynamodb:GetItem");
    expect(unused).toContain("Mini-Consumer sqs:ChangeMessageVisibility");
    expect(unused.filter((line) => line.startsWith("Mini-Relay"))).toEqual([]);
  });

  it("says in one sentence that a port is in use", async () => {
    const port = Number(new URL(cloud.url).port);
    await expect(startCloud({ ...miniature(), port })).rejects.toThrow(
      new CloudError(`Port ${port} of 127.0.0.1 is in use; choose another port, or end what uses it.`),
    );
  });
});
