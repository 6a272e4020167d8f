import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { strangersNumbers } from "../domain/correct-waybill.ts";
import { afterSubscription, wantsSubscription } from "../domain/follow-parcel.ts";
import type { Cases, Shipments, Tracker, Waybills } from "../domain/ports.ts";
import { hasParcel, type SentShipment } from "../domain/shipment.ts";
import { alignById } from "../steps/shipments-of-case.ts";
import { takeParked } from "../steps/take-push.ts";

interface Deps {
  readonly shipments: Shipments;
  readonly cases: Cases;
  readonly waybills: Waybills;
  readonly tracker: Tracker | undefined;
  readonly now: Clock;
}

/** Asks the tracker, then remembers its answer; a crash between the two has it asked again, and it says 501: followed. */
const follow = async ({ shipments, tracker, now }: Deps, id: string): Promise<void> => {
  const shipment = await shipments.find(id);
  const wanted = shipment && wantsSubscription(shipment);
  // Long ended: nobody follows it any more.
  if (!wanted || !shipment.address) return;
  if (!tracker) throw new Error("the tracker's account is not in the settings");
  const answer = await tracker.subscribe({
    code: wanted.code,
    number: wanted.parcel.waybill,
    phone: shipment.address.phone,
  });
  logger.info("tracker.answered", { shipment: id, answer });
  await untilNoRace(async () => {
    const current = await shipments.find(id);
    // Another number may have been entered meanwhile: that one was not asked for.
    if (!current || wantsSubscription(current)?.parcel.waybill !== wanted.parcel.waybill) return;
    const change = afterSubscription(current, answer, now());
    if (change) await shipments.save(change);
  });
};

/** Numbers typed wrongly go back to whose they are. Its own is claimed after that, in case it was given up by a run that came late. */
const releaseStrangers = async ({ waybills }: Deps, shipment: SentShipment): Promise<void> => {
  const strangers = strangersNumbers(shipment);
  for (const number of strangers) await waybills.release(number, shipment.id);
  if (strangers.length > 0) await waybills.claim(shipment.parcel.waybill, shipment.id);
};

/**
 * After it is requested, sent, or seen to by a person: a shipment catches up with its case, has its parcel followed, and takes what was told of its number before it was known.
 */
export const onShipmentChanged = (deps: Deps) =>
  consume(AnyEvent, async ({ subject }) => {
    const shipment = await untilNoRace(() => alignById(deps, subject));
    if (!shipment) throw new Error(`there is no shipment ${subject}`);
    if (!hasParcel(shipment)) return;
    await releaseStrangers(deps, shipment);
    await takeParked(deps, subject, shipment.parcel.waybill);
    await follow(deps, subject);
  });
