import * as z from "zod";
import { DivisionCode, ItemCode } from "#shared/contracts/http/catalogue/item.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import type { Listed, Position } from "../domain/ports.ts";

const Place = z.strictObject({ division: DivisionCode, code: ItemCode });

/** Where a page begins; undefined for a cursor of another list, or of another division's. */
export const placeOf = (cursor: string | undefined, division: string | undefined): { after?: Position } | undefined => {
  if (cursor === undefined) return {};
  const after = Place.safeParse(positionOf(cursor));
  if (!after.success || (division && !isWithin(after.data.division, division))) return undefined;
  return { after: after.data };
};

export const pageOf = <T>({ items, next }: Listed<T>) => ({ items, ...(next && { next: cursorOf({ ...next }) }) });
