import type { ReceiptBytes, Receipts } from "../domain/ports.ts";
import { receiptOf, receiptRow } from "./receipt-row.ts";

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
    ofCase: async (application) =>
      [...rows.values()]
        .filter(({ pk }) => pk === application)
        .sort((a, b) => (a.sk < b.sk ? -1 : 1))
        .map(receiptOf),
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
