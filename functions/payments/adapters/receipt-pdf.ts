import PDFDocument from "pdfkit";
import { yuanFromFen } from "#shared/kernel/fen.ts";
import type { Charge } from "../domain/order.ts";
import type { ReceiptNumber } from "../domain/receipt.ts";

export interface ReceiptSheet extends ReceiptNumber {
  readonly voided: boolean;
  readonly payer: string;
  readonly payerCode?: string | undefined;
  readonly collectingUnit: string;
  readonly charges: readonly Charge[];
  readonly total: number;
  readonly caseNumber: string;
}

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const GROUPS = ["", "万", "亿", "万亿"];

const groupInWords = (group: number): string => {
  let words = "";
  let isGap = false;
  for (let place = 3; place >= 0; place--) {
    const digit = Math.floor(group / 10 ** place) % 10;
    if (digit === 0) isGap = words !== "";
    else {
      words += `${isGap ? "零" : ""}${DIGITS[digit]}${PLACES[place]}`;
      isGap = false;
    }
  }
  return words;
};

/** An amount in capital characters (大写金额), as receipts must carry it: 10500 fen is 壹佰零伍元整. */
export const amountInWords = (fen: number): string => {
  const yuan = Math.floor(fen / 100);
  const [jiao, cent] = [Math.floor(fen / 10) % 10, fen % 10];
  let words = "";
  for (let index = GROUPS.length - 1; index >= 0; index--) {
    const group = Math.floor(yuan / 10_000 ** index) % 10_000;
    if (group === 0) continue;
    const needsZero = words !== "" && group < 1000;
    words += `${needsZero ? "零" : ""}${groupInWords(group)}${GROUPS[index]}`;
  }
  const whole = words ? `${words}元` : "";
  if (jiao === 0 && cent === 0) return `${whole || "零元"}整`;
  const tenth = jiao > 0 ? `${DIGITS[jiao]}角` : whole ? "零" : "";
  return `${whole}${tenth}${cent > 0 ? `${DIGITS[cent]}分` : "整"}`;
};

const INK = "#1d2129";
const RED = "#b42318";

/** The sheet of a fiscal e-receipt (财政电子票据) with the fields of its rules; the font is given as a file. */
export const receiptPdf = async (sheet: ReceiptSheet, font: string): Promise<Buffer> => {
  const doc = new PDFDocument({
    size: [595, 340],
    margin: 36,
    font,
    lang: "zh-CN",
    displayTitle: true,
    info: { Title: `财政电子票据 ${sheet.code} ${sheet.number}`, Creator: "一门" },
  });
  const chunks: Buffer[] = [];
  const whole = new Promise<Buffer>((resolve, reject) => {
    doc.on("data", (chunk: Buffer) => chunks.push(chunk));
    doc.on("end", () => resolve(Buffer.concat(chunks)));
    doc.on("error", reject);
  });
  const text = (value: string, x: number, y: number, size = 10, color = INK) =>
    doc.fontSize(size).fillColor(color).text(value, x, y, { lineBreak: false });

  doc.fontSize(18).fillColor(RED).text("非税收入统一票据（电子）", 36, 34, { width: 523, align: "center" });
  text(`票据代码：${sheet.code}`, 36, 70);
  text(`票据号码：${sheet.number}`, 320, 70);
  text(`校验码：${sheet.check}`, 36, 88);
  text(`开票日期：${sheet.date}`, 320, 88);
  text(`缴款人：${sheet.payer}`, 36, 106);
  text(`缴款人统一社会信用代码：${sheet.payerCode ?? ""}`, 320, 106);

  const top = 128;
  const row = 20;
  const [itemX, nameX, amountX] = [42, 160, 440];
  text("项目编码", itemX, top + 4);
  text("项目名称", nameX, top + 4);
  text("金额（元）", amountX, top + 4);
  sheet.charges.slice(0, 5).forEach(({ chargeItem, name, amount }, index) => {
    const y = top + row * (index + 1) + 4;
    text(chargeItem ?? "", itemX, y);
    text(name.slice(0, 24), nameX, y);
    text(yuanFromFen(amount), amountX, y);
  });
  if (sheet.charges.length > 5) text(`等 ${sheet.charges.length} 项`, nameX, top + row * 6 + 4);
  const bottom = top + row * 7;
  text(`金额合计（大写）：${amountInWords(sheet.total)}`, itemX, bottom + 4);
  text(`（小写）：${yuanFromFen(sheet.total)}`, amountX - 60, bottom + 4);
  doc
    .lineWidth(0.7)
    .strokeColor(RED)
    .rect(36, top, 523, row * 8)
    .stroke();
  for (const y of [top + row, bottom]) doc.moveTo(36, y).lineTo(559, y).stroke();
  text(`收款单位（统一社会信用代码）：${sheet.collectingUnit}`, 36, bottom + row + 10);
  text(`业务编号：${sheet.caseNumber}`, 36, bottom + row + 26, 8);
  if (sheet.voided) {
    doc.save().rotate(-18, { origin: [300, 200] });
    doc.fontSize(64).fillColor(RED).fillOpacity(0.35).text("已冲红作废", 130, 165, { lineBreak: false });
    doc.restore();
  }
  doc.end();
  return whole;
};
