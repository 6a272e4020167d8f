import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defineItem } from "#functions/catalogue/domain/define-item.ts";
import { publishItem } from "#functions/catalogue/domain/publish-item.ts";

const data = (name: string) => JSON.parse(readFileSync(`data/${name}.json`, "utf8"));
const defined = defineItem(data("service-items")[0], data("departments"));
if (!defined.ok) throw new Error("not defined");
const definition = defined.value;

const TODAY = "2026-11-22";

it("publishes a definition as version 1, and a changed one as the next", () => {
  const first = publishItem(undefined, definition, TODAY);
  expect(first).toEqual({ ok: true, value: { ...definition, effectiveFrom: TODAY, version: 1 } });
  const changed = { ...definition, conditions: ["一"] };
  const before = { ...definition, effectiveFrom: "2026-01-01", version: 7 };
  expect(publishItem(before, changed, TODAY)).toEqual({
    ok: true,
    value: { ...changed, effectiveFrom: TODAY, version: 8 },
  });
});

it("does not publish what is in force already, on whatever day it took force", () => {
  const reordered = Object.fromEntries(Object.entries(definition).reverse()) as unknown as typeof definition;
  expect(publishItem({ ...reordered, effectiveFrom: "2026-01-01", version: 3 }, definition, TODAY)).toEqual({
    ok: false,
    refusal: { code: "item.unchanged" },
  });
});
