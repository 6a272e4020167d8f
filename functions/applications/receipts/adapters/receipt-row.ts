import * as z from "zod";
import { positionOf } from "#shared/runtime/dynamo.ts";
import { type IssuedReceipt, receiptKinds } from "../domain/receipt.ts";

const Row = z.object({
  receipt: z.string(),
  kind: z.enum(receiptKinds),
  title: z.string(),
  issuedAt: z.string(),
  bytes: z.number(),
  sha256: z.string(),
});

const PREFIX = "receipt#";
export const receiptPrefix = PREFIX;

const Position = z.object({ at: z.string().startsWith(PREFIX) });

/** Where a page ended; undefined for a cursor that no list of receipts has given. */
export const pageEndOf = (cursor: string): string | undefined => Position.safeParse(positionOf(cursor)).data?.at;

/** In the order of the case's versions. */
export const sortOf = (id: string): string => {
  const [, version = "", index = ""] = id.split(".");
  return `${PREFIX}${version.padStart(6, "0")}.${index.padStart(3, "0")}`;
};

export const receiptRow = (application: string, { id, ...rest }: IssuedReceipt) => ({
  pk: application,
  sk: sortOf(id),
  receipt: id,
  ...rest,
});

export const receiptOf = (row: unknown): IssuedReceipt => {
  const { receipt, ...rest } = Row.parse(row);
  return { id: receipt, ...rest };
};
