import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { ReceiptBytes, Receipts } from "../domain/ports.ts";
import { pageEndOf, receiptOf, receiptRow } from "./receipt-row.ts";

type Row = ReturnType<typeof receiptRow>;

/** The same rows as in DynamoDB, in a map; for tests. */
export const memoryReceipts = (): Receipts => {
  const rows = new Map<string, Row>();
  const numbers = new Map<string, string>();
  return {
    note: async (application, receipt) => {
      const row = receiptRow(application, receipt);
      rows.set(`${row.pk} ${row.sk}`, row);
    },
    async ofCase(application, { cursor, limit }) {
      const after = cursor === undefined ? undefined : pageEndOf(cursor);
      if (cursor !== undefined && after === undefined) return "bad-cursor";
      const left = [...rows.values()]
        .filter(({ pk, sk }) => pk === application && (after === undefined || sk > after))
        .sort((a, b) => (a.sk < b.sk ? -1 : 1));
      const shown = left.slice(0, limit);
      const last = shown.at(-1);
      return { items: shown.map(receiptOf), ...(last && left.length > limit && { next: cursorOf({ at: last.sk }) }) };
    },
    find: async (application, id) => {
      const row = [...rows.values()].find(({ pk, receipt }) => pk === application && receipt === id);
      return row && receiptOf(row);
    },
    noteNumber: async (number, application) => {
      numbers.set(number, application);
    },
    caseOf: async (number) => numbers.get(number),
  };
};

export const memoryReceiptBytes = (): ReceiptBytes & { readonly kept: Map<string, Buffer> } => {
  const kept = new Map<string, Buffer>();
  return {
    kept,
    keep: async (id, pdf) => {
      kept.set(id, pdf);
    },
    link: async (id, at, seconds) => ({
      url: `https://files.example/receipts/${id}`,
      expiresAt: new Date(Date.parse(at) + seconds * 1000).toISOString(),
    }),
  };
};
