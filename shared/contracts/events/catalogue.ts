import * as z from "zod";
import { cloudEvent } from "./envelope.ts";

export const ItemPublishedV1 = cloudEvent({
  type: "gov.yimen.catalogue.item-published.v1",
  summary: "A version of a service item is in force; read it at /v1/items/{code}/versions/{version}.",
  data: z.object({ code: z.string(), version: z.int().positive() }),
  example: { code: "11440606MB2D26310W4440712002040", version: 1 },
});
