import type { Sheet } from "./item-sheets.ts";

/** What a file may unpack to: a small archive can hold a very large nothing. */
const MAX_UNPACKED = 50 * 1024 * 1024;

export class UnreadableFileError extends Error {
  override readonly name = "UnreadableFileError";
}

/** An XLSX file. Cells are text; the first row of each sheet stays in view. */
export const writeSheets = async (sheets: readonly Sheet[]): Promise<Buffer> => {
  const { default: writeExcelFile } = await import("write-excel-file/node");
  return writeExcelFile(
    sheets.map(({ name, rows }) => ({
      sheet: name,
      stickyRowsCount: 1,
      data: rows.map((row, i) =>
        row.map((value) =>
          value === undefined ? null : { value, type: String, ...(i === 0 && { fontWeight: "bold" as const }) },
        ),
      ),
    })),
  ).toBuffer();
};

/** Reads a file written by `writeSheets`, or by hand in its form. Throws UnreadableFileError for anything else. */
export const readSheets = async (file: Buffer): Promise<Sheet[]> => {
  if (unpackedSize(file) > MAX_UNPACKED) throw new UnreadableFileError("it unpacks to more than 50 MB");
  const { default: readExcelFile } = await import("read-excel-file/node");
  try {
    const sheets = await readExcelFile(file, { trim: false });
    return sheets.map(({ sheet, data }) => ({
      name: sheet,
      rows: data.map((row) => row.map((cell) => (cell === null ? undefined : cellText(cell)))),
    }));
  } catch (error) {
    throw new UnreadableFileError("it is not an XLSX file", { cause: error });
  }
};

/** A spreadsheet program may have made a number, a truth value or a day of what was text. */
const cellText = (cell: unknown): string => (cell instanceof Date ? cell.toISOString().slice(0, 10) : String(cell));

const CENTRAL_ENTRY = 0x02014b50;

/** The sum of what the archive's directory says its entries unpack to (ZIP central directory, APPNOTE 4.3.12). [M] */
const unpackedSize = (file: Buffer): number => {
  let sum = 0;
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(CENTRAL_ENTRY);
  for (let at = file.indexOf(signature); at >= 0 && at + 28 <= file.length; at = file.indexOf(signature, at + 4))
    sum += file.readUInt32LE(at + 24);
  return sum;
};
