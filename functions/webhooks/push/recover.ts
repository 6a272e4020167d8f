import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { beginDelivery, type Delivery, renew } from "../domain/delivery.ts";
import { type Endpoint, subscribes } from "../domain/endpoint.ts";
import type { Position } from "../domain/feed.ts";
import type { FeedLog } from "../domain/feed-ports.ts";
import { LOOKS_FOR_DUE } from "../domain/lane.ts";
import type {
  DeliveryStore,
  EndpointStore,
  LaneStore,
  RecoveryDue,
  RecoveryStore,
  WakeQueue,
} from "../domain/ports.ts";
import { progressed, type Recovery } from "../domain/recovery.ts";

interface Deps {
  readonly endpoints: EndpointStore;
  readonly lanes: LaneStore;
  readonly deliveries: DeliveryStore;
  readonly recoveries: RecoveryStore;
  readonly log: FeedLog;
  readonly wakes: WakeQueue;
  readonly now: Clock;
}

const DELIVERIES_AT_ONCE = 100;
const BLOCKS_AT_ONCE = 10;

interface Step {
  readonly wanted: readonly Delivery[];
  readonly position: Position;
  readonly examined: number;
  readonly ended: boolean;
}

/**
 * Makes one step of a recovery and has the next one made. What has begun anew is found so when a step is repeated: it is under
 * way, or bears the recovery's id.
 */
export const recoverer = (deps: Deps) => {
  const { endpoints, lanes, deliveries, recoveries, log, wakes, now } = deps;

  const failedOnes = async ({ id, endpoint, position }: Recovery, since: string): Promise<Step> => {
    const page = await deliveries.behind(endpoint, position, DELIVERIES_AT_ONCE);
    return {
      wanted: page.filter((each) => each.renewedBy?.includes(id) || (each.status === "failed" && each.time >= since)),
      position: page.at(-1)?.position ?? position,
      examined: page.length,
      ended: page.length < DELIVERIES_AT_ONCE,
    };
  };

  /**
   * Only up to where the lane has come: what stands behind it is on its way by itself. Also while its department has it switched
   * off: what is begun anew waits until it is enabled.
   */
  const ofFeed = async (recovery: Recovery, endpoint: Endpoint, through: Position): Promise<Step> => {
    const reached = Math.min(through, (await lanes.find(endpoint.id))?.position ?? endpoint.startsAfter);
    const blocks = await log.read(recovery.department, recovery.position, BLOCKS_AT_ONCE);
    const events = blocks
      .flatMap((block) => block.events)
      .filter(({ position }) => position > recovery.position && position <= reached);
    const wanted: Delivery[] = [];
    for (const event of events)
      if (subscribes({ ...endpoint, state: { name: "enabled" } }, event))
        wanted.push(
          (await deliveries.find({ endpoint: endpoint.id, position: event.position })) ??
            beginDelivery(endpoint.id, event, now()),
        );
    const position = events.at(-1)?.position ?? recovery.position;
    return { wanted, position, examined: events.length, ended: events.length === 0 || position >= reached };
  };

  const stepOf = async (recovery: Recovery, endpoint: Endpoint | undefined): Promise<Step> => {
    const { what, position } = recovery;
    // It ends with its endpoint.
    if (!endpoint || endpoint.state.name === "removed") return { wanted: [], position, examined: 0, ended: true };
    return what.of === "failed" ? failedOnes(recovery, what.since) : ofFeed(recovery, endpoint, what.through);
  };

  const begin = async (delivery: Delivery, recovery: Recovery): Promise<boolean> => {
    const renewed = renew(delivery, recovery.id, now());
    if (renewed === delivery) return delivery.renewedBy?.includes(recovery.id) ?? false;
    try {
      await deliveries.save(renewed);
      return true;
    } catch (error) {
      // Tried, or begun anew by someone else, since it was read.
      if (error instanceof StaleVersionError) return false;
      throw error;
    }
  };

  return async (due: RecoveryDue): Promise<void> => {
    const recovery = await recoveries.find(due.endpoint, due.recovery);
    if (!recovery || recovery.finishedAt !== undefined) return;
    const endpoint = await endpoints.find(due.department, due.endpoint);
    const step = await stepOf(recovery, endpoint);
    const begun = await Promise.all(step.wanted.map((delivery) => begin(delivery, recovery)));
    const renewed = begun.filter(Boolean).length;
    const { department, endpoint: id } = due;
    // Before it is written that the step is made: a repeated step wakes again, one that is made is not repeated.
    const wake = { department, endpoint: id };
    if (renewed > 0)
      await wakes.send(
        "quick",
        LOOKS_FOR_DUE.map((delaySeconds) => ({ ...wake, delaySeconds })),
      );
    try {
      await recoveries.save(progressed(recovery, { ...step, renewed }, now()));
    } catch (error) {
      if (error instanceof StaleVersionError) return; // another worker makes the same steps
      throw error;
    }
    if (!step.ended) await wakes.send("slow", [{ ...due, delaySeconds: 0 }]);
    else logger.info("webhook.recovered", { endpoint: id, recovery: recovery.id, renewed: recovery.renewed + renewed });
  };
};
