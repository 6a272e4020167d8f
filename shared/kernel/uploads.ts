/** What can be uploaded at all, by content: what the inspection of uploads can tell. An item's material may accept less. */
export const uploadTypes = [
  "application/pdf",
  "application/ofd",
  "image/jpeg",
  "image/png",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
] as const;
export type UploadType = (typeof uploadTypes)[number];

/** No file is larger, whatever an item allows. It is held in memory while it is inspected. */
export const UPLOAD_BYTES_AT_MOST = 10 * 1024 * 1024;
