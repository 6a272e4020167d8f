import * as z from "zod";
import { cloudEvent } from "./envelope.ts";

const Item = z.object({ code: z.string(), version: z.int().positive() });
const example = { code: "11440606MB2D26310W4440712002040", version: 1 };

export const ItemPublishedV1 = cloudEvent({
  type: "gov.yimen.catalogue.item-published.v1",
  summary: "A version of a service item is in force; read it at /v1/items/{code}/versions/{version}.",
  data: Item,
  example,
});

export const ItemSuspendedV1 = cloudEvent({
  type: "gov.yimen.catalogue.item-suspended.v1",
  summary: "The item cannot be applied for until it is resumed; open cases go on.",
  data: Item,
  example,
});

export const ItemResumedV1 = cloudEvent({
  type: "gov.yimen.catalogue.item-resumed.v1",
  summary: "The item can be applied for again, in the version named.",
  data: Item,
  example,
});

export const ItemRetiredV1 = cloudEvent({
  type: "gov.yimen.catalogue.item-retired.v1",
  summary: "The item cannot be applied for any more; open cases go on.",
  data: Item,
  example,
});
