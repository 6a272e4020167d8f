import { createHash } from "node:crypto";
import { crc32, deflateRawSync, deflateSync } from "node:zlib";
import PDFDocument from "pdfkit";
import { PNG } from "pngjs";

/** The EICAR test file, put together at run time. */
export const eicar = Buffer.from(
  ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].join(""),
);

export const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

interface ZipEntry {
  readonly name: string;
  readonly content: Buffer;
  /** What the headers say of its size; its real one unless told. */
  readonly claims?: number;
  readonly encrypted?: boolean;
}

/** A ZIP archive, written by hand so that it can lie. Source: APPNOTE.TXT 4.3. */
export const zip = (entries: readonly ZipEntry[]): Buffer => {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claims = content.length, encrypted } of entries) {
    const data = deflateRawSync(content);
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800 | (encrypted ? 1 : 0), 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(0x21 << 16, 6);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(claims, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), common, tail, path]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, central, Buffer.from("PK\x05\x06"), end]);
};

const text = (content: string) => Buffer.from(content);

export const docx = (more: readonly ZipEntry[] = []): Buffer =>
  zip([
    { name: "[Content_Types].xml", content: text("<Types/>") },
    { name: "word/document.xml", content: text("<w:document/>") },
    ...more,
  ]);

export const xlsx = (): Buffer =>
  zip([
    { name: "[Content_Types].xml", content: text("<Types/>") },
    { name: "xl/workbook.xml", content: text("<workbook/>") },
  ]);

export const ofd = (): Buffer =>
  zip([
    { name: "OFD.xml", content: text("<ofd:OFD/>") },
    { name: "Doc_0/Document.xml", content: text("<ofd:Document/>") },
  ]);

/** A PDF by pdfkit, with whatever is to be attached inside it. */
export const pdf = (words = "a contract", attached?: Buffer): Promise<Buffer> =>
  new Promise((resolve) => {
    const document = new PDFDocument({ info: { CreationDate: new Date(0) } });
    const chunks: Buffer[] = [];
    document.on("data", (chunk: Buffer) => chunks.push(chunk));
    document.on("end", () => resolve(Buffer.concat(chunks)));
    document.text(words);
    if (attached) document.file(attached, { name: "attachment.bin" });
    document.end();
  });

export const png = (): Buffer => PNG.sync.write(new PNG({ width: 8, height: 8 }));

/** The head and the end of a JPEG: what a type is told by. */
export const jpeg = (): Buffer =>
  Buffer.concat([
    Buffer.from("ffd8ffe000104a46494600010100000100010000", "hex"),
    Buffer.alloc(64, 1),
    Buffer.from("ffd9", "hex"),
  ]);

/** As many zeros, deflated: a bomb in a PDF's stream. */
export const bombedPdf = (megabytes: number): Buffer =>
  Buffer.concat([
    Buffer.from("%PDF-1.7\n1 0 obj <</Filter /FlateDecode>>\nstream\n"),
    deflateSync(Buffer.alloc(megabytes * 1_000_000)),
    Buffer.from("\nendstream\nendobj\n%%EOF\n"),
  ]);
