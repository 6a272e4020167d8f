import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryWakes } from "#functions/webhooks/adapters/memory-wakes.ts";
import { sqsWakes } from "#functions/webhooks/adapters/sqs-wakes.ts";
import type { Speed, WakeQueue } from "#functions/webhooks/domain/ports.ts";

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
  readonly wakes: WakeQueue;
  /** What can be taken from the queue now. */
  take(speed: Speed): Promise<unknown[]>;
}
const inMemory = async (): Promise<Subject> => {
  const wakes = memoryWakes();
  const take = async (speed: Speed) =>
    wakes.sent[speed]
      .filter(({ delaySeconds }) => delaySeconds === 0)
      .map(({ delaySeconds: _, ...message }) => message);
  return { wakes, take };
};
let queues = 0;
const onSqs = async (): Promise<Subject> => {
  const name = `wakes-${++queues}`;
  const urls = { quick: `${address}/000000000000/${name}-quick`, slow: `${address}/000000000000/${name}-slow` };
  for (const speed of ["quick", "slow"]) await client.send(new CreateQueueCommand({ QueueName: `${name}-${speed}` }));
  const take = async (speed: Speed) => {
    const taken: unknown[] = [];
    for (;;) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: urls[speed], MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return taken;
      taken.push(...Messages.map(({ Body = "" }) => JSON.parse(Body)));
    }
  };
  return { wakes: sqsWakes(client, urls), take };
};

const wake = (n: number, delaySeconds = 0) => ({ department: "D", endpoint: `E${n}`, delaySeconds });

describe.each([
  ["memory", inMemory],
  ["SQS", onSqs],
])("the queues of wakes in %s", (_name, create) => {
  it("take any number, each by its speed, and give them out when their delay is over", async () => {
    const { wakes, take } = await create();
    await wakes.send("quick", []);
    await wakes.send("quick", [...Array.from({ length: 23 }, (_, n) => wake(n)), wake(23, 900), wake(24, 5)]);
    await wakes.send("slow", [{ ...wake(25), recovery: "R" }]);
    const taken = (await take("quick")) as { endpoint: string }[];
    expect(new Set(taken.map(({ endpoint }) => endpoint))).toEqual(
      new Set(Array.from({ length: 23 }, (_, n) => `E${n}`)),
    );
    expect(await take("slow")).toEqual([{ department: "D", endpoint: "E25", recovery: "R" }]);
  });
});

it("says when a queue does not take a wake", async () => {
  const send = async () => ({ Failed: [{ Id: "0", Code: "InternalError", SenderFault: false }] });
  const wakes = sqsWakes({ send } as never, { quick: "url", slow: "url" });
  await expect(wakes.send("quick", [wake(0)])).rejects.toThrow("InternalError");
});
