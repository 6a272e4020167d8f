import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { memoryItems } from "#functions/catalogue/adapters/memory-items.ts";
import { listItemsEndpoint } from "#functions/catalogue/http/list-items.ts";
import { readItemEndpoint } from "#functions/catalogue/http/read-item.ts";
import { readItemVersionEndpoint } from "#functions/catalogue/http/read-item-version.ts";
import { importItems } from "#functions/catalogue/import-items.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { request, said } from "#test/support/http-request.ts";

const AT = "2026-11-22T02:00:00.000Z";
const HOUSE = "11440606MB2D26310W4440712002040";
const data = (name: string) => JSON.parse(readFileSync(`data/${name}.json`, "utf8"));
const sources = data("service-items");
const departments = data("departments");
const house = sources.find(({ code }: { code: string }) => code === HOUSE);

let items: ReturnType<typeof memoryItems>;
let run: ReturnType<typeof importItems>;
let http: ReturnType<typeof httpLambda>;

beforeEach(() => {
  items = memoryItems();
  run = importItems({ items, now: () => AT });
  http = httpLambda([listItemsEndpoint({ items }), readItemEndpoint({ items }), readItemVersionEndpoint({ items })]);
});

const get = async (path: string, params: Record<string, string> = {}, query: Record<string, string> = {}) =>
  said(await http(request({ path, params, query })));
const list = (query: Record<string, string> = {}) => get("/v1/items", {}, query);

describe("importing items", () => {
  it("publishes all, then only what changed", async () => {
    expect((await run({ items: sources, departments })).items.every(({ result }) => result === "published")).toBe(true);
    const changed = sources.map((source: { code: string }) =>
      source.code === HOUSE ? { ...source, promisedWorkingDays: 2 } : source,
    );
    const again = await run({ items: changed, departments });
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
      items: [{ ...house, promisedWorkingDays: 31 }, { ...house, visits: "一次" }, sources[0], sources[0], "row"],
      departments,
    });
    expect(report.items).toEqual([
      { code: HOUSE, result: "rejected", problems: [{ code: "item.limits-inverted", detail: "promised 31 > 30" }] },
      {
        code: HOUSE,
        result: "rejected",
        problems: [{ code: "item.malformed", detail: expect.stringMatching(/^visits: /) }],
      },
      { code: sources[0].code, version: 1, result: "published" },
      {
        code: sources[0].code,
        result: "rejected",
        problems: [{ code: "item.code-repeated", detail: sources[0].code }],
      },
      { code: "#4", result: "rejected", problems: [expect.objectContaining({ code: "item.malformed" })] },
    ]);
  });

  it("writes nothing when the departments are malformed", async () => {
    const bad = [{ ...departments[0], uscc: "11440600YM0000016X" }];
    await expect(run({ items: sources, departments: bad })).rejects.toThrow("GB 32100");
    expect(items.published()).toEqual([]);
  });

  it("decides again when someone else published first", async () => {
    await run({ items: [house], departments });
    const publish = items.publish;
    let races = 1;
    items.publish = async (item, at) => {
      if (races-- > 0) {
        await publish({ ...item, name: "另一个" }, at);
        throw new StaleVersionError(item.code);
      }
      await publish(item, at);
    };
    const report = await run({ items: [{ ...house, promisedWorkingDays: 2 }], departments });
    expect(report.items).toEqual([{ code: HOUSE, version: 3, result: "published" }]);
  });
});

describe("reading items", () => {
  beforeEach(async () => {
    await run({ items: sources, departments });
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
