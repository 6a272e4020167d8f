import type { Instant, LegalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import { differences } from "./compare.ts";
import type { Item, ItemDefinition } from "./item.ts";

/** What is being prepared: checked once no automatic check finds a fault in it. */
export type Draft =
  | { readonly kind: "draft"; readonly definition: ItemDefinition }
  | { readonly kind: "checked"; readonly definition: ItemDefinition; readonly checkedAt: Instant };

/** Whether the item can be applied for. `announced` is the version the platform last heard of. */
export type Standing =
  | { readonly kind: "unpublished" }
  | { readonly kind: "in-force"; readonly item: Item }
  | {
      readonly kind: "suspended";
      readonly item: Item;
      readonly announced: number;
      readonly since: Instant;
      readonly reason: string;
    }
  | { readonly kind: "retired"; readonly item: Item; readonly since: Instant; readonly reason: string };

/** One line of the change log (变更记录). */
export interface LogEntry {
  readonly revision: number;
  readonly at: Instant;
  readonly by: Actor;
  readonly operation: Operation;
  readonly reason?: string | undefined;
  readonly version?: number | undefined;
  /** Fields of the definition that this change made different. */
  readonly changed: readonly string[];
}

export type Operation =
  | "draft"
  | "discard"
  | "check"
  | "publish"
  | "schedule"
  | "take-effect"
  | "suspend"
  | "resume"
  | "retire";

/** Who acts: a client, and the member of staff where there is one. Numbers, not names. */
export interface Actor {
  readonly client: string;
  readonly staff?: string | undefined;
}

/** What an acting call is told, and told again when it is repeated. */
export interface Receipt {
  readonly code: string;
  readonly revision: number;
  readonly standing: Standing["kind"];
  readonly draft?: Draft["kind"] | undefined;
  readonly version?: number | undefined;
  readonly scheduled?: { readonly version: number; readonly effectiveFrom: LegalDate } | undefined;
}

interface AnsweredKey {
  readonly key: string;
  readonly print: string;
  readonly receipt: Receipt;
}

/** An implementation item (实施清单) through all its versions. */
export interface ItemRecord {
  readonly code: string;
  readonly revision: number;
  /** Who keeps it: fixed when it is first drafted. */
  readonly department: string;
  readonly division: string;
  /** The highest version ever published; 0 before the first. */
  readonly latest: number;
  readonly draft?: Draft | undefined;
  /** Published, and takes force on its day. */
  readonly scheduled?: Item | undefined;
  readonly standing: Standing;
  readonly entry: LogEntry;
  readonly keys: readonly AnsweredKey[];
}

export interface Happening {
  readonly kind: "published" | "suspended" | "resumed" | "retired";
  readonly version: number;
}

export interface RecordChange {
  readonly before: ItemRecord | undefined;
  readonly after: ItemRecord;
  readonly happened: readonly Happening[];
}

export interface Asked {
  readonly at: Instant;
  readonly today: LegalDate;
  readonly by: Actor;
  readonly reason?: string | undefined;
  /** The caller's idempotency key, made unique to the caller, and what was asked under it. */
  readonly key?: { readonly key: string; readonly print: string } | undefined;
}

type RecordDecision<E extends string = never> = Decision<RecordChange, E>;

const KEYS_KEPT = 20;

export const receiptOf = (record: Omit<ItemRecord, "keys" | "entry">): Receipt => ({
  code: record.code,
  revision: record.revision,
  standing: record.standing.kind,
  ...(record.draft && { draft: record.draft.kind }),
  ...(record.standing.kind !== "unpublished" && { version: record.standing.item.version }),
  ...(record.scheduled && {
    scheduled: { version: record.scheduled.version, effectiveFrom: record.scheduled.effectiveFrom },
  }),
});

/** The version people and officers go by; none before the first publication and after retirement. */
export const inForce = (record: ItemRecord | undefined): Item | undefined =>
  record && (record.standing.kind === "in-force" || record.standing.kind === "suspended")
    ? record.standing.item
    : undefined;

/** The definition last known of an item, whatever became of it. */
export const lastKnown = ({ standing, scheduled, draft }: ItemRecord): ItemDefinition | undefined =>
  (standing.kind !== "unpublished" ? standing.item : undefined) ?? scheduled ?? draft?.definition;

const changed = (
  before: ItemRecord | undefined,
  next: Unrevised,
  asked: Asked,
  told: Pick<LogEntry, "operation"> & Partial<Pick<LogEntry, "version" | "changed">>,
  happened: readonly Happening[] = [],
): RecordDecision => {
  const revision = (before?.revision ?? 0) + 1;
  const entry: LogEntry = {
    revision,
    at: asked.at,
    by: asked.by,
    ...(asked.reason !== undefined && { reason: asked.reason }),
    changed: [],
    ...told,
  };
  const kept = before?.keys ?? [];
  const keys = asked.key ? [...kept, { ...asked.key, receipt: receiptOf({ ...next, revision }) }] : kept;
  return accept({ before, after: { ...next, revision, entry, keys: keys.slice(-KEYS_KEPT) }, happened });
};

const fieldsChanged = (before: ItemDefinition | undefined, after: ItemDefinition): string[] => [
  ...new Set(before ? differences(before, after).map(({ field }) => field) : []),
];

/** What a definition goes on from: department and division are fixed when an item is first drafted. */
const basisOf = (
  before: ItemRecord | undefined,
  { code, division, department: { uscc: department } }: ItemDefinition,
): Decision<Unrevised, "item.retired" | "item.owner-fixed"> => {
  if (before?.standing.kind === "retired") return refuse("item.retired");
  if (before && (before.department !== department || before.division !== division)) return refuse("item.owner-fixed");
  return accept(before ?? { code, department, division, latest: 0, standing: { kind: "unpublished" } });
};

/** Begins or replaces the draft. Nothing is written when it says what the draft says already. */
export const draftItem = (
  before: ItemRecord | undefined,
  definition: ItemDefinition,
  asked: Asked,
): RecordDecision<"item.retired" | "item.owner-fixed" | "item.unchanged"> => {
  const basis = basisOf(before, definition);
  if (!basis.ok) return basis;
  if (before?.draft && fingerprint(before.draft.definition) === fingerprint(definition))
    return refuse("item.unchanged");
  const known = before && (before.draft?.definition ?? lastKnown(before));
  return changed(before, { ...basis.value, draft: { kind: "draft", definition } }, asked, {
    operation: "draft",
    changed: fieldsChanged(known && withoutVersion(known), definition),
  });
};

export const discardDraft = (before: ItemRecord, asked: Asked): RecordDecision<"item.not-drafted"> => {
  if (!before.draft) return refuse("item.not-drafted");
  const { draft: _, ...next } = before;
  return changed(before, next, asked, { operation: "discard" });
};

/** Says that the automatic checks found nothing that keeps the draft from being published. */
export const passChecks = (before: ItemRecord, asked: Asked): RecordDecision<"item.not-drafted" | "item.unchanged"> => {
  if (!before.draft) return refuse("item.not-drafted");
  if (before.draft.kind === "checked") return refuse("item.unchanged");
  const { definition } = before.draft;
  return changed(before, { ...before, draft: { kind: "checked", definition, checkedAt: asked.at } }, asked, {
    operation: "check",
  });
};

/**
 * Makes the checked draft the next version: in force at once, or on its day when that is yet to come. A version that was
 * waiting for its day is superseded. Refused when it says what was published last already.
 */
export const publishDraft = (
  before: ItemRecord,
  asked: Asked,
): RecordDecision<"item.retired" | "item.not-drafted" | "item.not-checked" | "item.unchanged"> => {
  if (before.standing.kind === "retired") return refuse("item.retired");
  if (!before.draft) return refuse("item.not-drafted");
  if (before.draft.kind !== "checked") return refuse("item.not-checked");
  const { draft, ...next } = before;
  return publishing(before, next, draft.definition, asked);
};

/** Publishes a definition that an operator brings and that has passed the checks; a department's own draft stays. */
export const publishDefinition = (
  before: ItemRecord | undefined,
  definition: ItemDefinition,
  asked: Asked,
): RecordDecision<"item.retired" | "item.owner-fixed" | "item.unchanged"> => {
  const basis = basisOf(before, definition);
  return basis.ok ? publishing(before, basis.value, definition, asked) : basis;
};

type Unrevised = Omit<ItemRecord, "revision" | "entry" | "keys">;

const publishing = (
  before: ItemRecord | undefined,
  { scheduled: superseded, ...next }: Unrevised,
  definition: ItemDefinition,
  asked: Asked,
): RecordDecision<"item.unchanged"> => {
  const known = superseded ?? (next.standing.kind === "unpublished" ? undefined : next.standing.item);
  if (known && saysTheSame(known, definition)) return refuse("item.unchanged");
  const effectiveFrom = definition.effectiveFrom ?? asked.today;
  const version = next.latest + 1;
  const item: Item = { ...definition, effectiveFrom, version };
  const told = { version, changed: fieldsChanged(known && withoutVersion(known), withoutVersion(item)) };
  if (effectiveFrom > asked.today)
    return changed(before, { ...next, latest: version, scheduled: item }, asked, { operation: "schedule", ...told });
  return takingForce(before, { ...next, latest: version }, item, asked, { operation: "publish", ...told });
};

/** Puts a version in force whose day has come. Undefined when there is nothing to do: it was done, or is not due. */
export const takeEffect = (before: ItemRecord, asked: Asked): RecordDecision | undefined => {
  const { scheduled, ...next } = before;
  if (!scheduled || scheduled.effectiveFrom > asked.today || before.standing.kind === "retired") return undefined;
  return takingForce(before, next, scheduled, asked, { operation: "take-effect", version: scheduled.version });
};

/** While an item is suspended, a new version is not announced: it is when the item is resumed. */
const takingForce = (
  before: ItemRecord | undefined,
  next: Unrevised,
  item: Item,
  asked: Asked,
  told: Pick<LogEntry, "operation" | "version"> & Partial<Pick<LogEntry, "changed">>,
): RecordDecision => {
  const { standing } = next;
  if (standing.kind === "suspended") return changed(before, { ...next, standing: { ...standing, item } }, asked, told);
  return changed(before, { ...next, standing: { kind: "in-force", item } }, asked, told, [
    { kind: "published", version: item.version },
  ]);
};

export const suspendItem = (
  before: ItemRecord,
  asked: Asked & { readonly reason: string },
): RecordDecision<"item.not-in-force"> => {
  const { standing } = before;
  if (standing.kind !== "in-force") return refuse("item.not-in-force");
  const { item } = standing;
  return changed(
    before,
    {
      ...before,
      standing: { kind: "suspended", item, announced: item.version, since: asked.at, reason: asked.reason },
    },
    asked,
    { operation: "suspend", version: item.version },
    [{ kind: "suspended", version: item.version }],
  );
};

export const resumeItem = (before: ItemRecord, asked: Asked): RecordDecision<"item.not-suspended"> => {
  const { standing } = before;
  if (standing.kind !== "suspended") return refuse("item.not-suspended");
  const { item, announced } = standing;
  const { version } = item;
  return changed(before, { ...before, standing: { kind: "in-force", item } }, asked, { operation: "resume", version }, [
    ...(version === announced ? [] : [{ kind: "published" as const, version }]),
    { kind: "resumed", version },
  ]);
};

/** Ends an item for good; a draft and a version that waits for its day end with it. */
export const retireItem = (
  before: ItemRecord,
  asked: Asked & { readonly reason: string },
): RecordDecision<"item.retired" | "item.not-in-force"> => {
  const item = inForce(before);
  if (!item) return refuse(before.standing.kind === "retired" ? "item.retired" : "item.not-in-force");
  const { draft: _draft, scheduled: _scheduled, ...next } = before;
  return changed(
    before,
    { ...next, standing: { kind: "retired", item, since: asked.at, reason: asked.reason } },
    asked,
    { operation: "retire", version: item.version },
    [{ kind: "retired", version: item.version }],
  );
};

const withoutVersion = (item: ItemDefinition | Item): ItemDefinition => {
  const { version: _, ...definition } = item as Item;
  return definition;
};

/** A definition without a day of its own says the same on whatever day the other took force. */
export const saysTheSame = (known: ItemDefinition | Item, definition: ItemDefinition): boolean => {
  const { effectiveFrom, ...rest } = withoutVersion(known);
  return (
    fingerprint({ ...rest, effectiveFrom }) ===
    fingerprint({ ...definition, effectiveFrom: definition.effectiveFrom ?? effectiveFrom })
  );
};
