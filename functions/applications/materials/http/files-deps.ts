import type { Clock } from "#shared/kernel/clock.ts";
import type { Applications } from "../../domain/ports.ts";
import type { FileBytes, Inspector, Materials, StoredFiles } from "../domain/ports.ts";

export interface FilesDeps {
  readonly files: StoredFiles;
  readonly bytes: FileBytes;
  readonly inspector: Inspector;
  readonly materials: Materials;
  readonly applications: Pick<Applications, "find">;
  readonly now: Clock;
}
