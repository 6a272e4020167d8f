import { beforeAll, describe, expect, it } from "vitest";
import { suspendItem } from "#functions/catalogue/domain/item-record.ts";
import { guidePage, manualPage } from "#functions/catalogue/pages/item-pages.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { AT, catalogueStage, cityData, FOOD, HOUSE } from "#test/support/catalogue.ts";
import { request, said } from "#test/support/http-request.ts";

let stage: Awaited<ReturnType<typeof catalogueStage>>;
let show: (page: "guide" | "manual", code: string, query?: Record<string, string>) => Promise<ReturnType<typeof said>>;

beforeAll(async () => {
  stage = await catalogueStage();
  await stage.run(cityData());
  const http = httpLambda([], { pages: [guidePage(stage), manualPage(stage)] });
  show = async (page, code, query = {}) =>
    said(await http(request({ path: `/items/{code}/${page}`, params: { code }, query })));
});

describe("the guide as a page", () => {
  it("is Chinese, needs no script, and lists all that may be needed before anything is said", async () => {
    const { status, headers, text } = await show("guide", HOUSE);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(text).toMatch(/^<!doctype html>\n<html lang="zh-CN">/);
    expect(text).not.toMatch(/<script/i);
    expect(text).toContain("共 6 项");
    expect(text).toContain("视情形而定");
    expect(text).toContain("营业执照（申请人为企业的）");
  });

  it("is cut to the situation that the query tells", async () => {
    const { text } = await show("guide", HOUSE, { use: "residential", parties: "natural", certificates: "one" });
    expect(text).toContain("共 5 项");
    expect(text).toContain("合计 80.00 元");
    expect(text).not.toContain("营业执照（申请人为企业的）");
    expect(text).toContain('name="use" value="residential" checked');
  });

  it("shows nothing of what a query says beside the item's own choices", async () => {
    const { status, text } = await show("guide", HOUSE, { use: "<b>villa</b>", evil: "<script>" });
    expect(status).toBe(200);
    expect(text).not.toContain("villa");
    expect(text).not.toContain("<script>");
  });

  it("says that an item is suspended, escaping the reason; and that another is not there", async () => {
    const record = await stage.items.find(FOOD);
    const decision =
      record && suspendItem(record, { at: AT, today: "2026-11-22", by: { client: "c" }, reason: "<升级>" });
    if (!decision?.ok) throw new Error("not suspended");
    await stage.items.save(decision.value);
    expect((await show("guide", FOOD)).text).toContain("暂停办理：&lt;升级&gt;");
    for (const code of ["x", HOUSE.replace(/.$/, "9")]) expect((await show("guide", code)).status).toBe(404);
  });
});

describe("the manual as a page", () => {
  it("shows the approval forms with their basis", async () => {
    const { text } = await show("manual", HOUSE);
    expect(text).toContain("审查（承办）");
    expect(text).toContain("登簿（批准）");
    expect(text).toContain("没有查封、异议登记等限制转移的情形");
    expect(text).toContain("B 经窗口核验");
  });
});
