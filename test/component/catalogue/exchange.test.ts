import { beforeEach, describe, expect, it } from "vitest";
import { readSheets, UnreadableFileError, writeSheets } from "#functions/catalogue/adapters/excel-files.ts";
import { definitionsOf, sheetsOf } from "#functions/catalogue/adapters/item-sheets.ts";
import type { ItemDefinition } from "#functions/catalogue/domain/item.ts";
import { exchangingEndpoints } from "#functions/catalogue/http/exchanging.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { exportItems, importDrafts } from "#shared/contracts/http/catalogue/exchanging.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { AT, catalogueStage, cityData, HOUSE, realItem, sources } from "#test/support/catalogue.ts";
import { requestTo, said } from "#test/support/http-request.ts";

const real = sources().map(({ name }) => realItem(name));
const throughExcel = async (definitions: readonly ItemDefinition[]) =>
  definitionsOf(await readSheets(await writeSheets(sheetsOf(definitions))));

describe("a spreadsheet", () => {
  it("gives back the twelve real items as they were", async () => expect(await throughExcel(real)).toEqual(real));

  it("keeps what spreadsheets spoil: codes like numbers, spaces, formulas, long forms, days", async () => {
    const [item] = real;
    if (!item) throw new Error("no item");
    const odd: ItemDefinition = {
      ...item,
      code: `${item.code}01`,
      name: " =1+1 <&>\"'",
      basicCode: "000000000001",
      effectiveFrom: "2027-01-01",
      visits: 0,
      conditions: ["一\n二", "000123", "2026-01-01"],
      form: { type: "object", description: "长".repeat(40_000) },
      fees: [{ id: "f1", name: "费", standard: "", amount: 0, basis: "", due: "issue", chargeItem: "000000000009" }],
    };
    expect(await throughExcel([odd])).toEqual([odd]);
  });

  it("is refused when it is none, or unpacks to too much", async () => {
    await expect(readSheets(Buffer.from("code,name"))).rejects.toThrow(UnreadableFileError);
    const bomb = Buffer.alloc(100);
    bomb.writeUInt32LE(0x02014b50, 0);
    bomb.writeUInt32LE(1_000_000_000, 24);
    await expect(readSheets(bomb)).rejects.toThrow("50 MB");
  });
});

const department: Verdict = {
  client: "dept",
  scopes: "catalogue:manage",
  department: "11440606MB2D26310W",
  division: "440606",
};

let stage: Awaited<ReturnType<typeof catalogueStage>>;
let bring: (body: object, verdict?: Verdict) => Promise<ReturnType<typeof said>>;
let take: (format: string) => Promise<ReturnType<typeof said>>;
beforeEach(async () => {
  stage = await catalogueStage();
  await stage.run({ ...cityData(), items: [] });
  const http = httpLambda(exchangingEndpoints(stage));
  bring = async (body, verdict = department) => said(await http(requestTo(importDrafts, { verdict, body })));
  take = async (format) => said(await http(requestTo(exportItems, { verdict: department, query: { format } })));
});

describe("bringing in drafts", () => {
  const house = realItem("存量房");

  it("reads what is known of the city once, however many rows there are", async () => {
    let reads = 0;
    const { reference } = stage.facts;
    Object.assign(stage.facts, {
      reference: () => {
        reads++;
        return reference();
      },
    });
    const definitions = [house, { ...house, code: `${house.code}01` }, { ...house, code: `${house.code}02` }];
    await bring({ definitions });
    expect(reads).toBe(1);
  });

  it("reports row by row, keeps nothing back for one bad row, and does nothing the second time", async () => {
    const rows = [house, { ...house, code: "x" }, house, realItem("食品")];
    const { body } = await bring({ definitions: rows });
    expect(body.items.map(({ code, result }: Record<string, string>) => [code, result])).toEqual([
      [HOUSE, "drafted"],
      ["x", "rejected"],
      [HOUSE, "rejected"],
      [realItem("食品").code, "rejected"],
    ]);
    expect(body.items.map(({ problems }: { problems: { code: string }[] }) => problems[0]?.code)).toEqual([
      undefined,
      "item.malformed",
      "item.code-repeated",
      "item.not-yours",
    ]);
    expect((await bring({ definitions: [house] })).body.items).toMatchObject([{ result: "unchanged" }]);
    expect((await stage.items.log(HOUSE, { limit: 10 })).items).toHaveLength(1);
  });

  it("says what keeps a draft from being published, and writes nothing in a dry run", async () => {
    const bad = { ...house, limits: { statutory: 30, promised: 31 } };
    const { body } = await bring({ definitions: [bad], dryRun: true });
    expect(body.items).toMatchObject([
      { result: "drafted", publishable: false, problems: [{ code: "item.limits-inverted", weight: "blocks" }] },
    ]);
    expect(await stage.items.find(HOUSE)).toBeUndefined();
  });

  it("takes out what it can bring in again unchanged, published or not, in both forms", async () => {
    await stage.run({ items: sources().filter(({ code }) => code === HOUSE) });
    for (const format of ["json", "xlsx"]) {
      const { body } = await take(format);
      const again = await bring(format === "json" ? { definitions: body.definitions } : { xlsx: body.xlsx });
      expect(again.body.items).toMatchObject([{ code: HOUSE, result: "unchanged" }]);
    }
    expect((await stage.items.find(HOUSE))?.draft).toBeUndefined();
  });

  it("refuses what is no spreadsheet, and a caller of no department", async () => {
    const xlsx = Buffer.from("no").toString("base64");
    expect((await bring({ xlsx })).body.type).toBe("/problems/import.unreadable");
    expect((await bring({ xlsx, definitions: [] })).body.type).toBe("/problems/request.invalid");
    const nobody: Verdict = { client: "c", scopes: "catalogue:manage" };
    expect((await bring({ definitions: [] }, nobody)).body.type).toBe("/problems/item.no-department");
  });
});

it("lets an operator import a spreadsheet, with progress and a dry run first", async () => {
  const told: number[][] = [];
  const { importItems } = await import("#functions/catalogue/import-items.ts");
  const run = importItems({ ...stage, onProgress: (done, total) => told.push([done, total]) });
  const xlsx = (await writeSheets(sheetsOf(real))).toString("base64");
  expect((await run({ xlsx, dryRun: true })).items.map(({ result }) => result)).toEqual(Array(12).fill("published"));
  expect(stage.items.published()).toEqual([]);
  expect((await run({ xlsx })).items.map(({ result }) => result)).toEqual(Array(12).fill("published"));
  expect((await run({ xlsx })).items.map(({ result }) => result)).toEqual(Array(12).fill("unchanged"));
  expect(told.slice(0, 2)).toEqual([
    [8, 12],
    [12, 12],
  ]);
  expect(stage.items.published()[0]?.time).toBe(AT);
});
