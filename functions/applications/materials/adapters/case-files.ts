import type { Files } from "../../domain/ports.ts";
import { isOf } from "../domain/file.ts";
import type { StoredFiles } from "../domain/ports.ts";

/** What a case may know of the files that are to be attached to it: those of its applicant, one query each. */
export const caseFiles = (files: Pick<StoredFiles, "findWithUses">): Files => ({
  async of(applicant, ids) {
    const found = await Promise.all([...new Set(ids)].map((id) => files.findWithUses(id)));
    return found.flatMap((each) => {
      if (!each || !isOf(each.file, applicant)) return [];
      const { id, material, grade, status, declared } = each.file;
      return [
        {
          id,
          ...(material && { material: material.material }),
          grade,
          state: status,
          format: declared.mediaType,
          bytes: declared.bytes,
          ...(each.usedBy.length > 0 && { usedBy: each.usedBy }),
        },
      ];
    });
  },
});
