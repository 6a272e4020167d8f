import type { Instant } from "#shared/kernel/clock.ts";
import { hasParcel, type Parcel, type Shipment } from "./shipment.ts";
import { currentEvent, type Track, type TrackEvent } from "./track.ts";

const DAY_MS = 86_400_000;

const endedAt = (state: Shipment): Instant | undefined => {
  if (state.status === "cancelled") return state.cancelledAt;
  return state.status === "delivered" || state.status === "returned" ? state.parcel.heardAt : undefined;
};

/**
 * When nothing personal is needed any more: so many days after the end. Undefined while it has not ended, and when all is forgotten
 * (Personal Information Protection Law, art. 19: no longer than the purpose needs).
 */
export const forgetAt = (state: Shipment, days: number): Instant | undefined => {
  const ended = endedAt(state);
  return state.address && ended ? new Date(Date.parse(ended) + days * DAY_MS).toISOString() : undefined;
};

/** What is left of an event: when, where in its journey, by whose word. */
const bare = ({ key, at, state, code, source }: TrackEvent): TrackEvent => ({ key, at, state, text: "", code, source });

const bareTrack = (track: Track, proof?: TrackEvent): Track => ({
  ...track,
  events: track.events.map((event) => (event === proof ? event : bare(event))),
});

const bareParcel = (parcel: Parcel, proof?: TrackEvent): Parcel => ({
  ...parcel,
  track: bareTrack(parcel.track, proof),
});

/** Without address and carriers' words. Of a delivered parcel the event that proves it stays whole. */
export const forgotten = (state: Shipment): Shipment => {
  const { address: _, ...rest } = state;
  const earlier = state.earlier.map((parcel) => bareParcel(parcel));
  if (!hasParcel(state)) return { ...(rest as Shipment), earlier };
  const proof = state.status === "delivered" ? currentEvent(state.parcel.track) : undefined;
  return { ...(rest as Shipment), earlier, parcel: bareParcel(state.parcel, proof) } as Shipment;
};
