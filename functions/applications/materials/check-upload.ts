import { createHash } from "node:crypto";
import { type Finding, faultOf, type RejectionReason, type StoredFile } from "./domain/file.ts";
import type { FileBytes, Inspector, Quarantined, Scanner } from "./domain/ports.ts";

/** What lies in quarantine, compared with nothing yet. */
export const findingOf = async ({ size, content }: Quarantined, inspector: Inspector): Promise<Finding> =>
  content
    ? {
        bytes: content.length,
        sha256: createHash("sha256").update(content).digest("hex"),
        ...(await inspector.inspect(content)),
      }
    : { bytes: size, sha256: "", mediaType: undefined };

export interface CheckDeps {
  readonly bytes: FileBytes;
  readonly inspector: Inspector;
  readonly scanner: Scanner;
}

/**
 * Looks at an upload with everything there is. "pending": the engine will tell later.
 * @returns why it is rejected; undefined when it is clean
 */
export const faultIn = async (
  file: StoredFile,
  object: Quarantined,
  { inspector, scanner }: Pick<CheckDeps, "inspector" | "scanner">,
): Promise<RejectionReason | "pending" | undefined> => {
  const fault = faultOf(file, await findingOf(object, inspector));
  if (fault || !object.content) return fault ?? "size-differs";
  const verdict = await scanner.scan(file.id, { ...object, content: object.content });
  return verdict === "clean" ? undefined : verdict;
};
