import PDFDocument from "pdfkit";
import QRCode from "qrcode";
import { legalDate } from "#shared/kernel/clock.ts";
import type { Printer } from "../domain/ports.ts";
import type { Document } from "../domain/receipt.ts";
import { writtenDate } from "../domain/write-receipt.ts";

type Page = InstanceType<typeof PDFDocument>;

/** Points; A4 with the margins of official documents (GB/T 9704), a little narrower. */
const MARGIN = { top: 56, bottom: 56, left: 72, right: 72 };
const BODY = 12.5;
const LINE_GAP = 6;
const LABEL_WIDTH = 128;
const RED = "#b5271d";
const SOFT = "#555555";

const widthOf = ({ page }: Page): number => page.width - MARGIN.left - MARGIN.right;
const bottomOf = ({ page }: Page): number => page.height - MARGIN.bottom;

/** A heavier face of the one font: the outline is drawn as well. */
const bold = { stroke: true, fill: true } as const;

const needs = (page: Page, height: number): void => {
  if (page.y + height > bottomOf(page)) page.addPage();
};

const heading = (page: Page, { title, number, department }: Document): void => {
  page
    .fillColor(RED)
    .strokeColor(RED)
    .lineWidth(0.4)
    .fontSize(17)
    .text(department, { align: "center", ...bold });
  page.moveDown(0.45);
  page.fillColor("#000000").strokeColor("#000000").lineWidth(0.6).fontSize(24);
  page.text(title, { align: "center", characterSpacing: 4, ...bold });
  page.moveDown(0.4);
  page.fontSize(10.5).text(`办件编号：${number}`, { align: "center" });
  page.moveDown(0.5);
  page
    .lineWidth(1.4)
    .strokeColor(RED)
    .moveTo(MARGIN.left, page.y)
    .lineTo(page.page.width - MARGIN.right, page.y)
    .stroke();
  page.moveDown(0.9);
};

/** Rows of equal columns, each as high as its higher cell. */
const table = (page: Page, rows: Document["rows"], least: number): void => {
  const padding = 5;
  const valueWidth = widthOf(page) - LABEL_WIDTH;
  page.fontSize(11).lineGap(2);
  for (const [label, value] of rows) {
    const height = Math.max(
      least,
      page.heightOfString(value || " ", { width: valueWidth - 2 * padding, lineGap: 2 }) + 2 * padding,
      page.heightOfString(label, { width: LABEL_WIDTH - 2 * padding, lineGap: 2 }) + 2 * padding,
    );
    needs(page, height);
    const { y } = page;
    page.lineWidth(0.6).strokeColor("#000000");
    page.rect(MARGIN.left, y, LABEL_WIDTH, height).stroke();
    page.rect(MARGIN.left + LABEL_WIDTH, y, valueWidth, height).stroke();
    const middle = (text: string, width: number) =>
      y + (height - page.heightOfString(text || " ", { width, lineGap: 2 }) + 2) / 2;
    page.fillColor(SOFT).text(label, MARGIN.left + padding, middle(label, LABEL_WIDTH - 2 * padding), {
      width: LABEL_WIDTH - 2 * padding,
    });
    page
      .fillColor("#000000")
      .text(value, MARGIN.left + LABEL_WIDTH + padding, middle(value, valueWidth - 2 * padding), {
        width: valueWidth - 2 * padding,
      });
    page.x = MARGIN.left;
    page.y = y + height;
  }
  page.lineGap(0);
};

const body = (page: Page, { recipient, paragraphs, list, closing }: Document): void => {
  const written = { align: "left", lineGap: LINE_GAP, paragraphGap: 4, width: widthOf(page) } as const;
  const indent = 2 * BODY;
  page.fillColor("#000000").fontSize(BODY);
  page.text(`${recipient}：`, MARGIN.left, page.y, written);
  for (const paragraph of paragraphs) page.text(paragraph, { ...written, indent });
  list.forEach((entry, index) => {
    page.text(`${index + 1}．${entry}`, { ...written, indent });
  });
  for (const paragraph of closing) page.text(paragraph, { ...written, indent });
};

const QUIET = 4;

/** The matrix itself, as squares: sharp at any size, and nothing but lines and areas in the file. */
const qrCode = (page: Page, address: string, x: number, y: number, size: number): void => {
  const { modules } = QRCode.create(address, { errorCorrectionLevel: "M" });
  const unit = size / (modules.size + 2 * QUIET);
  page.fillColor("#000000");
  for (let row = 0; row < modules.size; row++)
    for (let column = 0; column < modules.size; column++)
      if (modules.get(row, column)) page.rect(x + (column + QUIET) * unit, y + (row + QUIET) * unit, unit, unit);
  page.fill();
};

const SEAL_RADIUS = 46;

/** Left the way to the progress page, right who has issued it and where the seal goes. */
const ending = (page: Page, { department, issuedAt }: Document, address: string): void => {
  const height = 124;
  page.moveDown(0.7);
  needs(page, height);
  const top = page.y;
  const right = page.page.width - MARGIN.right;
  qrCode(page, address, MARGIN.left - 8, top, 104);
  page
    .fillColor(SOFT)
    .fontSize(9)
    .text("扫码查询办理进度（需要证件号码后四位）", MARGIN.left, top + 104, { width: 190, lineGap: 0 });

  const centre = { x: right - 84, y: top + 56 };
  page.lineWidth(1).strokeColor(RED).dash(3, { space: 3 });
  page.circle(centre.x, centre.y, SEAL_RADIUS).stroke().undash();
  page
    .fillColor(RED)
    .fontSize(9)
    .text("此处加盖", centre.x - SEAL_RADIUS, centre.y + 12, { width: 2 * SEAL_RADIUS, align: "center" })
    .text("电子印章", centre.x - SEAL_RADIUS, centre.y + 25, { width: 2 * SEAL_RADIUS, align: "center" });
  const issuer = { width: 250, align: "right", lineGap: 4 } as const;
  page.fillColor("#000000").fontSize(BODY);
  page.text(department, right - 250, top + 26, issuer);
  page.text(writtenDate(legalDate(issuedAt)), right - 250, page.y, issuer);
  page.x = MARGIN.left;
  page.y = top + height;
};

const footer = (page: Page): void => {
  const { start, count } = page.bufferedPageRange();
  for (let index = start; index < start + count; index++) {
    page.switchToPage(index);
    // Below the margin text would open a page of its own.
    page.page.margins.bottom = 0;
    page.fillColor(SOFT).fontSize(8.5);
    page.text(
      `本文书由一门政务服务平台依办件记录自动生成，加盖电子印章后生效。　第 ${index - start + 1} 页，共 ${count} 页`,
      MARGIN.left,
      page.page.height - 44,
      { width: widthOf(page), align: "center", lineBreak: false },
    );
  }
};

/** Prints with one face, of which only the characters used go into the file. @param font a TrueType font with Chinese */
export const pdfPrinter = (font: Buffer): Printer => ({
  print: (document, progressUrl) =>
    new Promise((resolve, reject) => {
      const at = new Date(document.issuedAt);
      const page = new PDFDocument({
        size: "A4",
        margins: MARGIN,
        bufferPages: true,
        lang: "zh-CN",
        displayTitle: true,
        pdfVersion: "1.7",
        // A Buffer is what it takes, and more than its types say.
        font: font as unknown as string,
        // The time of the event, not of the printing: printed again, it is the same file.
        info: {
          Title: document.title,
          Author: document.department,
          Subject: document.number,
          CreationDate: at,
          ModDate: at,
        },
      });
      const chunks: Buffer[] = [];
      page.on("data", (chunk: Buffer) => chunks.push(chunk));
      page.on("end", () => resolve(Buffer.concat(chunks)));
      page.on("error", reject);
      heading(page, document);
      body(page, document);
      page.moveDown(0.6);
      table(page, document.rows, 0);
      if (document.blanks.length > 0)
        table(
          page,
          document.blanks.map((label) => [label, ""]),
          28,
        );
      ending(page, document, progressUrl);
      footer(page);
      page.end();
    }),
});
