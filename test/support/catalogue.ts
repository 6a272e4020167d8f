import { readFileSync } from "node:fs";
import { ajvFormCheck } from "#functions/catalogue/adapters/ajv-form-check.ts";
import { memoryBasicItems } from "#functions/catalogue/adapters/memory-basic-items.ts";
import { memoryCityFacts } from "#functions/catalogue/adapters/memory-city-facts.ts";
import { memoryFinder } from "#functions/catalogue/adapters/memory-finder.ts";
import { memoryItems } from "#functions/catalogue/adapters/memory-items.ts";
import { type Department, defineItem, type SourceItem } from "#functions/catalogue/domain/define-item.ts";
import type { ItemDefinition } from "#functions/catalogue/domain/item.ts";
import type { CityFacts } from "#functions/catalogue/domain/ports.ts";
import { importItems } from "#functions/catalogue/import-items.ts";
import { demoStaff } from "#local/demo-city/registry.ts";

const data = (name: string) => JSON.parse(readFileSync(`data/${name}.json`, "utf8"));

export const sources = (): SourceItem[] => data("service-items");

/** What the operator of the demo city imports. */
export const cityData = () => ({
  items: sources(),
  departments: data("departments") as Department[],
  divisions: data("divisions").divisions as { code: string; name: string }[],
  licenceTypes: data("licence-types") as { name: string; tells: string[] }[],
  basicItems: data("basic-items") as { basicCode: string; name: string; kind: string; levels: string[] }[],
});

export const HOUSE = "11440606MB2D26310W4440712002040";
export const FOOD = "11440600007039469J4440131906000";

/** The real item whose name begins so. */
export const realItem = (start: string): ItemDefinition => {
  const source = sources().find(({ name }) => name.startsWith(start));
  const definition = source && defineItem(source, cityData().departments);
  if (!definition?.ok) throw new Error(`no real item ${start}`);
  return definition.value;
};

const appointAll = async (facts: CityFacts): Promise<void> => {
  for (const { staff, department, division, roles } of demoStaff())
    await facts.keepStaff({ staff, department, division, roles, sequence: 1 });
};

export const AT = "2026-11-22T02:00:00.000Z";

/** The catalogue in memory; the city's staff are known, nothing is published. */
export const catalogueStage = async () => {
  const clock = { at: AT };
  const deps = {
    items: memoryItems(),
    basics: memoryBasicItems(),
    facts: memoryCityFacts(),
    finder: memoryFinder(),
    checkForm: ajvFormCheck,
    now: () => clock.at,
  };
  await appointAll(deps.facts);
  return { ...deps, clock, run: importItems(deps) };
};
