import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CloudOptions, startCloud, type Template, type TemplateValue } from "#local/cloud/index.ts";
import { eventually, miniature, postCase, seenBy } from "./miniature.ts";

/** The miniature with one event source mapping switched off. */
const without = (mapping: string) => (_stack: string, template: Template) => {
  const resource = template.Resources[mapping];
  if (resource) resource.Properties = { ...resource.Properties, Enabled: false };
  return template;
};

const persistent = (): CloudOptions => ({ ...miniature(), dataDir: mkdtempSync(join(tmpdir(), "cloud-data-")) });

describe("a cloud that keeps its data", () => {
  it("relays after a restart what the stream held before it, and reads nothing twice", async () => {
    const options = persistent();
    const first = await startCloud(options);
    await postCase(first, { id: "one" });
    await eventually("the first case", () => seenBy(first)("one"));
    await first.stop();
    const second = await startCloud({ ...options, changeTemplate: without("RelayMapping") });
    await postCase(second, { id: "two" });
    await second.stop();
    let relayed = 0;
    const third = await startCloud({ ...options, changeTemplate: without("ConsumerMapping") });
    const queue = async () =>
      Number(((await depthOf(third)) as { Attributes: Record<string, string> }).Attributes.ApproximateNumberOfMessages);
    relayed = await eventually("the relay", async () => (await queue()) || undefined);
    expect(relayed).toBe(1);
    expect(await seenBy(third)("two")).toBeUndefined();
    await third.stop();
    const fourth = await startCloud(options);
    expect((await eventually("the message kept in the queue", () => seenBy(fourth)("two"))).detail.id).toBe("two");
    expect((await seenBy(fourth)("one")).count).toBe("1");
    await fourth.stop();
  }, 120_000);

  it("goes on after kill -9 in the middle of a batch, and refuses to share its directory", async () => {
    const options = persistent();
    const child = spawn(process.execPath, [join(import.meta.dirname, "victim.ts"), JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    await eventually("the victim to hold a message", () => output.includes("HELD") || undefined, 60);
    await expect(startCloud(options)).rejects.toThrow(/^Another cloud is running on /);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    const cloud = await startCloud(options);
    expect(Number((await eventually("the message held at the kill", () => seenBy(cloud)("k"))).count)).toBeGreaterThan(
      1,
    );
    await cloud.stop();
  }, 120_000);

  it("starts DynamoDB Local again when it is killed, and loses no write it has answered", async () => {
    const options = persistent();
    const cloud = await startCloud(options);
    const secret = await cloud.invoke("Filer", { bucket: "mini-files" });
    await postCase(cloud, { id: "before" });
    const [java] = execFileSync("pgrep", ["-f", `^java .*${options.dataDir}`], { encoding: "utf8" }).split("\n");
    process.kill(Number(java), "SIGKILL");
    await eventually(
      "a write after the kill",
      async () => (await postCase(cloud, { id: "after" })).status === 201 || undefined,
    );
    await eventually("both events", async () => (await seenBy(cloud)("before")) && seenBy(cloud)("after"));
    await cloud.stop();
    const again = await startCloud(options);
    expect(((await again.invoke("Filer", { bucket: "mini-files" })) as TemplateValue).secret.SecretString).toBe(
      (secret as TemplateValue).secret.SecretString,
    );
    await again.stop();
  }, 120_000);
});

const depthOf = (cloud: { operator: { endpoint: string; region: string; credentials: { accessKeyId: string } } }) =>
  fetch(cloud.operator.endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${cloud.operator.credentials.accessKeyId}/20260101/${cloud.operator.region}/sqs/aws4_request, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.GetQueueAttributes",
    },
    body: JSON.stringify({ QueueUrl: "http://x/1/Mini-Queue", AttributeNames: ["ApproximateNumberOfMessages"] }),
  }).then((response) => response.json());
