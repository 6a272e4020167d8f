import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";
import { describe, expect, it } from "vitest";
import { memoryPayments } from "#functions/payments/adapters/memory-payments.ts";
import { orderOfReceiptPath, receiptPath } from "#functions/payments/adapters/receipt-link.ts";
import { amountInWords, receiptPdf } from "#functions/payments/adapters/receipt-pdf.ts";
import { takeReceipt } from "#functions/payments/domain/receipting.ts";
import { receiptPage } from "#functions/payments/http/receipt-page.ts";
import { request } from "#test/support/http-request.ts";
import { NOW, paymentsRing, settledOrder } from "#test/support/payments.ts";

const font = "node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf";

/** What a reader that is not ours (pdf.js) finds on the sheet. */
const textOf = async (pdf: Buffer): Promise<string> => {
  const page = await (await getDocument({ data: new Uint8Array(pdf), useSystemFonts: false }).promise).getPage(1);
  const { items } = await page.getTextContent();
  return items.map((item) => ("str" in item ? item.str : "")).join("");
};

describe("amounts in capital characters", () => {
  it.each([
    [0, "零元整"],
    [1, "壹分"],
    [10, "壹角整"],
    [105, "壹元零伍分"],
    [8000, "捌拾元整"],
    [10500, "壹佰零伍元整"],
    [123456, "壹仟贰佰叁拾肆元伍角陆分"],
    [100_000_00, "壹拾万元整"],
    [100_050_00, "壹拾万零伍拾元整"],
    [1_0000_0001_00, "壹亿零壹元整"],
    [10_05, "壹拾元零伍分"],
  ])("%i fen is %s", (fen, words) => expect(amountInWords(fen)).toBe(words));
});

describe("the sheet of a fiscal e-receipt", () => {
  const order = takeReceipt(
    settledOrder(),
    { code: "44010126", number: "0000000042", check: "a1b2c3", date: "2026-11-22" },
    NOW,
  )?.order;
  const stage = async () => {
    const { orders } = memoryPayments();
    if (!order) throw new Error("no order");
    await orders.save({ order: { ...order, version: 1, payer: { name: "陈示例" } }, events: [], movements: [] });
    return receiptPage({
      orders,
      orderOf: (path, at) => orderOfReceiptPath(paymentsRing, path, at),
      print: (sheet) => receiptPdf(sheet, font),
      now: () => NOW,
    });
  };
  const get = (path: string, method = "GET") => request({ method, path, routeKey: "ANY /receipts/{proxy+}" });

  it("shows its fields, in a file of small size, to whoever has the link", async () => {
    const answer = await (await stage())(get(receiptPath(paymentsRing, order?.id ?? "", NOW)));
    expect(answer).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: { "content-type": "application/pdf", "cache-control": "private, no-store" },
    });
    const pdf = Buffer.from(answer.body ?? "", "base64");
    expect(pdf.byteLength).toBeLessThan(200_000);
    const text = await textOf(pdf);
    for (const field of [
      "44010126",
      "0000000042",
      "a1b2c3",
      "陈示例",
      "不动产登记费（住宅类）",
      "80.00",
      "捌拾元整",
      "103044804001",
    ])
      expect(text).toContain(field);
  });
  it("is shown to nobody whose link is altered, stale, or another's", async () => {
    const path = receiptPath(paymentsRing, order?.id ?? "", NOW);
    const page = await stage();
    const eleven = receiptPath(paymentsRing, order?.id ?? "", "2026-11-22T01:49:00.000Z");
    const other = receiptPath({ ...paymentsRing, key: "another-key-0123456789abcdef01234567" }, order?.id ?? "", NOW);
    for (const wrong of [
      path.replace(/.\.pdf/, "_.pdf"),
      path.replace(/\.\d+\./, ".9999999999."),
      eleven,
      other,
      "/receipts/x.pdf",
    ])
      expect((await page(get(wrong))).statusCode).toBe(404);
    expect((await page(get(path, "POST"))).statusCode).toBe(405);
  });
});
