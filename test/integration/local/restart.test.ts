import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { type Cloud, type CloudOptions, startCloud, type TemplateValue } from "#local/cloud/index.ts";
import { until } from "#local/until.ts";
import { changed, miniature, postCase, seenBy, temporaryDirectory } from "./miniature.ts";

const QueueUrl = "http://x/123456789012/Mini-Queue";
const persistent = (): CloudOptions & { dataDir: string } => ({ ...miniature(), dataDir: temporaryDirectory() });
const noRelay = { changeTemplate: changed("RelayMapping", { Enabled: false }) };
const noConsumer = { changeTemplate: changed("ConsumerMapping", { Enabled: false }) };

/** Messages in the queue, being worked on or not. */
const depth = async (cloud: Cloud): Promise<number> => {
  const AttributeNames = ["ApproximateNumberOfMessages" as const, "ApproximateNumberOfMessagesNotVisible" as const];
  const { Attributes } = await new SQSClient(cloud.operator).send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
  );
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes?.[name]), 0);
};

describe("a cloud that keeps its data", () => {
  it("relays after a restart what the stream held before it, and reads nothing twice", async () => {
    const options = persistent();
    const first = await startCloud(options);
    await postCase(first, { id: "one" });
    await until("the first case", () => seenBy(first)("one"));
    const checkpoint = () => readFileSync(join(options.dataDir, "checkpoints", "Mini-RelayMapping.json"), "utf8");
    await until("its checkpoint", () => checkpoint() !== "{}" || undefined);
    await until("its message to be gone", async () => (await depth(first)) === 0 || undefined);
    await first.stop();

    const second = await startCloud({ ...options, ...noRelay });
    await postCase(second, { id: "two" });
    await second.stop();

    const third = await startCloud({ ...options, ...noConsumer });
    expect(await until("the relay", async () => (await depth(third)) || undefined)).toBe(1);
    await third.stop();

    const fourth = await startCloud(options);
    expect((await until("the kept message", () => seenBy(fourth)("two"))).detail.id).toBe("two");
    await fourth.stop();
  }, 180_000);

  it("delivers again at once what was held at a kill -9, and refuses to share its directory", async () => {
    const options = persistent();
    const victim = fileURLToPath(new URL("./victim.ts", import.meta.url));
    const child = spawn(process.execPath, [victim, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    await until("the victim to hold a message", () => output.includes("HELD") || undefined, { seconds: 90 });
    await expect(startCloud(options)).rejects.toThrow(/^Another cloud is running on /);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    // The queue would hide it for ten more minutes.
    const cloud = await startCloud({ ...options, changeTemplate: changed("Queue", { VisibilityTimeout: 600 }) });
    expect((await until("the message held at the kill", () => seenBy(cloud)("k"))).count).toBe("2");
    await cloud.stop();
  }, 180_000);

  it("starts DynamoDB Local again when it is killed, and loses no write it has answered", async () => {
    const options = persistent();
    const cloud = await startCloud({ ...options, ...noConsumer });
    const secret = ((await cloud.invoke("Filer", { bucket: "mini-files" })) as TemplateValue).secret.SecretString;
    await postCase(cloud, { id: "before" });
    const [java] = execFileSync("pgrep", ["-f", `^java .*${options.dataDir}`], { encoding: "utf8" }).split("\n");
    process.kill(Number(java), "SIGKILL");
    await until("a write after the kill", async () => (await postCase(cloud, { id: "after" })).ok || undefined, {
      seconds: 60,
    });
    const sqs = new SQSClient(cloud.operator);
    const relayed = new Set<string>();
    await until("both events", async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
      for (const { Body } of Messages) relayed.add(JSON.parse(Body ?? "").detail.id);
      return (relayed.has("before") && relayed.has("after")) || undefined;
    });
    await cloud.stop();
    const again = await startCloud(options);
    expect(((await again.invoke("Filer", { bucket: "mini-files" })) as TemplateValue).secret.SecretString).toBe(secret);
    await again.stop();
  }, 180_000);
});
