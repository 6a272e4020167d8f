import type { Instant } from "#shared/kernel/clock.ts";

export type ParcelState =
  | "collected"
  | "in-transit"
  | "out-for-delivery"
  | "forwarded"
  | "customs"
  | "problem"
  | "refused"
  | "returning"
  | "returned"
  | "delivered";

/** Of events told for the same second, the later stands further right. */
const ORDER: readonly ParcelState[] = [
  "collected",
  "in-transit",
  "customs",
  "forwarded",
  "out-for-delivery",
  "problem",
  "refused",
  "returning",
  "returned",
  "delivered",
];

/** One text for one event, however its object was made: rows are read back with their attributes in another order. */
const textOf = ({ key, at, state, text, place = "", code, source, signedBy = "" }: TrackEvent): string =>
  JSON.stringify([key, at, state, text, place, code, source, signedBy]);
const textOfAll = (events: readonly TrackEvent[]): string => events.map(textOf).join();

const isTerminal = (state: ParcelState): boolean => state === "delivered" || state === "returned";

/** Who told: a tracker that resends the full list, a carrier that tells one event after another, or our own clerk. */
export type Source = "kuaidi100" | "sf" | "ems" | "clerk";

export interface TrackEvent {
  /** The same for the same event, however often it is told. */
  readonly key: string;
  readonly at: Instant;
  readonly state: ParcelState;
  /** As the carrier wrote it: may name people. */
  readonly text: string;
  readonly place?: string | undefined;
  /** The carrier's own code of the event. */
  readonly code: string;
  readonly source: Source;
  /** Who signed, where the carrier says so. */
  readonly signedBy?: string | undefined;
}

export interface Track {
  /** By event time. */
  readonly events: readonly TrackEvent[];
  /** Keys of events that were taken back; they stay out, however late they are told again by anything but a newer full list. */
  readonly voided: readonly string[];
  /** More was told than is kept. */
  readonly truncated: boolean;
}

export type CarrierReport =
  /** All the carrier knows. `correction`: it takes back what it no longer lists. */
  | { readonly kind: "full"; readonly events: readonly TrackEvent[]; readonly correction: boolean }
  | { readonly kind: "increment"; readonly events: readonly TrackEvent[]; readonly voided: readonly string[] };

export const emptyTrack: Track = { events: [], voided: [], truncated: false };

/** A parcel within the country has ten to thirty; a flood ends here. */
export const EVENTS_AT_MOST = 200;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byEventTime = (a: TrackEvent, b: TrackEvent): number =>
  compare(a.at, b.at) || ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || compare(a.key, b.key);

/**
 * Which are kept when there are too many: the first ends, then the newest. A total order, so that the same events leave the same
 * track in whatever portions they came.
 */
const byWorth = (a: TrackEvent, b: TrackEvent): number =>
  Number(isTerminal(b.state)) - Number(isTerminal(a.state)) ||
  (isTerminal(a.state) ? byEventTime(a, b) : byEventTime(b, a));

const kept = (events: readonly TrackEvent[], truncated: boolean): Pick<Track, "events" | "truncated"> => ({
  events: events.toSorted(byWorth).slice(0, EVENTS_AT_MOST).sort(byEventTime),
  truncated: truncated || events.length > EVENTS_AT_MOST,
});

/** Each key once; of two tellings of it always the same one, whichever came first. */
const distinct = (events: readonly TrackEvent[]): TrackEvent[] => {
  const known = new Map<string, TrackEvent>();
  for (const event of events) {
    const before = known.get(event.key);
    if (!before || textOf(event) > textOf(before)) known.set(event.key, event);
  }
  return [...known.values()];
};

/** The newest of the keys taken back; keys begin with the event's time where their source's events can be taken back. */
const newestKeys = (keys: readonly string[]): readonly string[] =>
  [...new Set(keys)].sort((a, b) => compare(b, a)).slice(0, EVENTS_AT_MOST);

/** Full lists only grow: of two, the one that reaches further, then the longer. Total, so that a late resend changes nothing. */
const isFuller = (a: readonly TrackEvent[], b: readonly TrackEvent[]): boolean =>
  (compare(a.at(-1)?.at ?? "", b.at(-1)?.at ?? "") || a.length - b.length || compare(textOfAll(a), textOfAll(b))) > 0;

const timeOf = (key: string): string => key.slice(0, Math.max(key.indexOf("#"), 0));
const latest = (instants: readonly string[]): string => instants.reduce((a, b) => (a > b ? a : b), "");

/**
 * What stays taken back after a full list. A correction takes back what it does not list. A list that reaches later than all that
 * was ever told is newer than any correction: what it names is told anew. One that does not may be the wrong list, come late.
 */
const voidedAfter = (
  { voided }: Track,
  theirs: readonly TrackEvent[],
  { events, correction }: CarrierReport & { kind: "full" },
): readonly string[] => {
  const known = latest([...theirs.map(({ at }) => at), ...voided.map(timeOf)]);
  const isNewest = latest(events.map(({ at }) => at)) > known;
  if (!correction && !isNewest) return voided;
  const listed = new Set(events.map(({ key }) => key));
  const takenBack = correction ? [...voided, ...theirs.map(({ key }) => key)] : voided;
  return newestKeys(takenBack.filter((key) => !listed.has(key)));
};

const fullyReported = (track: Track, report: CarrierReport & { kind: "full" }): Track => {
  const ours = track.events.filter(({ source }) => source === "clerk");
  const theirs = track.events.filter(({ source }) => source !== "clerk");
  const voided = voidedAfter(track, theirs, report);
  const { events, truncated } = kept(
    distinct(report.events).filter(({ key }) => !voided.includes(key)),
    track.truncated,
  );
  if (!report.correction && !isFuller(events, theirs)) return track;
  return { ...kept([...events, ...ours], truncated), voided };
};

/** What is known after a report. The same track comes back when it says nothing new. */
export const afterReport = (track: Track, report: CarrierReport): Track => {
  if (report.kind === "full") return unchangedOr(track, fullyReported(track, report));
  const voided = newestKeys([...track.voided, ...report.voided]);
  const events = distinct([...track.events, ...report.events]).filter(({ key }) => !voided.includes(key));
  return unchangedOr(track, { ...kept(events, track.truncated), voided });
};

const isSame = (a: Track, b: Track): boolean =>
  a.truncated === b.truncated && a.voided.join() === b.voided.join() && textOfAll(a.events) === textOfAll(b.events);

const unchangedOr = (before: Track, after: Track): Track => (isSame(before, after) ? before : after);

/** The event that says how the parcel is: the first end, and while there is none, the newest. */
export const currentEvent = ({ events }: Track): TrackEvent | undefined =>
  events.find(({ state }) => isTerminal(state)) ?? events.at(-1);

export const parcelState = (track: Track): ParcelState | undefined => currentEvent(track)?.state;
