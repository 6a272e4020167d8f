import { type ItemRecord, inForce } from "./item-record.ts";
import type { ItemSummary, Wanted } from "./ports.ts";
import { summaryOf } from "./summaries.ts";
import { gramsOf, leadingGram } from "./words.ts";

/** What the search knows of one item. */
export interface Found {
  /** The facets that lead to it. */
  readonly facets: readonly string[];
  readonly text: string;
  readonly themes: readonly string[];
  readonly objects: readonly string[];
  readonly summary: ItemSummary;
}

const word = (gram: string) => `word#${gram}`;
const theme = (name: string) => `theme#${name}`;
const object = (code: string) => `object#${code}`;

/** Undefined for an item that is not in force: nothing leads to it. */
export const foundOf = (record: ItemRecord): Found | undefined => {
  const item = inForce(record);
  const summary = summaryOf(record);
  if (!item || !summary) return undefined;
  const leading = [item.name, ...item.themes, item.result.name].join(" ");
  // A department's name leads to too much; it narrows.
  const text = `${leading} ${item.department.name}`.normalize("NFKC").toLowerCase();
  return {
    facets: [...gramsOf(leading).map(word), ...item.themes.map(theme), ...item.objects.map(object)],
    text,
    themes: item.themes,
    objects: item.objects,
    summary,
  };
};

/** One facet leads, the others narrow: a word before a theme before an object, for it is the rarest. */
export interface Plan {
  readonly facet: string;
  readonly words: readonly string[];
  readonly theme?: string | undefined;
  readonly object?: string | undefined;
}

/** Undefined when nothing is asked for. */
export const planOf = (wanted: Wanted): Plan | undefined => {
  const gram = leadingGram(wanted.words);
  const narrowing = { words: wanted.words.filter((asked) => asked !== gram), object: wanted.object };
  if (gram !== undefined) return { facet: word(gram), ...narrowing, theme: wanted.theme };
  if (wanted.theme !== undefined) return { facet: theme(wanted.theme), ...narrowing };
  return wanted.object === undefined ? undefined : { facet: object(wanted.object), words: [] };
};
