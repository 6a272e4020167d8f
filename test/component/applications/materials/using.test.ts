import { describe, expect, it } from "vitest";
import { REUSE_CONSENT } from "#shared/contracts/consents.ts";
import { downloadFile, searchFiles } from "#shared/contracts/http/applications/materials.ts";
import { submitApplication } from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { applicant, materialRules, otherPerson, rules } from "#test/support/applications.ts";
import { cityOffice, department, otherDepartment, portal, submission } from "#test/support/applications-api.ts";
import { filesApi, whose } from "#test/support/files-api.ts";
import { docx, pdf } from "#test/support/sample-files.ts";

const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const contract = await pdf();
const material = { itemCode: rules().code, material: "m1" };
const item = rules({
  materials: [
    materialRules({
      id: "m1",
      name: "买卖合同",
      grade: "C",
      formats: ["application/pdf"],
      maxBytes: 100_000,
      required: false,
    }),
    materialRules({ id: "m2", name: "身份证", grade: "B", formats: [], maxBytes: 0, required: false }),
  ],
});
const api = () => filesApi({ item });
type Api = ReturnType<typeof filesApi>;
const window = { client: "channel-window", channel: "window", scopes: portal.scopes } as const;

const submit = (files: Api, materials: readonly Record<string, unknown>[], by = applicant()) =>
  files.call(submitApplication, { as: portal, body: { ...submission({ applicant: by }), materials } });
const download = (files: Api, id: string, as: Parameters<Api["call"]>[1]["as"], body: unknown) =>
  files.call(downloadFile, { as, params: { id }, body });

describe("what an item asks of a material", () => {
  it.each([
    ["file.type-not-accepted", docx(), { material, mediaType: WORD }],
    ["file.too-large", Buffer.alloc(100_001), { material }],
    ["file.material-unknown", contract, { material: { ...material, material: "m9" } }],
  ])("refuses with %s before a byte is sent", async (code, content, more) => {
    expect((await api().announce(content, more)).body.type).toBe(`/problems/${code}`);
  });
});

describe("attaching files to a case", () => {
  it("takes the applicant's own clean file", async () => {
    const files = api();
    const id = await files.cleanFile(contract, { material });
    const { status, body } = await submit(files, [{ material: "m1", file: id }]);
    expect(status).toBe(201);
    await files.attached();
    await files.attached();
    expect(await files.files.usesOf(id)).toEqual([
      { application: body.id, number: body.number, material: "m1", at: "2026-11-22T02:00:00.000Z" },
    ]);
  });

  it("refuses another's, one unchecked, one of a wrong format, and one of too low a grade", async () => {
    const files = api();
    const theirs = await files.announce(contract, { applicant: otherPerson });
    const unchecked = await files.announce(contract);
    const word = await files.cleanFile(docx(), { mediaType: WORD });
    const low = await files.cleanFile(contract);
    for (const [wanted, file] of [
      ["m1", theirs.body.id],
      ["m1", unchecked.body.id],
      ["m1", word],
      ["m2", low],
      ["m1", "01KB0M5Q2W8ZC3T7N4XJ6VHR9Z"],
    ]) {
      const { status, body } = await submit(files, [{ material: wanted, file }]);
      expect([status, body.type]).toEqual([422, "/problems/application.material-unfit"]);
      expect(body.errors).toMatchObject([{ pointer: "/materials/0" }]);
    }
    const seen = await files.cleanFile(contract, {}, window);
    expect((await submit(files, [{ material: "m2", file: seen }])).status).toBe(201);
  });
});

describe("using a file again", () => {
  it("is offered by material to its applicant alone, with grade and where it came in", async () => {
    const files = api();
    const id = await files.cleanFile(contract, { material });
    await files.cleanFile(contract, { material: { ...material, material: "m2" } }, window);
    const search = (body: unknown, as = portal) => files.call(searchFiles, { as, body });
    expect((await search({ applicant: whose, material })).body.items).toMatchObject([
      { id, grade: "C", materialName: "买卖合同", itemCode: item.code, channel: "portal" },
    ]);
    expect((await search({ applicant: whose })).body.items).toHaveLength(2);
    expect(
      (await search({ applicant: { kind: otherPerson.kind, idNumber: otherPerson.idNumber } })).body.items,
    ).toEqual([]);
    expect((await search({})).body.type).toBe("/problems/application.applicant-required");
  });

  it("needs the applicant's consent, which stays with the case and with the file", async () => {
    const files = api();
    const id = await files.cleanFile(contract, { material });
    await submit(files, [{ material: "m1", file: id }]);
    await files.attached();
    const without = await submit(files, [{ material: "m1", file: id }]);
    expect(without.body.type).toBe("/problems/application.material-unfit");
    expect(without.body.errors[0].detail).toContain("同意");
    const former = await submit(files, [{ material: "m1", file: id, consent: "reuse-materials-2025-01" }]);
    expect(former.body).toMatchObject({
      type: "/problems/request.invalid",
      errors: [{ pointer: "/materials/0/consent" }],
    });
    const again = await submit(files, [{ material: "m1", file: id, consent: REUSE_CONSENT }]);
    expect(again.status).toBe(201);
    expect((await files.applications.find(again.body.id))?.materials).toEqual([
      { material: "m1", file: id, consent: REUSE_CONSENT },
    ]);
    await files.attached();
    expect((await files.files.usesOf(id)).map(({ consent }) => consent)).toEqual([undefined, REUSE_CONSENT]);
  });
});

describe("opening a file", () => {
  const why = { purpose: "decision", officer: "ss-sj-0203" };

  it("is for the department of a case that it is attached to, with a purpose, on record before the link", async () => {
    const files = api();
    const id = await files.cleanFile(contract, { material });
    const { body } = await submit(files, [{ material: "m1", file: id }]);
    const given = { ...why, application: body.id };

    expect((await download(files, id, department, { ...given, purpose: undefined })).body.type).toBe(
      "/problems/file.purpose-missing",
    );
    expect((await download(files, id, department, why)).body.type).toBe("/problems/file.purpose-missing");
    expect((await download(files, id, otherDepartment, given)).body.type).toBe("/problems/file.not-found");
    expect((await download(files, id, { ...department, scopes: "applications:read" }, given)).body.type).toBe(
      "/problems/request.scope-missing",
    );
    expect(files.published()).toEqual([]);
    expect((await download(files, id, department, given)).body.url).toContain(`/clean/${id}`);
    expect((await download(files, id, cityOffice, given)).status).toBe(200);
    expect(files.published()).toMatchObject(
      [department, cityOffice].map(({ client }) => ({
        type: "gov.yimen.application.file-read.v1",
        data: { file: id, what: "file", client, officer: "ss-sj-0203", purpose: "decision", number: body.number },
      })),
    );
    expect(JSON.stringify(files.published())).not.toContain("合同");
  });

  it("is not for a department whose case does not use it", async () => {
    const files = api();
    const id = await files.cleanFile(contract, { material });
    const { body } = await submit(files, []);
    expect((await download(files, id, department, { ...why, application: body.id })).body.type).toBe(
      "/problems/file.not-found",
    );
  });

  it("is for the applicant, with their own name for it, and for nobody who names another", async () => {
    const files = api();
    const id = await files.cleanFile(contract, { name: "我的合同.pdf" });
    const { body } = await download(files, id, portal, { applicant: whose });
    expect(body).toMatchObject({ name: "我的合同.pdf", mediaType: "application/pdf", bytes: contract.length });
    expect(Date.parse(body.expiresAt) - Date.parse("2026-11-22T02:00:00.000Z")).toBe(60_000);
    const other = { kind: otherPerson.kind, idNumber: otherPerson.idNumber };
    expect((await download(files, id, portal, { applicant: other })).body.type).toBe("/problems/file.not-found");
  });

  it("ends with the right to it: a mandate for other items, or none any more", async () => {
    const files = api();
    const id = await files.cleanFile(contract, { material });
    const agent = {
      client: "app",
      channel: "portal",
      scopes: portal.scopes,
      person: "01KB0M5Q2W8ZC3T7N4XJ6VHR9A",
      actFor: { kind: "natural", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" },
      ground: "mandate:x",
      items: [item.code],
      applicant: { kind: "natural", name: "欧阳小明", idNumber: whose.idNumber },
    } satisfies Verdict;
    expect((await download(files, id, agent, {})).status).toBe(200);
    expect((await download(files, id, { ...agent, items: ["11440600007039469J4440131906000"] }, {})).status).toBe(404);
    const self = { kind: "natural", name: otherPerson.name, idNumber: otherPerson.idNumber } as const;
    expect((await download(files, id, { ...agent, items: undefined, applicant: self }, {})).status).toBe(404);
    expect((await download(files, id, { ...agent, applicant: undefined }, {})).body.type).toBe(
      "/problems/application.applicant-required",
    );
  });

  it("gives no link when it cannot be recorded", async () => {
    const files = filesApi({
      item,
      files: (store) => ({
        ...store,
        recordReading: async () => {
          throw new Error("the table is away");
        },
      }),
    });
    const id = await files.cleanFile(contract);
    const { status, text } = await download(files, id, portal, { applicant: whose });
    expect(status).toBe(500);
    expect(text).not.toContain("https://files");
  });
});
