import { inflateSync } from "node:zlib";
import { fileTypeFromBuffer } from "file-type";
import { uploadTypes } from "#shared/kernel/uploads.ts";
import type { MediaType } from "../domain/file.ts";
import type { Inspector } from "../domain/ports.ts";
import { type Budget, eachEntry, newBudget, UnreadableArchiveError } from "./archives.ts";

const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** The test file of EICAR (eicar.org), by which every scanner shows that it works; in parts, so that this file does not count as one. */
const EICAR = Buffer.from(["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].join(""));

const ZIP_START = Buffer.from("PK\x03\x04");
const ZIP_END = Buffer.from("PK\x05\x06");
const PDF_START = Buffer.from("%PDF-");
/** PDF readers look for the start of a PDF as far into a file as this. */
const PDF_START_WITHIN = 1024;
/** The end record of a ZIP and its longest comment. */
const ZIP_END_WITHIN = 22 + 65_535;

const isZip = (content: Buffer): boolean => content.subarray(0, 4).equals(ZIP_START);

/** It is, besides what it begins as, something that other programs would open (a polyglot). */
const isSomethingElseToo = (content: Buffer, mime: string): boolean =>
  (!isZip(content) && content.subarray(-ZIP_END_WITHIN).includes(ZIP_END)) ||
  (mime !== "application/pdf" && content.subarray(0, PDF_START_WITHIN).includes(PDF_START));

/** An office document or OFD by what it contains; a macro makes it another type than any that can be uploaded. */
const packageType = (names: ReadonlySet<string>): MediaType | undefined => {
  if ([...names].some((name) => /(^|\/)vbaProject\.bin$/i.test(name))) return undefined;
  if (names.has("OFD.xml")) return "application/ofd";
  if (!names.has("[Content_Types].xml")) return undefined;
  if (names.has("word/document.xml")) return WORD;
  return names.has("xl/workbook.xml") ? SHEET : undefined;
};

/** The end of the data of a PDF stream; a length is not believed. */
const STREAM = /stream\r?\n/g;
const STREAMS_AT_MOST = 5_000;

/**
 * The streams of a PDF, inflated where they are: attachments are such streams. Object streams inside a PDF are as well. What
 * cannot be inflated is an image or font of another coding, and is looked at as it is with the whole file.
 */
function* pdfStreams(content: Buffer, budget: Budget): Generator<Buffer> {
  const text = content.toString("latin1");
  let seen = 0;
  for (const match of text.matchAll(STREAM)) {
    if (++seen > STREAMS_AT_MOST) throw new UnreadableArchiveError("too many streams");
    const start = match.index + match[0].length;
    const end = text.indexOf("endstream", start);
    if (end < 0) break;
    let inflated: Buffer;
    try {
      inflated = inflateSync(content.subarray(start, end), { maxOutputLength: Math.max(budget.bytes, 1) });
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE")
        throw new UnreadableArchiveError("too large when inflated");
      continue;
    }
    budget.bytes -= inflated.length;
    yield inflated;
  }
}

/** Whether the EICAR test file lies in it, at any depth that is read. @throws UnreadableArchiveError */
const holdsEicar = async (content: Buffer, depth: number, budget: Budget, names?: Set<string>): Promise<boolean> => {
  if (content.includes(EICAR)) return true;
  let found = false;
  if (isZip(content))
    await eachEntry(content, depth, budget, async (name, inner) => {
      names?.add(name);
      found ||= await holdsEicar(inner, depth + 1, budget);
    });
  else if (content.subarray(0, PDF_START_WITHIN).includes(PDF_START))
    for (const stream of pdfStreams(content, budget)) found ||= await holdsEicar(stream, depth + 1, budget);
  return found;
};

const isOffered = (mime: string | undefined): mime is MediaType => uploadTypes.some((known) => known === mime);

/**
 * Reads a file through: its type by content, polyglots, macros, archives that are broken, encrypted or bombs, and the EICAR
 * test file wherever it hides. It knows no other malware: that is the engine's work (see the Scanner port).
 */
export const contentInspector: Inspector = {
  async inspect(content) {
    const names = new Set<string>();
    try {
      if (await holdsEicar(content, 0, newBudget(), names)) return { mediaType: undefined, harm: "malware" };
    } catch (error) {
      if (error instanceof UnreadableArchiveError) return { mediaType: undefined, harm: "unreadable" };
      throw error;
    }
    const mime = isZip(content) ? packageType(names) : (await fileTypeFromBuffer(content))?.mime;
    if (!isOffered(mime)) return { mediaType: undefined };
    if (isSomethingElseToo(content, mime)) return { mediaType: undefined, harm: "unreadable" };
    return { mediaType: mime };
  },
};
