import { createHash } from "node:crypto";
import { request } from "node:http";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import type { Template } from "#local/cloud/index.ts";
import { until } from "#local/until.ts";
import {
  completeFile,
  downloadFile,
  readFile,
  searchFiles,
  uploadFile,
} from "#shared/contracts/http/applications/materials.ts";
import { downloadReceipt, listReceipts } from "#shared/contracts/http/applications/receipts.ts";
import { submitApplication } from "#shared/contracts/http/applications.ts";
import { apiOf, submission, submitDemo, testCity, untilConcluded } from "../support/city.ts";
import { textOf } from "../support/pdf-text.ts";
import { docx, eicar, jpeg, pdf, png } from "../support/sample-files.ts";

const { applicant } = submission;
const whose = { kind: applicant.kind, idNumber: applicant.idNumber };

/** Whoever died in the middle of a check is followed soon, not after nine minutes. */
const impatient = (_stack: string, template: Template): Template => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === "AWS::SQS::Queue" && Properties?.VisibilityTimeout) Properties.VisibilityTimeout = 3;
  return template;
};

/** Sends half of what it says it sends, and hangs up. */
const cutShort = ({ url, headers }: { url: string; headers: Record<string, string> }, content: Buffer) =>
  new Promise<void>((resolve) => {
    const sending = request(url, { method: "PUT", headers });
    sending.on("error", () => resolve());
    sending.on("close", () => resolve());
    sending.write(content.subarray(0, content.length / 2), () => sending.destroy());
  });

describe("files on the synthesised templates, with real bytes", () => {
  let city: City;
  let s3: S3Client;
  let bucket: string;
  let keys = 0;
  beforeAll(async () => {
    city = await testCity({ changeTemplate: impatient });
    s3 = new S3Client({ ...city.cloud.operator, forcePathStyle: true });
    bucket =
      city.cloud.resources("AWS::S3::Bucket").find(({ path }) => path?.includes("Applications/Files"))?.physicalId ??
      "";
  });
  afterAll(async () => {
    s3.destroy();
    await city.stop();
  });

  const portal = () => apiOf(city, "channel-portal");
  const announce = async (content: Buffer, mediaType = "application/pdf") => {
    const answer = await portal()(uploadFile, {
      key: `e2e-file-${++keys}`,
      body: {
        applicant,
        name: "黄丽珍的合同.pdf",
        mediaType: mediaType as "application/pdf",
        bytes: content.length,
        sha256: createHash("sha256").update(content).digest("hex"),
        // The item takes no office documents: those are announced for nothing in particular.
        ...(!mediaType.includes("openxmlformats") && {
          material: { itemCode: submission.itemCode, material: "m1" },
        }),
      },
    });
    if (!answer.ok) throw new Error(answer.code);
    return answer.value;
  };
  const send = (
    { method, url, headers }: { method: string; url: string; headers: Record<string, string> },
    content: Buffer,
  ) => fetch(url, { method, headers, body: new Uint8Array(content) });
  const complete = async (id: string) => {
    const answer = await portal()(completeFile, { path: { id }, key: `e2e-done-${id}`, body: { applicant: whose } });
    if (!answer.ok) throw new Error(answer.code);
    return answer.value;
  };
  const settled = (id: string) =>
    until(`file ${id} is settled`, async () => {
      const answer = await portal()(readFile, { path: { id } });
      if (!answer.ok) throw new Error(answer.code);
      return (answer.value.status === "clean" || answer.value.status === "rejected") && answer.value;
    });
  const stored = async (prefix: string) =>
    ((await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }))).Contents ?? []).map(
      ({ Key }) => Key,
    );
  const emptied = (id: string) =>
    until(
      `nothing of ${id} is left in quarantine`,
      async () => !(await stored("quarantine/")).includes(`quarantine/${id}`),
    );

  it.each([
    ["application/pdf", () => pdf("买卖合同")],
    ["image/png", png],
    ["image/jpeg", jpeg],
    ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", docx],
  ] as const)("takes a %s from the announcement to a download of the same bytes", async (mediaType, make) => {
    const content = await make();
    const file = await announce(content, mediaType);
    expect((await send(file.upload, content)).status).toBe(200);
    expect(["checking", "clean"]).toContain((await complete(file.id)).status);
    expect((await settled(file.id)).status).toBe("clean");
    await emptied(file.id);

    const link = await portal()(downloadFile, { path: { id: file.id }, key: "", body: { applicant: whose } });
    if (!link.ok) throw new Error(link.code);
    const fetched = await fetch(link.value.url);
    expect(Buffer.from(await fetched.arrayBuffer())).toEqual(content);
    expect(link.value.name).toBe("黄丽珍的合同.pdf");
    expect(decodeURIComponent(link.value.url)).not.toContain("黄丽珍");
    expect(new URL(link.value.url).searchParams.get("response-content-disposition")).toMatch(
      /^attachment; filename="[0-9A-Z]{26}\.\w+"$/,
    );
  });

  it.each([
    [
      "malware",
      "the EICAR file in a document",
      () => docx([{ name: "a.bin", content: eicar }]),
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ],
    ["malware", "the EICAR file attached to a PDF", () => pdf("合同", eicar), "application/pdf"],
    ["type-differs", "an image called a PDF", png, "application/pdf"],
  ] as const)("rejects as %s %s", async (reason, _, make, mediaType) => {
    const content = await make();
    const file = await announce(content, mediaType);
    await send(file.upload, content);
    await complete(file.id);
    expect(await settled(file.id)).toMatchObject({ status: "rejected", reason });
    await emptied(file.id);
    expect(await stored("clean/")).not.toContain(`clean/${file.id}`);
    const link = await portal()(downloadFile, { path: { id: file.id }, key: "", body: { applicant: whose } });
    expect(link.ok || link.code).toBe("file.not-clean");
  });

  it("takes by its link nothing but what was announced, and that once", async () => {
    const content = await pdf("合同");
    const { upload } = await announce(content);
    await cutShort(upload, content);
    const longer = Buffer.concat([content, Buffer.from("\n")]);
    const asLonger = { ...upload, headers: { ...upload.headers, "content-length": String(longer.length) } };
    expect((await send(asLonger, longer)).status).toBe(403);
    expect((await send(upload, Buffer.from(content).fill(32, 40, 41))).status).toBe(400);
    expect(
      (await send({ ...upload, headers: { ...upload.headers, "content-type": "text/html" } }, content)).status,
    ).toBe(403);
    expect((await send({ ...upload, url: upload.url.replace("quarantine/", "clean/") }, content)).status).toBe(403);
    const both = await Promise.all([send(upload, content), send(upload, content)]);
    expect(both.map(({ status }) => status)).toContain(200);
  });

  it("rejects what an insider puts in a file's place, and never serves it", async () => {
    const content = await pdf("合同");
    const file = await announce(content);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `quarantine/${file.id}`, Body: await pdf("伪造") }));
    expect(await settled(file.id)).toMatchObject({ status: "rejected" });
    await expect(s3.send(new GetObjectCommand({ Bucket: bucket, Key: `clean/${file.id}` }))).rejects.toThrow();
  });

  it("checks a file whose check was killed in the middle", async () => {
    const files = await Promise.all(
      [1, 2, 3, 4].map(async (n) => {
        const content = await pdf(`合同 ${n}`);
        const file = await announce(content);
        await send(file.upload, content);
        city.cloud.killWorkers("Materials/OnFileUploaded/Fn");
        return file.id;
      }),
    );
    for (const id of files) expect((await settled(id)).status).toBe("clean");
  });

  it("offers them again, for the material they were brought as", async () => {
    const found = await portal()(searchFiles, {
      body: { applicant: whose, material: { itemCode: submission.itemCode, material: "m1" } },
      query: { limit: "3" },
    });
    if (!found.ok) throw new Error(found.code);
    expect(found.value.items).toHaveLength(3);
    expect(found.value.items[0]).toMatchObject({ grade: "C", itemCode: submission.itemCode, channel: "portal" });
    expect(found.value.next).toBeDefined();
  });

  it("opens to the department of the case it is attached to, and to no other", async () => {
    const content = await pdf("合同");
    const file = await announce(content);
    await send(file.upload, content);
    expect((await settled(file.id)).status).toBe("clean");
    const materials = submission.materials.map((each) =>
      each.material === "m1" ? { material: "m1", file: file.id } : each,
    );
    const submitted = await portal()(submitApplication, { key: "e2e-attached", body: { ...submission, materials } });
    if (!submitted.ok) throw new Error(submitted.code);
    const why = { application: submitted.value.id, purpose: "decision" as const, officer: "ss-sj-0203" };
    const own = await apiOf(city, "department-11440607ym00000752")(downloadFile, { path: { id: file.id }, body: why });
    if (!own.ok) throw new Error(own.code);
    expect(Buffer.from(await (await fetch(own.value.url)).arrayBuffer())).toEqual(content);
    const other = await apiOf(city, "department-11440605ym0000024w")(downloadFile, {
      path: { id: file.id },
      body: why,
    });
    expect(other.ok || other.code).toBe("file.not-found");
  });

  it("gives each step its receipt, and leads from there to the progress of the case", async () => {
    const { id, number } = await submitDemo(city, "e2e-receipts");
    await untilConcluded(city, id, 60);
    const items = await until("three receipts are issued", async () => {
      const answer = await portal()(listReceipts, { path: { id } });
      if (!answer.ok) throw new Error(answer.code);
      return answer.value.items.length >= 3 && answer.value.items;
    });
    expect(items.map(({ kind }) => kind)).toEqual(["acceptance", "decision", "delivery"]);
    for (const { id: receipt, title, sha256 } of items) {
      const link = await portal()(downloadReceipt, { path: { id, receipt }, body: { applicant: whose } });
      if (!link.ok) throw new Error(link.code);
      const pdf = Buffer.from(await (await fetch(link.value.url)).arrayBuffer());
      expect(createHash("sha256").update(pdf).digest("hex")).toBe(sha256);
      const { text } = await textOf(pdf);
      for (const part of [title, number, "《中华人民共和国行政许可法》", applicant.name]) expect(text).toContain(part);
    }

    const form = await fetch(`${city.url}/progress/${id}`);
    expect([form.status, form.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const look = (path: string, digits: string, more = {}) =>
      fetch(`${city.url}/progress/${path}`, { method: "POST", body: new URLSearchParams({ digits, ...more }) });
    const digits = applicant.idNumber.slice(-4);
    expect(await (await look("search", digits, { number })).text()).toContain("已办结");
    const wrong = await look(id, "0000");
    expect(wrong.status).toBe(404);
    expect(await wrong.text()).not.toContain("已办结");
  });

  it("has no function that was refused a call", () => {
    expect(city.cloud.deniedCalls()).toEqual([]);
  });
});
