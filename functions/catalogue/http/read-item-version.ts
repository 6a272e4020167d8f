import { readItemVersion } from "#shared/contracts/http/items.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import type { ItemStore } from "../domain/ports.ts";

export const readItemVersionEndpoint = ({ items }: { items: ItemStore }) =>
  endpoint(readItemVersion, async ({ path }) => {
    const item = await items.version(path.code, path.version);
    return item ? accept(item) : refuse("item.not-found");
  });
