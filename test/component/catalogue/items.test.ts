import { beforeEach, describe, expect, it } from "vitest";
import { readingEndpoints } from "#functions/catalogue/http/reading.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { catalogueStage, cityData, HOUSE } from "#test/support/catalogue.ts";
import { request, said } from "#test/support/http-request.ts";

const payload = cityData();
const { items: sources, departments } = payload;
const house = sources.find(({ code }) => code === HOUSE);

let stage: Awaited<ReturnType<typeof catalogueStage>>;
let run: (payload: unknown) => ReturnType<(typeof stage)["run"]>;
let items: (typeof stage)["items"];
let http: ReturnType<typeof httpLambda>;

beforeEach(async () => {
  stage = await catalogueStage();
  ({ items, run } = stage);
  http = httpLambda(readingEndpoints(stage));
});

const get = async (path: string, params: Record<string, string> = {}, query: Record<string, string> = {}) =>
  said(await http(request({ path, params, query })));
const list = (query: Record<string, string> = {}) => get("/v1/items", {}, query);

describe("importing items", () => {
  it("publishes all, then only what changed", async () => {
    const first = await run(payload);
    expect(first.items.map(({ result }) => result)).toEqual(Array(12).fill("published"));
    expect(first.basicItems.map(({ result }) => result)).toEqual(Array(12).fill("kept"));
    expect((await run(payload)).items.map(({ result }) => result)).toEqual(Array(12).fill("unchanged"));
    const changed = sources.map((source) => (source.code === HOUSE ? { ...source, promisedWorkingDays: 2 } : source));
    stage.clock.at = "2026-11-25T02:00:00.000Z";
    const again = await run({ items: changed });
    expect(again.items.filter(({ result }) => result !== "unchanged")).toEqual([
      { code: HOUSE, version: 2, result: "published" },
    ]);
    expect(items.published()).toHaveLength(13);
    expect(items.published().at(-1)).toMatchObject({
      type: "gov.yimen.catalogue.item-published.v1",
      sequence: 2,
      itemcode: HOUSE,
      data: { code: HOUSE, version: 2 },
    });
  });

  it("reports what is wrong with a row and publishes the others", async () => {
    const report = await run({
      ...payload,
      items: [{ ...house, promisedWorkingDays: 31 }, { ...house, visits: "一次" }, sources[0], sources[0], "row"],
    });
    expect(report.items).toEqual([
      {
        code: HOUSE,
        result: "rejected",
        problems: [
          {
            code: "item.limits-inverted",
            detail: "promised 31 > 30",
            zh: "承诺时限长于法定时限。",
            en: "The promised limit is longer than the statutory one.",
          },
        ],
      },
      {
        code: HOUSE,
        result: "rejected",
        problems: [expect.objectContaining({ code: "item.malformed", detail: expect.stringMatching(/^visits: /) })],
      },
      {
        code: sources[0]?.code,
        version: 1,
        result: "published",
        problems: [expect.objectContaining({ code: "item.department-code-assumed" })],
      },
      {
        code: sources[0]?.code,
        result: "rejected",
        problems: [expect.objectContaining({ code: "item.code-repeated", detail: sources[0]?.code })],
      },
      { code: "#4", result: "rejected", problems: [expect.objectContaining({ code: "item.malformed" })] },
    ]);
  });

  it("writes nothing when the departments are malformed", async () => {
    const bad = [{ ...departments[0], uscc: "11440600YM0000016X" }];
    await expect(run({ ...payload, departments: bad })).rejects.toThrow("GB 32100");
    expect(items.published()).toEqual([]);
    expect(await stage.facts.reference()).toEqual({ divisions: [], departments: [], licenceTypes: [] });
  });

  it("decides again when someone else was faster", async () => {
    await run({ ...payload, items: [house] });
    const { save } = items;
    let races = 1;
    items.save = async (change) => {
      if (races-- > 0) {
        await save(change);
        throw new StaleVersionError(HOUSE);
      }
      await save(change);
    };
    const report = await run({ items: [{ ...house, promisedWorkingDays: 2 }] });
    expect(report.items).toEqual([{ code: HOUSE, version: 2, result: "unchanged" }]);
  });

  it("says in a dry run what it would do, and writes nothing", async () => {
    const dry = await run({ ...payload, dryRun: true });
    expect(dry.items.map(({ result }) => result)).toEqual(Array(12).fill("published"));
    expect(items.published()).toEqual([]);
    expect((await stage.basics.list({ limit: 10 })).items).toEqual([]);
    expect(await stage.facts.reference()).toEqual({ divisions: [], departments: [], licenceTypes: [] });
  });

  it("keeps back what nobody could decide, until somebody can", async () => {
    await stage.facts.keepStaff({
      staff: "s440606-073",
      department: "11440606MB2D26310W",
      division: "440606",
      roles: [],
      sequence: 2,
    });
    const { items: told } = await run({ ...payload, items: [house] });
    expect(told).toEqual([
      {
        code: HOUSE,
        result: "rejected",
        problems: [expect.objectContaining({ code: "item.stage-undecidable", detail: "登簿: no approver for 440606" })],
      },
    ]);
    await stage.facts.keepStaff({
      staff: "new",
      department: "11440606MB2D26310W",
      division: "440600",
      roles: ["approver"],
      sequence: 1,
    });
    expect((await run({ items: [house] })).items).toMatchObject([{ result: "published" }]);
  });
});

describe("reading items", () => {
  beforeEach(async () => {
    await run(payload);
    await run({ items: [{ ...house, promisedWorkingDays: 2 }], departments });
  });

  it("gives the version in force, with its version as ETag", async () => {
    const { status, headers, body } = await get("/v1/items/{code}", { code: HOUSE });
    expect(status).toBe(200);
    expect(headers.etag).toBe('"2"');
    expect(body).toMatchObject({ code: HOUSE, version: 2, limits: { statutory: 30, promised: 2 } });
  });

  it("gives any version as it was", async () => {
    const version = (n: string) => get("/v1/items/{code}/versions/{version}", { code: HOUSE, version: n });
    expect((await version("1")).body).toMatchObject({ version: 1, limits: { promised: 1 } });
    expect((await version("2")).body).toMatchObject({ version: 2, limits: { promised: 2 } });
    expect((await version("3")).body).toMatchObject({ type: "/problems/item.not-found", status: 404 });
    expect((await version("0")).status).toBe(404);
  });

  it("knows no other item", async () => {
    const { body } = await get("/v1/items/{code}", { code: HOUSE.replace(/.$/, "1") });
    expect(body).toMatchObject({
      type: "/problems/item.not-found",
      status: 404,
      title: expect.stringContaining("事项"),
    });
  });

  it("lists page by page, without a count", async () => {
    const codes: string[] = [];
    let query: Record<string, string> = { limit: "5" };
    for (let pages = 0; pages < 3; pages++) {
      const { body } = await list(query);
      codes.push(...body.items.map(({ code }: { code: string }) => code));
      expect(body.next === undefined).toBe(pages === 2);
      query = { limit: "5", cursor: body.next };
    }
    expect(new Set(codes).size).toBe(12);
  });

  it("lists a division with those below it", async () => {
    const { body } = await list({ division: "440605" });
    expect(body.items.map(({ division }: { division: string }) => division)).toEqual([
      "440605",
      "440605",
      "440605",
      "440605",
      "440605011",
    ]);
    expect((await list({ division: "440605011" })).body.items).toHaveLength(1);
    expect((await list({ division: "440600" })).body.items).toHaveLength(12);
    expect((await list({ division: "440100" })).body).toEqual({ items: [] });
  });

  it("refuses a cursor of another division's list", async () => {
    const { body } = await list({ division: "440604", limit: "1" });
    const { body: other } = await list({ division: "440605", cursor: body.next });
    expect(other).toMatchObject({ type: "/problems/request.bad-cursor", status: 422 });
  });

  it.each(["x", "e30", Buffer.from('{"division":"4406","code":1}').toString("base64url")])(
    "refuses a cursor that is not its own: %s",
    async (cursor) => expect((await list({ cursor })).body).toMatchObject({ type: "/problems/request.bad-cursor" }),
  );
});
