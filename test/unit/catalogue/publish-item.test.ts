import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defineItem } from "#functions/catalogue/domain/define-item.ts";
import { publishItem } from "#functions/catalogue/domain/publish-item.ts";

const data = (name: string) => JSON.parse(readFileSync(`data/${name}.json`, "utf8"));
const defined = defineItem(data("service-items")[0], data("departments"));
if (!defined.ok) throw new Error("not defined");
const definition = defined.value;

it("publishes a definition as version 1, and a changed one as the next", () => {
  const first = publishItem(undefined, definition);
  expect(first).toEqual({ ok: true, value: { ...definition, version: 1 } });
  const changed = { ...definition, conditions: ["一"] };
  expect(publishItem({ ...definition, version: 7 }, changed)).toEqual({ ok: true, value: { ...changed, version: 8 } });
});

it("does not publish what is in force already", () => {
  const reordered = Object.fromEntries(Object.entries(definition).reverse()) as unknown as typeof definition;
  expect(publishItem({ ...reordered, version: 3 }, definition)).toEqual({
    ok: false,
    refusal: { code: "item.unchanged" },
  });
});
