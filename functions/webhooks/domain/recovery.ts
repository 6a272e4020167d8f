import type { Instant } from "#shared/kernel/clock.ts";
import type { Position } from "./feed.ts";

/** What is to be delivered again: what failed since a time, or all that stands behind a position of the feed. */
export type RecoveryOf =
  | { readonly of: "failed"; readonly since: Instant }
  | { readonly of: "feed"; readonly after: Position; readonly through: Position };

/** Deliveries of one endpoint being begun anew, step by step: it may be stopped anywhere and goes on from there. */
export interface Recovery {
  readonly id: string;
  readonly endpoint: string;
  readonly department: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly what: RecoveryOf;
  readonly createdAt: Instant;
  /** All up to here is done. */
  readonly position: Position;
  readonly examined: number;
  readonly renewed: number;
  readonly finishedAt?: Instant | undefined;
}

export const beginRecovery = (
  facts: Pick<Recovery, "id" | "endpoint" | "department" | "fingerprint" | "what">,
  now: Instant,
): Recovery => ({
  ...facts,
  version: 1,
  createdAt: now,
  position: facts.what.of === "feed" ? facts.what.after : 0,
  examined: 0,
  renewed: 0,
});

/** @param step how far it came, and whether that was the end */
export const progressed = (
  recovery: Recovery,
  step: { readonly position: Position; readonly examined: number; readonly renewed: number; readonly ended: boolean },
  now: Instant,
): Recovery => ({
  ...recovery,
  version: recovery.version + 1,
  position: step.position,
  examined: recovery.examined + step.examined,
  renewed: recovery.renewed + step.renewed,
  ...(step.ended && { finishedAt: now }),
});
