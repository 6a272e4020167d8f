import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { UPLOAD_BYTES_AT_MOST, type UploadType } from "#shared/kernel/uploads.ts";
import type { Actor, Applicant } from "../../domain/application.ts";
import type { Grade } from "../../domain/item-rules.ts";

/** What can be uploaded at all. */
export type MediaType = UploadType;

export type RejectionReason = "malware" | "type-differs" | "checksum-differs" | "size-differs" | "unreadable";

/** An upload has to begin within this time of its announcement. */
export const UPLOAD_MINUTES = 15;

/** What the applicant said the file to be. The SHA-256 pins its content from here to every later reader. */
export interface Declaration {
  /** As the applicant calls it: personal data. */
  readonly name: string;
  readonly mediaType: MediaType;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Which material of which item it was brought as. */
export interface MaterialReference {
  readonly itemCode: string;
  readonly material: string;
  readonly name: string;
}

/** What an item asks of one material. */
export interface MaterialRules extends MaterialReference {
  /** None named: whatever can be uploaded. */
  readonly formats: readonly string[];
  readonly maxBytes?: number | undefined;
}

interface Facts {
  readonly id: string;
  readonly version: number;
  readonly applicant: Applicant;
  readonly declared: Declaration;
  readonly material?: MaterialReference | undefined;
  readonly grade: Grade;
  readonly by: Actor;
  readonly announcedAt: Instant;
  /** The keyed requests that were answered, so that a repeat is answered the same. */
  readonly commands: readonly FileCommandRecord[];
}

export type FileState =
  | { readonly status: "uploading"; readonly until: Instant }
  | { readonly status: "checking"; readonly arrivedAt: Instant }
  | { readonly status: "clean"; readonly since: Instant }
  | { readonly status: "rejected"; readonly reason: RejectionReason; readonly rejectedAt: Instant };

export type StoredFile = Facts & FileState;

/** What a keyed request was answered. */
export interface FileReceipt {
  readonly id: string;
  readonly status: StoredFile["status"];
  readonly version: number;
  readonly grade: Grade;
  readonly mediaType: MediaType;
  readonly bytes: number;
  readonly reason?: RejectionReason | undefined;
}

export interface FileCommandRecord {
  readonly key: string;
  readonly fingerprint: string;
  readonly receipt: FileReceipt;
}

export interface FileCommand {
  readonly at: Instant;
  readonly key: string;
  readonly fingerprint: string;
}

export interface FileEvent {
  readonly type: "rejected";
  readonly reason: RejectionReason;
}

/** A new state and what it tells: written together or not at all. */
export interface FileChange {
  readonly state: StoredFile;
  readonly events: readonly FileEvent[];
  readonly at: Instant;
}

export const receiptOf = (file: Omit<Facts, "commands"> & FileState): FileReceipt => ({
  id: file.id,
  status: file.status,
  version: file.version,
  grade: file.grade,
  mediaType: file.declared.mediaType,
  bytes: file.declared.bytes,
  ...(file.status === "rejected" && { reason: file.reason }),
});

export type AnnounceRefusal = "file.type-not-accepted" | "file.too-large";

/** Announces a file that is to be uploaded. */
export const announce = (
  id: string,
  facts: Pick<Facts, "applicant" | "declared" | "grade" | "by">,
  rules: MaterialRules | undefined,
  { at, key, fingerprint }: FileCommand,
): Decision<FileChange, AnnounceRefusal> => {
  const { declared } = facts;
  if (rules && rules.formats.length > 0 && !rules.formats.includes(declared.mediaType))
    return refuse("file.type-not-accepted");
  if (declared.bytes > Math.min(rules?.maxBytes ?? UPLOAD_BYTES_AT_MOST, UPLOAD_BYTES_AT_MOST))
    return refuse("file.too-large");
  const file = {
    id,
    version: 1,
    ...facts,
    ...(rules && { material: { itemCode: rules.itemCode, material: rules.material, name: rules.name } }),
    announcedAt: at,
    status: "uploading",
    until: new Date(Date.parse(at) + UPLOAD_MINUTES * 60_000).toISOString(),
  } as const;
  return accept({ state: { ...file, commands: [{ key, fingerprint, receipt: receiptOf(file) }] }, events: [], at });
};

/** What was found where the upload should lie. */
export interface Finding {
  readonly bytes: number;
  readonly sha256: string;
  /** By its content; undefined for none that can be uploaded. */
  readonly mediaType: MediaType | undefined;
  readonly harm?: "malware" | "unreadable" | undefined;
}

/** Why a file cannot be what it was said to be; harm comes first, since it is what the applicant has to hear. */
export const faultOf = ({ declared }: Pick<Facts, "declared">, found: Finding): RejectionReason | undefined => {
  if (found.harm === "malware") return "malware";
  if (found.bytes !== declared.bytes) return "size-differs";
  if (found.sha256 !== declared.sha256) return "checksum-differs";
  if (found.mediaType !== declared.mediaType) return found.harm ?? "type-differs";
  return found.harm;
};

const isSettled = ({ status }: StoredFile): boolean => status === "clean" || status === "rejected";

/**
 * The upload is said to be complete. What plainly differs from its declaration is rejected at once, the rest waits for the
 * scan. A file that has been settled meanwhile stays as it is, and nothing is written.
 */
export const arrive = (
  file: StoredFile,
  found: Finding | undefined,
  { at, key, fingerprint }: FileCommand,
): Decision<FileChange | undefined, "file.not-uploaded"> => {
  if (file.status !== "uploading") return accept(undefined);
  if (!found) return refuse("file.not-uploaded");
  const fault = faultOf(file, found);
  return accept(
    moved(file, fault ? rejected(fault, at) : { status: "checking", arrivedAt: at }, at, { key, fingerprint }),
  );
};

/** The scan has come to its end; undefined when that is known already. */
export const settle = (file: StoredFile, fault: RejectionReason | undefined, at: Instant): FileChange | undefined =>
  isSettled(file) ? undefined : moved(file, fault ? rejected(fault, at) : { status: "clean", since: at }, at);

const rejected = (reason: RejectionReason, rejectedAt: Instant) =>
  ({ status: "rejected", reason, rejectedAt }) as const;

const moved = (
  { id, version, applicant, declared, material, grade, by, announcedAt, commands }: StoredFile,
  state: FileState,
  at: Instant,
  command?: Pick<FileCommand, "key" | "fingerprint">,
): FileChange => {
  const facts = { id, version: version + 1, applicant, declared, material, grade, by, announcedAt };
  const next = { ...facts, ...state };
  return {
    state: { ...next, commands: command ? [...commands, { ...command, receipt: receiptOf(next) }] : commands },
    events: state.status === "rejected" ? [{ type: "rejected", reason: state.reason }] : [],
    at,
  };
};

/** At a window a clerk has the original in hand, unless they say that they have not. */
export const gradeOf = (atWindow: boolean, original: boolean | undefined): Grade =>
  atWindow && original !== false ? "B" : "C";

export const isOf = ({ applicant }: Pick<Facts, "applicant">, whose: Pick<Applicant, "kind" | "idNumber">): boolean =>
  applicant.kind === whose.kind && applicant.idNumber === whose.idNumber;
