import { readItem } from "#shared/contracts/http/items.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import type { ItemStore } from "../domain/ports.ts";

export const readItemEndpoint = ({ items }: { items: ItemStore }) =>
  endpoint(readItem, async ({ path }) => {
    const item = await items.current(path.code);
    return item ? accept(item) : refuse("item.not-found");
  });
