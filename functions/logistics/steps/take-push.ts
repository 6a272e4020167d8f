import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { type Push, takePush } from "../domain/follow-parcel.ts";
import type { Shipments, Waybills } from "../domain/ports.ts";
import { hasParcel } from "../domain/shipment.ts";

export interface PushDeps {
  readonly shipments: Shipments;
  readonly waybills: Waybills;
  readonly now: Clock;
}

/** "not-known": the shipment does not bear that number (yet). */
type Applied = "applied" | "nothing-new" | "refused" | "not-known";

const applied = async (
  { shipments, now }: PushDeps,
  id: string,
  push: Push,
  parkedAs: string | undefined,
): Promise<Applied> => {
  const shipment = await shipments.find(id);
  if (!shipment) return "not-known";
  if (!hasParcel(shipment) || shipment.parcel.waybill !== push.number)
    // Late news of a parcel that came back and was sent again under another number change nothing; those of a number that was typed
    // wrongly are its owner's.
    return shipment.earlier.some(({ waybill, mistyped }) => waybill === push.number && !mistyped)
      ? "nothing-new"
      : "not-known";
  const decision = takePush(shipment, push, now(), parkedAs);
  if (!decision.ok) {
    logger.warn("push.refused", { shipment: id, source: push.source, code: decision.refusal.code });
    return "refused";
  }
  if (!decision.value) return "nothing-new";
  await shipments.save(decision.value);
  logger.info("push.applied", { shipment: id, source: push.source, version: decision.value.state.version });
  return "applied";
};

/** Duplicates come at the same moment: sixteen attempts in all. */
const applyTo = (deps: PushDeps, id: string, push: Push, parkedAs?: string): Promise<Applied> =>
  untilNoRace(() => untilNoRace(() => applied(deps, id, push, parkedAs)));

/**
 * Applies what a carrier told, or parks it until its number is known. The effect and the fact that it was seen are one write: the
 * track holds the keys of what it has seen.
 */
export const takeCarrierPush = async (deps: PushDeps, push: Push): Promise<Applied | "parked" | "full"> => {
  const shipment = await deps.waybills.find(push.number);
  // A full list that was parked is older than this one, and would undo it if it were taken after it.
  if (shipment && push.source === "kuaidi100") await takeParked(deps, shipment, push.number);
  const first = shipment ? await applyTo(deps, shipment, push) : "not-known";
  if (first === "applied" || first === "nothing-new") return first;
  // What is refused is kept, too: the number may have been entered under another carrier than its own.
  const parked = await deps.waybills.park(push, deps.now());
  if (parked === "full") logger.error("push.parking-full", new Error("too much is told of an unknown number"));
  // The number may have been entered meanwhile; whoever entered it may have looked for parked pushes before this one was.
  const since = await deps.waybills.find(push.number);
  const second = since ? await applyTo(deps, since, push, parked === "full" ? undefined : parked.id) : "not-known";
  if (second !== "not-known") return second;
  return parked === "full" ? "full" : "parked";
};

/** Applies what was told of a number before it was entered, each once, however often the shipment is looked at. */
export const takeParked = async (deps: PushDeps, id: string, number: string): Promise<void> => {
  for (const { id: parkedAs, push } of await deps.waybills.parked(number)) await applyTo(deps, id, push, parkedAs);
};
