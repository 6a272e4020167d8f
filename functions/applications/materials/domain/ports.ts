import type { Instant } from "#shared/kernel/clock.ts";
import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import type { Applicant } from "../../domain/application.ts";
import type { Grade } from "../../domain/item-rules.ts";
import type { FileChange, MaterialReference, MaterialRules, MediaType, StoredFile } from "./file.ts";

/** What is offered for reuse: a clean file without its name. */
export interface FileSummary {
  readonly id: string;
  readonly grade: Grade;
  readonly mediaType: MediaType;
  readonly bytes: number;
  readonly since: Instant;
  readonly itemCode?: string | undefined;
  readonly material?: string | undefined;
  readonly materialName?: string | undefined;
  readonly channel?: string | undefined;
}

/** A link to a file is about to be given to someone. */
export interface FileReading {
  readonly id: string;
  /** The file's id, or the case's when it is a receipt that is read. */
  readonly of: string;
  readonly what: "file" | "receipt";
  readonly at: Instant;
  readonly client: string;
  readonly officer?: string | undefined;
  readonly purpose: string;
  readonly applicant: Applicant;
  /** Number of the case for which it is read. */
  readonly number?: string | undefined;
  readonly department?: string | undefined;
  readonly division?: string | undefined;
}

export interface StoredFiles {
  find(id: string): Promise<StoredFile | undefined>;
  /** State and events in one conditional write. Throws StaleVersionError when another change came first. */
  save(change: FileChange): Promise<void>;
  /** An applicant's clean files, newest first, and only those brought as a material of this name when one is given. */
  ofApplicant(
    applicant: Pick<Applicant, "kind" | "idNumber">,
    materialName: string | undefined,
    page: PageRequest,
  ): Promise<Page<FileSummary> | BadCursor>;
  /** Kept, and told to the person concerned, before the link is given. */
  recordReading(reading: FileReading): Promise<void>;
  /** Notes that a case uses the file: once, however often it is told. */
  noteUse(file: string, use: FileUse): Promise<void>;
  usesOf(file: string): Promise<readonly FileUse[]>;
  /** The file and up to two cases that use it, in one query. */
  findWithUses(id: string): Promise<{ readonly file: StoredFile; readonly usedBy: readonly string[] } | undefined>;
}

/** A case to which a file is attached. */
export interface FileUse {
  readonly application: string;
  readonly number: string;
  readonly material: string;
  readonly at: Instant;
  /** The version of the consent text by which it was reused; absent where it was brought for this very case. */
  readonly consent?: string | undefined;
}

/** Asked before a file is announced: what the item wants of a material, in the version in force. */
export interface Materials {
  rulesOf(itemCode: string, material: string): Promise<MaterialRules | undefined>;
}

export type { MaterialReference };

/** How and where the bytes of an announced file are to be sent. */
export interface UploadLink {
  readonly method: "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Instant;
}

export interface DownloadLink {
  readonly url: string;
  readonly expiresAt: Instant;
}

/** An upload as it lies in quarantine; `etag` names exactly these bytes. */
export interface Quarantined {
  readonly etag: string;
  /** Size as stored. */
  readonly size: number;
  /** Left out when it is larger than any file may be. */
  readonly content?: Buffer | undefined;
}

/** Where the bytes lie. Keys are made of ids: nothing of a name, a person or a case number stands in one. */
export interface FileBytes {
  /** Takes exactly these bytes, once, within the time of the announcement. */
  uploadLink(file: Pick<StoredFile, "id" | "declared" | "announcedAt">): Promise<UploadLink>;
  quarantined(id: string): Promise<Quarantined | undefined>;
  /** Copies exactly that object to where clean files lie. Throws when another lies there by now. */
  release(file: Pick<StoredFile, "id" | "declared">, etag: string): Promise<void>;
  discard(id: string): Promise<void>;
  /** @param seconds how long it is good */
  cleanLink(file: Pick<StoredFile, "id" | "declared">, at: Instant, seconds: number): Promise<DownloadLink>;
}

export type ScanVerdict = "clean" | "malware" | "unreadable" | "pending";

/** An engine that knows malware. "pending": it has not looked yet and will tell by itself. */
export interface Scanner {
  scan(id: string, object: Quarantined & { readonly content: Buffer }): Promise<ScanVerdict>;
}

/** Looks at the content itself: its real type, what lies inside archives, whether it is a known test of a scanner. */
export interface Inspector {
  inspect(content: Buffer): Promise<{ mediaType: MediaType | undefined; harm?: "malware" | "unreadable" | undefined }>;
}
