import { fingerprint } from "#shared/kernel/ids.ts";

/** One place at which two definitions differ. What is absent on a side is left out. */
export interface Difference {
  /** The top-level field. */
  readonly field: string;
  /** Where in it: `materials[m2].required`; elements with an id or a name are matched by it, not by their place. */
  readonly path: string;
  readonly left?: unknown;
  readonly right?: unknown;
}

/** Field by field, what differs between two definitions. */
export const differences = (left: object, right: object): Difference[] =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .sort()
    .flatMap((field) => within(field, field, at(left, field), at(right, field)));

const at = (value: object, name: string): unknown => (value as Record<string, unknown>)[name];

const within = (field: string, path: string, left: unknown, right: unknown): Difference[] => {
  if (same(left, right)) return [];
  if (isKeyed(left) && isKeyed(right)) return list(field, path, left, right);
  if (isObject(left) && isObject(right))
    return [...new Set([...Object.keys(left), ...Object.keys(right)])]
      .sort()
      .flatMap((name) => within(field, `${path}.${name}`, left[name], right[name]));
  return [
    {
      field,
      path,
      ...(left !== undefined && { left }),
      ...(right !== undefined && { right }),
    },
  ];
};

const list = (field: string, path: string, left: readonly Keyed[], right: readonly Keyed[]): Difference[] => {
  const ids = [...new Set([...left, ...right].map(keyOf))];
  const of = (side: readonly Keyed[], id: string) => side.find((element) => keyOf(element) === id);
  const inside = ids.flatMap((id) => within(field, `${path}[${id}]`, of(left, id), of(right, id)));
  const order = (side: readonly Keyed[]) => side.map(keyOf);
  return inside.length > 0 ? inside : [{ field, path: `${path}[order]`, left: order(left), right: order(right) }];
};

type Keyed = { readonly id: string } | { readonly name: string };

const keyOf = (element: Keyed): string => ("id" in element ? element.id : element.name);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isKeyed = (value: unknown): value is readonly Keyed[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((element) => isObject(element) && typeof (element.id ?? element.name) === "string") &&
  new Set(value.map((element) => keyOf(element as Keyed))).size === value.length;

const same = (left: unknown, right: unknown): boolean =>
  left === right || (left !== undefined && right !== undefined && fingerprint(left) === fingerprint(right));

/** The same field of several definitions, where they do not all say the same. */
export interface Spread<K extends string = string> {
  readonly field: string;
  readonly values: readonly { readonly code: K; readonly value?: unknown }[];
}

/** What differs between the implementations of one directory item (同一事项各地差异). */
export const spreads = (items: readonly { readonly code: string }[], fields: readonly string[]): Spread[] =>
  fields.flatMap((field) => {
    const values = items.map((item) => ({ code: item.code, value: at(item, field) }));
    const [first] = values;
    if (!first || values.every(({ value }) => same(value, first.value) || value === first.value)) return [];
    return [{ field, values }];
  });
