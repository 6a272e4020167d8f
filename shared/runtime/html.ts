/** Markup that is safe to send: made by the tag below and by nothing else. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export type Piece = Html | string | number | undefined | null | false | readonly Piece[];

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escaped = (value: Piece): string => {
  if (value === undefined || value === null || value === false) return "";
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(escaped).join("");
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
};

/**
 * Markup with every value escaped, for text and for attributes in quotes; undefined, null and false leave nothing. It knows
 * nothing of addresses: what stands in href or action must be ours (see `ownPath`) and never what somebody typed.
 */
export const html = (parts: TemplateStringsArray, ...values: Piece[]): Html =>
  new Html(parts.map((part, i) => (i === 0 ? part : escaped(values[i - 1]) + part)).join(""));
