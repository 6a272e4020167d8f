import { inflateSync } from "node:zlib";
import iconv from "iconv-lite";
import { fromBufferPromise } from "yauzl";
import type { Clock } from "#shared/kernel/clock.ts";
import { beijingDigits } from "#shared/kernel/written-time.ts";
import type { FormBytes } from "#shared/runtime/form-body.ts";
import { callProvider, type Wire } from "#shared/runtime/provider-call.ts";
import { type BillLine, ProviderUnavailable } from "../domain/ports.ts";
import { BillDamaged } from "./bill-download.ts";
import type { UnionPaySettings } from "./provider-settings.ts";
import { isFromUnionPay, unionPayCalls } from "./unionpay.ts";

/** Widths of the fields of a ZM file, a space between each [M]. */
const WIDTHS = [3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32];
const [CODE, AMOUNT, TRADE, NUMBER] = [0, 6, 9, 11] as const;

/** One line of a ZM file (交易流水): S22 is a purchase, S30 a refund [M]; amounts are fen. */
const readUnionPayLine = (line: string): BillLine | undefined => {
  if (line.trim() === "") return undefined;
  let at = 0;
  const fields = WIDTHS.map((width) => {
    const field = line.slice(at, at + width).trim();
    at += width + 1;
    return field;
  });
  const code = fields[CODE];
  const amount = fields[AMOUNT] ?? "";
  if ((code !== "S22" && code !== "S30") || !/^\d{1,12}$/.test(amount))
    throw new BillDamaged("a line is not as a ZM file has them");
  return {
    kind: code === "S22" ? "payment" : "refund",
    number: fields[NUMBER] ?? "",
    trade: fields[TRADE] ?? "",
    amount: Number(amount),
    outcome: "done",
  };
};

/** The whole answer is held for its signature, and some copies of the file in it: with these, within the function's 1 GB. */
const ANSWER_BYTES_AT_MOST = 64_000_000;
const ARCHIVE_BYTES_AT_MOST = 64_000_000;
const UNZIPPED_BYTES_AT_MOST = 1_000_000_000;

/** The zip out of the answer's fileContent: deflated, in base64. */
const archiveOf = (content: Buffer): Buffer => {
  try {
    return inflateSync(Buffer.from(content.toString("latin1"), "base64"), { maxOutputLength: ARCHIVE_BYTES_AT_MOST });
  } catch (error) {
    throw new BillDamaged("the bill cannot be unpacked, or is too large", { cause: error });
  }
};

/** The lines of the ZM files of an archive. */
export async function* linesOfArchive(archive: Buffer): AsyncGenerator<BillLine> {
  const zip = await fromBufferPromise(archive, { decodeStrings: false, lazyEntries: true });
  let hasLines = false;
  for await (const entry of zip.eachEntry()) {
    if (!String(entry.fileName).includes("ZM_")) continue;
    if (entry.uncompressedSize > UNZIPPED_BYTES_AT_MOST) throw new BillDamaged("the bill is too large");
    hasLines = true;
    let rest = "";
    for await (const chunk of (await zip.openReadStreamPromise(entry)).pipe(iconv.decodeStream("gbk"))) {
      const lines = (rest + String(chunk)).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const read = readUnionPayLine(line);
        if (read) yield read;
      }
    }
    const last = readUnionPayLine(rest);
    if (last) yield last;
  }
  if (!hasLines) throw new BillDamaged("there is no ZM file in the bill");
}

/** `k=v&k=v` as bytes, without copies: the file is one of the values. */
const fieldsOf = (body: Buffer): FormBytes => {
  const fields = new Map<string, Buffer>();
  for (let from = 0; from < body.byteLength; ) {
    const end = body.indexOf("&", from);
    const pair = body.subarray(from, end < 0 ? undefined : end);
    const cut = pair.indexOf("=");
    fields.set(pair.subarray(0, Math.max(0, cut)).toString("latin1"), pair.subarray(cut + 1));
    from += pair.byteLength + 1;
  }
  return fields;
};

/** fileTransfer.do (txnType 76): a zip, deflated, in base64 within the answer [M]. */
export const unionPayBill =
  (settings: UnionPaySettings, { slow, now }: { readonly slow: Wire; readonly now: Clock }) =>
  async (date: string): Promise<AsyncIterable<BillLine> | "not-ready" | "none"> => {
    const { message, trusted } = unionPayCalls(settings, slow, now);
    const fields = message({
      txnType: "76",
      txnSubType: "01",
      bizType: "000000",
      txnTime: beijingDigits(now()),
      settleDate: date.slice(5).replace("-", ""),
      fileType: "00",
    });
    const answer = await callProvider(
      slow,
      settings.fileUrl,
      { method: "POST", body: new URLSearchParams(fields) },
      ANSWER_BYTES_AT_MOST,
    );
    const said = fieldsOf(answer.body);
    if (!isFromUnionPay(said, trusted, now())) throw new ProviderUnavailable("the answer is not signed by UnionPay");
    const code = said.get("respCode")?.toString("latin1");
    // 98: there is no file [M]; a day without trade has none.
    if (code === "98") return "none";
    const content = said.get("fileContent");
    if (code !== "00" || !content) throw new ProviderUnavailable(`respCode ${code?.slice(0, 4)}`);
    return linesOfArchive(archiveOf(content));
  };
