import { describe, expect, it } from "vitest";
import type { StoredFiles } from "#functions/applications/materials/domain/ports.ts";
import { readFile, uploadFile } from "#shared/contracts/http/applications/materials.ts";
import { applicant, otherPerson, rules } from "#test/support/applications.ts";
import { department, hotline, portal } from "#test/support/applications-api.ts";
import { filesApi } from "#test/support/files-api.ts";
import { docx, eicar, pdf, png, sha256 } from "#test/support/sample-files.ts";

const window = { client: "channel-window", channel: "window", scopes: portal.scopes } as const;
const person = {
  client: "portal-app",
  channel: "portal",
  scopes: portal.scopes,
  person: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D",
  actFor: { kind: "natural", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" },
  applicant: { kind: "natural", name: applicant().name, idNumber: applicant().idNumber },
} as const;

const contract = await pdf();

const uploaded = async (api: ReturnType<typeof filesApi>, content: Buffer, more: Record<string, unknown> = {}) => {
  const { body } = await api.announce(contract, more);
  api.store.quarantine.set(body.id, content);
  return body.id as string;
};

describe("announcing a file", () => {
  it("answers with a link and the grade of an upload", async () => {
    const { status, body } = await filesApi().announce(contract);
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: "uploading", version: 1, grade: "C", upload: { method: "PUT" } });
    expect(Date.parse(body.upload.expiresAt) - Date.parse("2026-11-22T02:00:00.000Z")).toBe(15 * 60_000);
  });

  it("answers a repeat with the same bytes and writes nothing, also when both come at once", async () => {
    const api = filesApi();
    const answers = await Promise.all([1, 2, 3].map(() => api.announce(contract, {}, portal, "same")));
    expect(new Set(answers.map(({ text }) => text))).toHaveLength(1);
    const other = await api.announce(contract, { name: "b.pdf" }, portal, "same");
    expect([other.status, other.body.type]).toEqual([409, "/problems/request.key-reused"]);
  });

  it("grades what a window's clerk has seen higher, unless they say that they have not", async () => {
    const api = filesApi();
    expect((await api.announce(contract, {}, window)).body.grade).toBe("B");
    expect((await api.announce(contract, { original: false }, window)).body.grade).toBe("C");
    expect((await api.announce(contract, { original: true }, portal)).body.grade).toBe("C");
    expect((await api.announce(contract, {}, { ...person, helper: "ss-ck-0001" })).body.grade).toBe("B");
  });

  it.each([
    ["application.applicant-required", { applicant: undefined }, portal],
    ["request.scope-missing", {}, department],
    ["application.applicant-required", {}, { ...department, scopes: portal.scopes }],
    ["application.applicant-differs", { applicant: otherPerson }, person],
    ["application.invalid-id-number", { applicant: applicant({ idNumber: "440606199003070018" }) }, portal],
    ["file.material-unknown", { material: { itemCode: "11440606MB2D0123XA4440712002040", material: "m1" } }, portal],
    ["file.material-unknown", {}, { ...person, items: [rules().code] }],
    ["file.too-large", { bytes: 10 * 1024 * 1024 + 1 }, portal],
    ["request.invalid", { mediaType: "text/html" }, portal],
    ["request.invalid", { name: "../../etc/passwd" }, portal],
    ["request.invalid", { name: "a\u0000.pdf" }, portal],
    ["request.invalid", { name: "a".repeat(256) }, portal],
    ["request.invalid", { bytes: 0 }, portal],
    ["request.invalid", { sha256: "abc" }, portal],
  ])("refuses with %s: %j", async (code, more, as) => {
    const { body } = await filesApi().announce(contract, more, as);
    expect(body.type).toBe(`/problems/${code}`);
  });

  it("takes a person's own token without an applicant in the body", async () => {
    const { status, body } = await filesApi().announce(contract, { applicant: undefined }, person);
    expect([status, body.status]).toEqual([201, "uploading"]);
  });

  it("puts nothing of the name or the person into the link", async () => {
    const { body } = await filesApi().announce(contract);
    const link = decodeURIComponent(body.upload.url);
    for (const secret of ["合同", applicant().idNumber, applicant().name]) expect(link).not.toContain(secret);
  });
});

describe("completing an upload", () => {
  it("leads through checking to clean, and leaves nothing in quarantine", async () => {
    const api = filesApi();
    const id = await uploaded(api, contract);
    expect((await api.complete(id)).body).toMatchObject({ status: "checking", version: 2 });
    expect(await api.told(id)).toBe(true);
    const { body } = await api.call(readFile, { as: portal, params: { id } });
    expect(body).toMatchObject({ status: "clean", version: 3 });
    expect(api.store.clean.get(id)).toEqual(contract);
    expect(api.store.quarantine.size).toBe(0);
  });

  it.each([
    ["type-differs", png(), { mediaType: "application/pdf" }],
    ["type-differs", Buffer.from("<html>not a pdf</html>"), {}],
    ["malware", eicar, {}],
    ["unreadable", docx().subarray(0, 60), {}],
  ])("rejects at once as %s what is something else than it was said to be", async (reason, content, more) => {
    const api = filesApi();
    const { body } = await api.announce(content, more);
    api.store.quarantine.set(body.id, content);
    expect((await api.complete(body.id)).body).toMatchObject({ status: "rejected", reason });
    expect(api.published()).toMatchObject([
      { type: "gov.yimen.application.file-rejected.v1", subject: body.id, data: { file: body.id, reason } },
    ]);
    await api.told(body.id);
    expect([api.store.quarantine.size, api.store.clean.size]).toEqual([0, 0]);
  });

  it.each([
    ["size-differs", contract.subarray(0, contract.length - 1)],
    ["size-differs", Buffer.concat([contract, Buffer.from("\n")])],
    ["checksum-differs", Buffer.from(contract).fill(32, 40, 41)],
  ])("rejects as %s other bytes than were announced", async (reason, content) => {
    const api = filesApi();
    const id = await uploaded(api, content);
    expect((await api.complete(id)).body).toMatchObject({ status: "rejected", reason });
  });

  it("refuses what has not arrived, and another's file", async () => {
    const api = filesApi();
    const { body } = await api.announce(contract);
    expect((await api.complete(body.id)).body.type).toBe("/problems/file.not-uploaded");
    const theirs = await api.announce(contract, { applicant: otherPerson });
    expect((await api.complete(theirs.body.id)).body.type).toBe("/problems/file.not-found");
    expect((await api.complete(theirs.body.id, person)).body.type).toBe("/problems/file.not-found");
  });

  it("may be said twice, with one key or two, before the check and after it", async () => {
    const api = filesApi();
    const id = await uploaded(api, contract);
    const first = await api.complete(id, portal, "once");
    expect((await api.complete(id, portal, "once")).text).toBe(first.text);
    await api.told(id);
    expect((await api.complete(id, portal, "once")).text).toBe(first.text);
    expect((await api.complete(id, hotline, "again")).body).toMatchObject({ status: "clean", version: 3 });
  });

  it("is not needed for the check: a client that dies after sending loses nothing", async () => {
    const api = filesApi();
    const id = await uploaded(api, contract);
    await api.told(id);
    expect((await api.complete(id)).body).toMatchObject({ status: "clean", version: 2 });
  });
});

describe("the check of what has arrived", () => {
  it("does the same when told three times and late", async () => {
    const api = filesApi();
    const id = await uploaded(api, contract);
    await api.complete(id);
    expect(await api.told(id, id)).toBe(true);
    expect(await api.told(id)).toBe(true);
    expect((await api.files.find(id))?.version).toBe(3);
  });

  it("rejects what was put in the place of the file after it was looked at", async () => {
    const api = filesApi();
    const id = await uploaded(api, contract);
    await api.complete(id);
    api.store.quarantine.set(id, await pdf("another contract"));
    await api.told(id);
    expect(await api.files.find(id)).toMatchObject({ status: "rejected" });
    expect(api.store.clean.size).toBe(0);
  });

  it("copies only what it has inspected: another object under its hands fails the copy, and is looked at anew", async () => {
    const swapped = await pdf("swapped");
    let swaps = 1;
    const api = filesApi({
      bytes: (bytes) => ({
        ...bytes,
        release: async (file, etag) => {
          if (swaps-- > 0) api.store.quarantine.set(file.id, swapped);
          await bytes.release(file, etag);
        },
      }),
    });
    const id = await uploaded(api, contract);
    expect(await api.told(id)).toBe(false);
    expect(api.store.clean.size).toBe(0);
    expect(await api.told(id)).toBe(true);
    expect(await api.files.find(id)).toMatchObject({ status: "rejected" });
    expect(api.store.clean.size).toBe(0);
  });

  it("takes up where it died: between copy and row, and between row and removal", async () => {
    let dies: "row" | "removal" | undefined = "row";
    const failing = (files: StoredFiles): StoredFiles => ({
      ...files,
      save: async (change) => {
        if (dies === "row" && change.state.status === "clean") throw new Error("killed");
        await files.save(change);
      },
    });
    const api = filesApi({
      files: failing,
      bytes: (bytes) => ({
        ...bytes,
        discard: async (id) => {
          if (dies === "removal") throw new Error("killed");
          await bytes.discard(id);
        },
      }),
    });
    const id = await uploaded(api, contract);
    await api.complete(id);
    expect(await api.told(id)).toBe(false);
    expect([api.store.clean.size, (await api.files.find(id))?.status]).toEqual([1, "checking"]);
    dies = "removal";
    expect(await api.told(id)).toBe(false);
    expect([api.store.quarantine.size, (await api.files.find(id))?.status]).toEqual([1, "clean"]);
    dies = undefined;
    expect(await api.told(id)).toBe(true);
    expect([api.store.quarantine.size, (await api.files.find(id))?.version]).toEqual([0, 3]);
  });

  it("waits for an engine that has not looked yet, and believes its verdict", async () => {
    const api = filesApi();
    const id = await uploaded(api, contract);
    await api.complete(id);
    api.setVerdict("pending");
    expect(await api.told(id)).toBe(true);
    expect([api.store.quarantine.size, (await api.files.find(id))?.status]).toEqual([1, "checking"]);
    api.setVerdict("malware");
    await api.told(id);
    expect(await api.files.find(id)).toMatchObject({ status: "rejected", reason: "malware" });
  });

  it("meets a completing client half-way: both in the end say the same", async () => {
    for (let round = 0; round < 10; round++) {
      const api = filesApi();
      const id = await uploaded(api, contract);
      const [answer] = await Promise.all([api.complete(id), api.told(id), api.told(id)]);
      expect(["checking", "clean"]).toContain(answer.body.status);
      expect((await api.files.find(id))?.status).toBe("clean");
    }
  });

  it("is not mistaken for a file that never came when it ends between a client's two looks", async () => {
    let ends: (id: string) => Promise<unknown> = async () => {};
    const api = filesApi({
      bytes: (bytes) => ({
        ...bytes,
        quarantined: async (id) => {
          const end = ends;
          ends = async () => {};
          await end(id);
          return bytes.quarantined(id);
        },
      }),
    });
    const id = await uploaded(api, contract);
    ends = api.told;
    expect((await api.complete(id)).body).toMatchObject({ status: "clean" });
  });

  it("leaves alone and removes what belongs to no file", async () => {
    const api = filesApi();
    api.store.quarantine.set("01KB0M5Q2W8ZC3T7N4XJ6VHR9Z", eicar);
    expect(await api.told("01KB0M5Q2W8ZC3T7N4XJ6VHR9Z", "../clean/x")).toBe(true);
    expect(api.store.quarantine.size).toBe(0);
  });
});

it("keeps name, checksum and person out of what stands in the clear", async () => {
  const api = filesApi();
  const id = await api.cleanFile(contract, { name: "欧阳小明的合同.pdf" });
  const { rowOf } = await import("#functions/applications/materials/adapters/file-row.ts");
  const { cipher } = await import("#test/support/applications.ts");
  const file = await api.files.find(id);
  if (!file) throw new Error("gone");
  const { sealed: _sealed, ...clear } = rowOf(cipher, file);
  for (const secret of ["欧阳小明", applicant().idNumber, sha256(contract)])
    expect(JSON.stringify(clear)).not.toContain(secret);
  expect(uploadFile.keyed).toBe(true);
});
