import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import type { DownloadLink } from "../../materials/domain/ports.ts";
import type { Document, IssuedReceipt } from "./receipt.ts";

export interface Receipts {
  /** Notes that a receipt lies there: once, however often it is told. */
  note(application: string, receipt: IssuedReceipt): Promise<void>;
  /** Oldest first. */
  ofCase(application: string, page: PageRequest): Promise<Page<IssuedReceipt> | BadCursor>;
  find(application: string, id: string): Promise<IssuedReceipt | undefined>;
  /** Lets a case be found by the number that stands on its receipts. */
  noteNumber(number: string, application: string): Promise<void>;
  caseOf(number: string): Promise<string | undefined>;
}

/** Where the bytes of receipts lie, each under the id of its event. */
export interface ReceiptBytes {
  keep(id: string, pdf: Buffer): Promise<void>;
  link(id: string, at: string, seconds: number): Promise<DownloadLink>;
}

/** Lays a document out as PDF: the same bytes for the same document. */
export interface Printer {
  print(document: Document, progressUrl: string): Promise<Buffer>;
}
