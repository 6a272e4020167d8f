import * as z from "zod";
import {
  BasicCode,
  compareImplementations,
  compareItems,
  guideItem,
  listBasicItems,
  listImplementations,
  listItems,
  readBasicItem,
  readItem,
  readItemVersion,
  readManual,
} from "#shared/contracts/http/catalogue/finding.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import { differences, spreads } from "../domain/compare.ts";
import { guideOf, manualOf } from "../domain/guide.ts";
import type { Item } from "../domain/item.ts";
import { inForce } from "../domain/item-record.ts";
import type { BasicItems, CityFacts, Finder, ItemStore } from "../domain/ports.ts";
import { wordsOf } from "../domain/words.ts";
import { pageOf, placeOf } from "./paging.ts";

export interface ReadingDeps {
  readonly items: ItemStore;
  readonly basics: BasicItems;
  readonly facts: CityFacts;
  readonly finder: Finder;
}

/** Fields whose difference between divisions tells something; those that name the place always differ. */
const COMPARED: readonly (keyof Item)[] = [
  "name",
  "kind",
  "applicants",
  "objects",
  "handling",
  "limits",
  "visits",
  "stages",
  "legalBasis",
  "conditions",
  "options",
  "form",
  "materials",
  "fees",
  "specialProcedures",
  "tacit",
  "result",
  "deliverable",
  "commitment",
  "assurance",
];

const listItemsEndpoint = ({ items, finder }: ReadingDeps) =>
  endpoint(listItems, async ({ query: { cursor, limit, division, q, theme, object } }) => {
    const place = placeOf(cursor, division);
    if (!place) return refuse("request.bad-cursor");
    if (q === undefined && theme === undefined && object === undefined)
      return accept(pageOf(await items.list({ within: division, ...place, limit })));
    const words = q === undefined ? [] : wordsOf(q);
    if (q !== undefined && words.length === 0) return refuse("search.no-words");
    return accept(pageOf(await finder.search({ words, theme, object, within: division }, { ...place, limit })));
  });

const readItemEndpoint = ({ items }: ReadingDeps) =>
  endpoint(readItem, async ({ path }) => {
    const record = await items.find(path.code);
    const item = inForce(record);
    if (!item) return refuse("item.not-found");
    const standing = record?.standing;
    return accept({
      ...item,
      ...(standing?.kind === "suspended" && { suspended: { since: standing.since, reason: standing.reason } }),
    });
  });

const readItemVersionEndpoint = ({ items }: ReadingDeps) =>
  endpoint(readItemVersion, async ({ path }) => {
    const item = await items.version(path.code, path.version);
    return item ? accept(item) : refuse("item.not-found");
  });

const guideItemEndpoint = ({ items, facts }: ReadingDeps) =>
  endpoint(guideItem, async ({ path, body }) => {
    const item = inForce(await items.find(path.code));
    if (!item) return refuse("item.not-found");
    return guideOf(item, body.situation, await divisionName(facts, item.division));
  });

const readManualEndpoint = ({ items }: ReadingDeps) =>
  endpoint(readManual, async ({ path }) => {
    const item = inForce(await items.find(path.code));
    return item ? accept(manualOf(item)) : refuse("item.not-found");
  });

const compareItemsEndpoint = ({ items }: ReadingDeps) =>
  endpoint(compareItems, async ({ query }) => {
    const read = async (code: string, version: number | undefined) =>
      version === undefined ? inForce(await items.find(code)) : items.version(code, version);
    const [left, right] = await Promise.all([
      read(query.left, query.leftVersion),
      read(query.right, query.rightVersion),
    ]);
    if (!left || !right) return refuse("item.not-found");
    return accept({
      left: { code: left.code, version: left.version },
      right: { code: right.code, version: right.version },
      differences: differences(left, right).filter(({ field }) => field !== "version"),
    });
  });

const listBasicItemsEndpoint = ({ basics }: ReadingDeps) =>
  endpoint(listBasicItems, async ({ query: { cursor, limit } }) => {
    const after = cursor === undefined ? undefined : z.strictObject({ after: BasicCode }).safeParse(positionOf(cursor));
    if (after && !after.success) return refuse("request.bad-cursor");
    const page = await basics.list({ after: after?.data.after, limit });
    return accept({ items: page.items, ...(page.next !== undefined && { next: cursorOf({ after: page.next }) }) });
  });

const readBasicItemEndpoint = ({ basics }: ReadingDeps) =>
  endpoint(readBasicItem, async ({ path }) => {
    const item = await basics.find(path.basicCode);
    return item ? accept(item) : refuse("basic-item.not-found");
  });

const listImplementationsEndpoint = ({ items }: ReadingDeps) =>
  endpoint(listImplementations, async ({ path, query: { cursor, limit, division } }) => {
    const place = placeOf(cursor, division);
    if (!place) return refuse("request.bad-cursor");
    return accept(pageOf(await items.implementing(path.basicCode, { within: division, ...place, limit })));
  });

const compareImplementationsEndpoint = ({ items }: ReadingDeps) =>
  endpoint(compareImplementations, async ({ path, query: { cursor, limit, division } }) => {
    const place = placeOf(cursor, division);
    if (!place) return refuse("request.bad-cursor");
    const page = await items.implementing(path.basicCode, { within: division, ...place, limit });
    const found = await Promise.all(page.items.map(async ({ code }) => inForce(await items.find(code))));
    const compared = found.filter((item) => item !== undefined);
    const { items: implementations, ...next } = pageOf(page);
    return accept({ implementations, differences: spreads(compared, COMPARED), ...next });
  });

export const readingEndpoints = (deps: ReadingDeps): readonly Endpoint[] => [
  listItemsEndpoint(deps),
  readItemEndpoint(deps),
  readItemVersionEndpoint(deps),
  guideItemEndpoint(deps),
  readManualEndpoint(deps),
  compareItemsEndpoint(deps),
  listBasicItemsEndpoint(deps),
  readBasicItemEndpoint(deps),
  listImplementationsEndpoint(deps),
  compareImplementationsEndpoint(deps),
];

/** The name of a division; its code when nobody told its name. */
export const divisionName = async (facts: CityFacts, code: string): Promise<string> => {
  const { divisions } = await facts.reference();
  return divisions.find((division) => division.code === code)?.name ?? code;
};
