import * as z from "zod";
import { uploadTypes } from "#shared/kernel/uploads.ts";
import { positionOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { Applicant } from "../../domain/application.ts";
import type { FileState, StoredFile } from "../domain/file.ts";
import type { FileSummary } from "../domain/ports.ts";

const MediaType = z.enum(uploadTypes);
const Grade = z.enum(["A", "B", "C", "D"]);
const Status = z.enum(["uploading", "checking", "clean", "rejected"]);
const Reason = z.enum(["malware", "type-differs", "checksum-differs", "size-differs", "unreadable"]);

const Facts = z.object({
  id: z.string(),
  version: z.int().positive(),
  applicant: z.object({
    kind: z.enum(["natural", "legal"]),
    name: z.string(),
    idNumber: z.string(),
    phone: z.string().optional(),
    person: z.string().optional(),
  }),
  declared: z.object({ name: z.string(), mediaType: MediaType, bytes: z.int(), sha256: z.string() }),
  material: z.object({ itemCode: z.string(), material: z.string(), name: z.string() }).optional(),
  grade: Grade,
  by: z.object({
    client: z.string(),
    channel: z.enum(["portal", "mobile", "terminal", "window", "hotline", "partner"]).optional(),
    officer: z.string().optional(),
  }),
  announcedAt: z.string(),
  commands: z.array(
    z.object({
      key: z.string(),
      fingerprint: z.string(),
      receipt: z.object({
        id: z.string(),
        status: Status,
        version: z.int(),
        grade: Grade,
        mediaType: MediaType,
        bytes: z.int(),
        reason: Reason.optional(),
      }),
    }),
  ),
});

const Phase = z.discriminatedUnion("status", [
  z.object({ status: z.literal("uploading"), until: z.string() }),
  z.object({ status: z.literal("checking"), arrivedAt: z.string() }),
  z.object({ status: z.literal("clean"), since: z.string() }),
  z.object({ status: z.literal("rejected"), reason: Reason, rejectedAt: z.string() }),
]) satisfies z.ZodType<FileState>;

const State = z.intersection(Facts, Phase) satisfies z.ZodType<StoredFile>;

export const FILE = "file";

/** What an unfinished or rejected upload is kept for, in days: an answer to "what became of it?". */
const KEPT_DAYS = { uploading: 3, checking: 30, rejected: 180 } as const;

const epochSeconds = (at: string): number => Math.floor(Date.parse(at) / 1000);

/** In the index, an applicant's files of one material stand together, in the order in which they were found clean. */
const fileKey = (materialName: string | undefined, since: string, id: string): string =>
  `${materialPrefix(materialName)}${since}#${id}`;

export const materialPrefix = (materialName: string | undefined): string => `${materialName ?? ""}#`;

type Whose = Pick<Applicant, "kind" | "idNumber">;

/** Another purpose than that of the cases' index: the two cannot be joined by whoever sees only hashes. */
const PURPOSE = "files";
export const filesOf = (cipher: FieldCipher, { kind, idNumber }: Whose): readonly string[] =>
  cipher.lookups(`${kind}:${idNumber}`, PURPOSE);

/** Name, applicant and checksum are sealed; a clean file's row also stands in the index from which it is offered again. */
export const rowOf = (cipher: FieldCipher, state: StoredFile) => {
  const { id, version, status, grade, declared, material, by } = state;
  const { keyId, data } = cipher.seal(Buffer.from(JSON.stringify(state)), placeOf(id));
  return {
    pk: id,
    sk: FILE,
    version,
    status,
    keyId,
    sealed: data,
    ...(state.status === "clean"
      ? {
          filesOf: cipher.lookup(`${state.applicant.kind}:${state.applicant.idNumber}`, PURPOSE),
          fileKey: fileKey(material?.name, state.since, id),
          grade,
          mediaType: declared.mediaType,
          bytes: declared.bytes,
          since: state.since,
          ...(material && { itemCode: material.itemCode, material: material.material, materialName: material.name }),
          ...(by.channel && { channel: by.channel }),
        }
      : { expiresAt: epochSeconds(state.announcedAt) + KEPT_DAYS[state.status] * 86_400 }),
  };
};

const Row = z.object({ pk: z.string(), keyId: z.string(), sealed: z.instanceof(Uint8Array) });

/** Throws when the row was altered or moved. */
export const stateOf = (cipher: FieldCipher, row: unknown): StoredFile => {
  const { pk, keyId, sealed } = Row.parse(row);
  return State.parse(JSON.parse(cipher.open({ keyId, data: sealed }, placeOf(pk)).toString("utf8")));
};

const placeOf = (key: string) => ({ owner: "files", key, attribute: "sealed" });

const Summary = z.object({
  pk: z.string(),
  grade: Grade,
  mediaType: MediaType,
  bytes: z.number(),
  since: z.string(),
  itemCode: z.string().optional(),
  material: z.string().optional(),
  materialName: z.string().optional(),
  channel: z.string().optional(),
});

export const summaryOf = (row: unknown): FileSummary => {
  const { pk, ...rest } = Summary.parse(row);
  return { id: pk, ...rest };
};

const Position = z.object({ pk: z.string().min(1), at: z.string().min(1) });

/** Where a page ended; undefined for a cursor that no list, or only one of another material, has given. */
export const pageEndOf = (cursor: string, materialName: string | undefined): z.infer<typeof Position> | undefined => {
  const end = Position.safeParse(positionOf(cursor)).data;
  return end && (materialName === undefined || end.at.startsWith(materialPrefix(materialName))) ? end : undefined;
};
