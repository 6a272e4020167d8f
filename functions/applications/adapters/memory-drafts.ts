import type { Clock } from "#shared/kernel/clock.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Drafts } from "../domain/ports.ts";
import { pageEndOf } from "./application-row.ts";
import { draftOf, draftRow, draftSummaryOf } from "./draft-row.ts";
import { applicantKey } from "./sealing.ts";

type Row = ReturnType<typeof draftRow>;

/** The same rows as in DynamoDB, in a map; for tests. */
export const memoryDrafts = (cipher: FieldCipher, now: Clock): Drafts => {
  const rows = new Map<string, Row>();
  return {
    async find(id) {
      const row = rows.get(id);
      const draft = row && draftOf(cipher, row);
      return draft && draft.expiresAt > now() ? draft : undefined;
    },
    async save(draft) {
      if ((rows.get(draft.id)?.version ?? 0) !== draft.version - 1) throw new StaleVersionError(draft.id);
      rows.set(draft.id, draftRow(cipher, draft));
    },
    async remove(id) {
      rows.delete(id);
    },
    async ofApplicant(applicant, { cursor, limit }) {
      const after = cursor === undefined ? undefined : pageEndOf(cursor)?.at;
      if (cursor !== undefined && after === undefined) return "bad-cursor";
      const key = applicantKey(cipher, applicant, "drafts");
      const found = [...rows.values()]
        .filter((row) => row.applicantKey === key && (after === undefined || row.receivedKey < after))
        .sort((a, b) => (a.receivedKey < b.receivedKey ? 1 : -1));
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return {
        items: shown.map(draftSummaryOf),
        ...(last && found.length > limit && { next: cursorOf({ pk: last.pk, at: last.receivedKey }) }),
      };
    },
  };
};
