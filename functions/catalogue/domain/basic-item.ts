import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import type { ItemKind, Level } from "./item.ts";
import type { Actor } from "./item-record.ts";

/** A directory item (目录清单, 基本目录): what may be implemented, and by whom. */
export interface BasicDefinition {
  readonly name: string;
  readonly kind: ItemKind;
  /** Levels that may implement it. */
  readonly levels: readonly Level[];
}

export interface BasicItem extends BasicDefinition {
  readonly basicCode: string;
  readonly revision: number;
  /** The department that keeps it; absent for what the operator brought in. */
  readonly department?: string | undefined;
  readonly retired?: { readonly since: Instant; readonly reason: string } | undefined;
  readonly changedAt: Instant;
  readonly changedBy: Actor;
  readonly reason?: string | undefined;
  /** The key of the retirement, so that its repeat is known. */
  readonly key?: { readonly key: string; readonly print: string } | undefined;
}

export type BasicRefusal = "basic-item.unchanged" | "basic-item.retired";

interface Asked {
  readonly at: Instant;
  readonly by: Actor;
  readonly reason?: string | undefined;
}

/** Enters a directory item, or changes what it says. */
export const keepBasicItem = (
  before: BasicItem | undefined,
  basicCode: string,
  { name, kind, levels }: BasicDefinition,
  { at, by, reason, department }: Asked & { readonly department?: string | undefined },
): Decision<BasicItem, BasicRefusal> => {
  if (before?.retired) return refuse("basic-item.retired");
  const said = (item: BasicDefinition) =>
    fingerprint({ name: item.name, kind: item.kind, levels: [...item.levels].sort() });
  const definition: BasicDefinition = { name, kind, levels: [...new Set(levels)].sort() };
  if (before && said(before) === said(definition)) return refuse("basic-item.unchanged");
  const owner = before ? before.department : department;
  return accept({
    ...definition,
    basicCode,
    revision: (before?.revision ?? 0) + 1,
    ...(owner !== undefined && { department: owner }),
    changedAt: at,
    changedBy: by,
    ...(reason !== undefined && { reason }),
  });
};

/** No new version of an item may implement it from now on; what is in force stays. */
export const retireBasicItem = (
  before: BasicItem,
  { at, by, reason, key }: Asked & { readonly reason: string; readonly key: BasicItem["key"] },
): Decision<BasicItem, BasicRefusal> =>
  before.retired
    ? refuse("basic-item.retired")
    : accept({
        ...before,
        revision: before.revision + 1,
        retired: { since: at, reason },
        changedAt: at,
        changedBy: by,
        reason,
        key,
      });
