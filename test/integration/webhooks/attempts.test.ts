import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryAttempts } from "#functions/webhooks/adapters/memory-attempts.ts";
import { sqsAttempts } from "#functions/webhooks/adapters/sqs-attempts.ts";
import type { AttemptQueue } from "#functions/webhooks/domain/ports.ts";

const server = buildApp({ logger: false });
let address: string;
let client: SQSClient;
beforeAll(async () => {
  address = await server.listen({ host: "127.0.0.1", port: 0 });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new SQSClient({ endpoint: address, region: "us-east-1", credentials });
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

interface Subject {
  readonly attempts: AttemptQueue;
  /** What can be taken from the queue now. */
  take(): Promise<unknown[]>;
}
const inMemory = async (): Promise<Subject> => {
  const attempts = memoryAttempts();
  const take = async () =>
    attempts.sent.filter(({ delaySeconds }) => delaySeconds === 0).map(({ delaySeconds: _, ...message }) => message);
  return { attempts, take };
};
let queues = 0;
const onSqs = async (): Promise<Subject> => {
  const name = `attempts-${++queues}`;
  await client.send(new CreateQueueCommand({ QueueName: name }));
  const queueUrl = `${address}/000000000000/${name}`;
  const take = async () => {
    const taken: unknown[] = [];
    for (;;) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return taken;
      taken.push(...Messages.map(({ Body = "" }) => JSON.parse(Body)));
    }
  };
  return { attempts: sqsAttempts(client, queueUrl), take };
};

const due = (n: number, delaySeconds = 0) => ({
  endpoint: "E",
  event: `e${n}`,
  time: "2026-11-22T02:00:00.000Z",
  attempt: n,
  delaySeconds,
});

describe.each([
  ["memory", inMemory],
  ["SQS", onSqs],
])("the queue of attempts in %s", (_name, create) => {
  it("takes any number, and gives them out when their delay is over", async () => {
    const { attempts, take } = await create();
    await attempts.send([]);
    await attempts.send([...Array.from({ length: 23 }, (_, n) => due(n)), due(23, 900), due(24, 5)]);
    const taken = (await take()) as { attempt: number }[];
    expect(taken.map(({ attempt }) => attempt).sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, n) => n));
    const { delaySeconds: _delay, ...message } = due(7);
    expect(taken).toContainEqual(message);
  });
});

it("says when the queue does not take an attempt", async () => {
  const send = async () => ({ Failed: [{ Id: "0", Code: "InternalError", SenderFault: false }] });
  await expect(sqsAttempts({ send } as never, "url").send([due(0)])).rejects.toThrow("InternalError");
});
