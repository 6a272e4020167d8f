import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { later } from "../domain/delivery.ts";
import { type Changed, disable, type Endpoint, tellFailing, tellRecovered } from "../domain/endpoint.ts";
import type { Position } from "../domain/feed.ts";
import {
  DISABLED_AFTER_MS,
  INDEX_SHOWS_AFTER,
  isSuspect,
  QUEUE_WAIT_AT_MOST,
  secondsUntil,
  TOLD_AFTER_MS,
} from "../domain/lane.ts";
import type { DeliveryStore, EndpointStore, WakeQueue } from "../domain/ports.ts";
import { earliest, type LaneSession, type leases, type Stop } from "./lane-session.ts";

interface Deps {
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
  readonly wakes: WakeQueue;
  readonly lease: Pick<ReturnType<typeof leases>, "release">;
  readonly now: Clock;
}

/** There is more to do at once. Gone and yet enabled: that was an address which it has no more. */
const UNFINISHED: readonly (Stop | undefined)[] = ["out-of-time", "changed", "revived", "gone"];

/** How a worker's work ends: its owner is told what there is to tell, and the lane given back with someone to come. */
export const givingBack = ({ endpoints, deliveries, wakes, lease, now }: Deps) => {
  /** Tells the endpoint's owner of what has changed. False when the endpoint is switched off. */
  const tellHowItFares = (session: LaneSession): Promise<boolean> => {
    const { lane, stop, failed, succeeded } = session;
    const failingFor = lane.failingSince ? Date.parse(now()) - Date.parse(lane.failingSince) : 0;
    const decide = (endpoint: Endpoint): Changed | undefined => {
      // Changed by its department meanwhile: what its old address did says nothing of it. The next worker finds out.
      const same = endpoint.version === session.endpoint.version;
      if (same && stop === "gone") return disable(endpoint, "gone", now());
      if (same && failed && failingFor >= DISABLED_AFTER_MS) return disable(endpoint, "failing", now());
      if (same && failed && failingFor >= TOLD_AFTER_MS && lane.failingSince)
        return tellFailing(endpoint, lane.failingSince);
      // Also when it failed again at once, or is busy again: what it fails by then, it fails anew.
      return succeeded ? tellRecovered(endpoint) : undefined;
    };
    return untilNoRace(async () => {
      if (!decide(session.endpoint)) return true;
      const current = await endpoints.find(session.endpoint.department, session.endpoint.id);
      if (current?.state.name !== "enabled") return false;
      const changed = decide(current);
      if (!changed) return true;
      await endpoints.save(changed);
      for (const { news } of changed.news)
        logger.warn(`webhook.endpoint-${news}`, { endpoint: current.id, department: current.department });
      return changed.endpoint.state.name === "enabled";
    });
  };

  /** When someone is to look at an endpoint again, by what this worker knows. */
  const wantedAt = async ({ endpoint, lane, stop, retryAt }: LaneSession): Promise<string | undefined> => {
    if (UNFINISHED.includes(stop)) return now();
    const soon = later(now(), INDEX_SHOWS_AFTER);
    // A slow worker finds what it is to try again by the index.
    if (stop === "too-slow") return soon;
    const shown = await deliveries.nextDue(endpoint.id);
    // All that showed as due was tried: what still does is tried already, or has come this very moment.
    const due = earliest(earliest(shown && shown < soon ? soon : shown, retryAt), lane.unseenUntil);
    return stop === "paused" ? earliest(due, lane.pausedUntil) : due;
  };

  return async (session: LaneSession, position: Position): Promise<void> => {
    const enabled = await tellHowItFares(session);
    const { department, id: endpoint } = session.endpoint;
    const wanted = enabled ? await wantedAt(session) : undefined;
    const wait = await lease.release(session, position, wanted);
    if (!enabled || !wait) return;
    const delaySeconds = secondsUntil(wait.wakeAt, now());
    if (delaySeconds > QUEUE_WAIT_AT_MOST) return;
    await wakes.send(isSuspect(session.lane) ? "slow" : "quick", [{ department, endpoint, delaySeconds }]);
  };
};
