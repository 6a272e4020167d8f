import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { isOf } from "../domain/file.ts";
import type { FileUse, StoredFiles } from "../domain/ports.ts";
import { fileEventsOf, fileReadingEventsOf } from "./file-events.ts";
import { materialPrefix, pageEndOf, rowOf, stateOf, summaryOf } from "./file-row.ts";

type Row = ReturnType<typeof rowOf>;

/** The same rows as in DynamoDB, in a map; for tests. */
export const memoryFiles = (cipher: FieldCipher): StoredFiles & { published(): readonly AnyEvent[] } => {
  const rows = new Map<string, Row>();
  const uses = new Map<string, Map<string, FileUse>>();
  const published: AnyEvent[] = [];
  const keyOf = (row: Row): string => ("fileKey" in row && row.fileKey) || "";

  return {
    find: async (id) => {
      const row = rows.get(id);
      return row && stateOf(cipher, row);
    },
    async save(change) {
      const { id, version } = change.state;
      if ((rows.get(id)?.version ?? 0) !== version - 1) throw new StaleVersionError(id);
      rows.set(id, rowOf(cipher, change.state));
      published.push(...fileEventsOf(change));
    },
    async ofApplicant(applicant, materialName, { cursor, limit }) {
      const after = cursor === undefined ? undefined : pageEndOf(cursor, materialName)?.at;
      if (cursor !== undefined && after === undefined) return "bad-cursor";
      const prefix = materialName === undefined ? "" : materialPrefix(materialName);
      const found = [...rows.values()]
        .filter((row) => keyOf(row).startsWith(prefix) && keyOf(row) !== "" && isOf(stateOf(cipher, row), applicant))
        .sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
        .filter((row) => after === undefined || keyOf(row) < after);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(summaryOf),
        ...(last && found.length > limit && { next: cursorOf({ pk: last.pk, at: keyOf(last) }) }),
      };
    },
    async recordReading(reading) {
      published.push(...fileReadingEventsOf(reading));
    },
    async noteUse(file, use) {
      const own = uses.get(file) ?? new Map<string, FileUse>();
      const key = `${use.application}#${use.material}`;
      uses.set(file, own.has(key) ? own : own.set(key, use));
    },
    async findWithUses(id) {
      const row = rows.get(id);
      const usedBy = [...(uses.get(id)?.values() ?? [])].map(({ application }) => application).slice(0, 2);
      return row && { file: stateOf(cipher, row), usedBy };
    },
    usesOf: async (file) => [...(uses.get(file)?.values() ?? [])],
    published: () => published,
  };
};
