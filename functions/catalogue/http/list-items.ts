import * as z from "zod";
import { DivisionCode, ItemCode, listItems } from "#shared/contracts/http/items.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import type { ItemStore } from "../domain/ports.ts";

const Position = z.strictObject({ division: DivisionCode, code: ItemCode });

export const listItemsEndpoint = ({ items }: { items: ItemStore }) =>
  endpoint(listItems, async ({ query: { cursor, limit, division } }) => {
    const after = cursor === undefined ? undefined : Position.safeParse(positionOf(cursor));
    if (after && !after.success) return refuse("request.bad-cursor");
    if (after && division && !isWithin(after.data.division, division)) return refuse("request.bad-cursor");

    const page = await items.list({ within: division, after: after?.data, limit });
    return accept({ items: [...page.items], ...(page.next && { next: cursorOf({ ...page.next }) }) });
  });
