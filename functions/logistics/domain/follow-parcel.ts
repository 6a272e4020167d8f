import type { Instant } from "#shared/kernel/clock.ts";
import { legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import {
  type Attention,
  type Change,
  type Command,
  changed,
  commanded,
  type Following,
  hasParcel,
  inPhase,
  type Parcel,
  type SentShipment,
  type Shipment,
  type ShipmentEvent,
  waiting,
  withStep,
} from "./shipment.ts";
import { afterReport, type CarrierReport, currentEvent, type ParcelState, parcelState, type Source } from "./track.ts";

/** What one telling of a carrier or tracker says of one parcel. */
export interface Push {
  readonly source: Exclude<Source, "clerk">;
  readonly number: string;
  readonly report: CarrierReport;
  /** The tracker has stopped looking, and not because the parcel arrived. */
  readonly aborted?: boolean | undefined;
  /** The tracker found another carrier than it was told; its code there. */
  readonly correctedCarrier?: string | undefined;
}

/** One that was told before its number was known. */
export interface ParkedPush {
  /** The same for the same push, however often it is told. */
  readonly id: string;
  readonly push: Push;
}

type Followed = Following & { by: "kuaidi100" };

const isFollowedByTracker = (following: Following): following is Followed => following.by === "kuaidi100";

/** What is over as soon as the parcel is seen to go on. */
const OVER_WHEN_MOVING: readonly Attention[] = ["not-moving", "tracking-aborted", "tracking-refused"];
const OVER_WHEN_WELL: readonly Attention[] = ["problem", "refused", "delivery-withdrawn"];
const WELL: readonly ParcelState[] = [
  "collected",
  "in-transit",
  "customs",
  "forwarded",
  "out-for-delivery",
  "delivered",
];

const RAISED_BY: Readonly<Partial<Record<ParcelState, Attention>>> = {
  problem: "problem",
  refused: "refused",
  returned: "returned",
};

const statusOf = (state: ParcelState | undefined): "sent" | "delivered" | "returned" =>
  state === "delivered" || state === "returned" ? state : "sent";

const told = (before: ParcelState | undefined, after: ParcelState | undefined, at: Instant): ShipmentEvent[] => {
  if (before === after) return [];
  const withdrawn: ShipmentEvent[] =
    before === "delivered" ? [{ type: "attention-needed", what: "delivery-withdrawn" }] : [];
  if (after === undefined) return withdrawn;
  if (after === "delivered") return [...withdrawn, { type: "delivered", deliveredAt: at }];
  if (after === "returned" || after === "refused") return [...withdrawn, { type: "returned", how: after }];
  const moved: ShipmentEvent = { type: "moved", state: after };
  return after === "problem"
    ? [...withdrawn, moved, { type: "attention-needed", what: "problem" }]
    : [...withdrawn, moved];
};

const attentionsAfter = (
  attentions: readonly Attention[],
  before: ParcelState | undefined,
  after: ParcelState | undefined,
): readonly Attention[] => {
  const well = after !== undefined && WELL.includes(after);
  const left = attentions.filter(
    (each) => !OVER_WHEN_MOVING.includes(each) && !(well && before !== after && OVER_WHEN_WELL.includes(each)),
  );
  const raised = before === after || after === undefined ? undefined : RAISED_BY[after];
  const added = [
    ...(before === "delivered" && after !== "delivered" ? (["delivery-withdrawn"] as const) : []),
    ...(raised ? [raised] : []),
  ];
  return [...new Set([...left, ...added])];
};

/** A report, applied to the track; undefined when it says nothing new. */
const afterTrack = (state: SentShipment, report: CarrierReport, at: Instant): Change | undefined => {
  const { parcel } = state;
  const track = afterReport(parcel.track, report);
  if (track === parcel.track) return undefined;
  const [before, after] = [parcelState(parcel.track), parcelState(track)];
  const current = currentEvent(track);
  const newest = track.events.at(-1)?.at ?? parcel.heardAt;
  const next = inPhase(state, {
    status: statusOf(after),
    parcel: { ...parcel, track, heardAt: newest > parcel.heardAt ? newest : parcel.heardAt },
  });
  return changed(
    { ...next, attentions: attentionsAfter(state.attentions, before, after) },
    at,
    told(before, after, current?.at ?? at),
  );
};

/** Which sources may speak of a parcel: a carrier's own push only of its own parcels. */
export const maySpeak = (
  { carrier, following }: Pick<Parcel, "carrier" | "following">,
  source: Push["source"],
): boolean => {
  if (source === "kuaidi100") return isFollowedByTracker(following);
  return source === "sf" ? carrier === "sf" : carrier === "ems" || carrier === "post";
};

/** What the tracker says of its own watch, apart from the journey. */
const afterWatch = (change: Change, push: Push): Change => {
  const { state } = change;
  if (!hasParcel(state) || !isFollowedByTracker(state.parcel.following)) return change;
  const { following } = state.parcel;
  const code = push.correctedCarrier ?? following.code;
  // With a corrected carrier the tracker goes on by itself; a parcel that has arrived needs no tracker.
  const givenUp = push.aborted === true && !push.correctedCarrier && state.status === "sent";
  const watch = givenUp ? "aborted" : following.state;
  if (code === following.code && watch === following.state) return change;
  const next = inPhase(state, {
    ...state,
    parcel: { ...state.parcel, following: { ...following, code, state: watch } },
  });
  if (!givenUp) return { ...change, state: next };
  return {
    ...change,
    state: { ...next, attentions: [...new Set([...next.attentions, "tracking-aborted" as const])] },
    events: [...change.events, { type: "attention-needed", what: "tracking-aborted" }],
  };
};

const withTaken = (state: Shipment, id: string): Shipment =>
  hasParcel(state)
    ? inPhase(state, { ...state, parcel: { ...state.parcel, taken: [...(state.parcel.taken ?? []), id] } })
    : state;

export type PushRefusal = "push.not-its-carrier" | "push.not-sent";

/**
 * What is after a push; the value is undefined when it says nothing new.
 * @param parkedAs the id of one that was parked: it is taken once, since later it would undo what was told after it
 */
export const takePush = (
  state: Shipment,
  push: Push,
  at: Instant,
  parkedAs?: string,
): Decision<Change | undefined, PushRefusal> => {
  if (!hasParcel(state)) return refuse("push.not-sent");
  // It has long ended, and what carriers wrote is forgotten: it is not to come back.
  if (!state.address) return accept(undefined);
  if (parkedAs !== undefined && state.parcel.taken?.includes(parkedAs)) return accept(undefined);
  if (!maySpeak(state.parcel, push.source)) return refuse("push.not-its-carrier");
  const moved = afterTrack(state, push.report, at);
  const still = moved ?? changed(state, at, []);
  const change = afterWatch(still, push);
  if (parkedAs !== undefined) return accept({ ...change, state: withTaken(change.state, parkedAs) });
  return accept(moved === undefined && change === still ? undefined : change);
};

const SUBSCRIPTIONS_A_MONTH = 4;

/** Subscriptions of the calendar month in Beijing. */
const subscribedThisMonth = ({ subscriptions }: Followed, at: Instant): number =>
  subscriptions.filter((each) => legalDate(each).slice(0, 7) === legalDate(at).slice(0, 7)).length;

export type WantedSubscription = { readonly code: string; readonly parcel: Parcel };

/** Whether the tracker is still to be asked to follow it. */
export const wantsSubscription = (state: Shipment): WantedSubscription | undefined =>
  hasParcel(state) && isFollowedByTracker(state.parcel.following) && state.parcel.following.state === "wanted"
    ? { code: state.parcel.following.code, parcel: state.parcel }
    : undefined;

/** What the tracker answered. Undefined when it was no longer asked. */
export const afterSubscription = (state: Shipment, answer: "followed" | "refused", at: Instant): Change | undefined => {
  if (!hasParcel(state) || !isFollowedByTracker(state.parcel.following) || state.parcel.following.state !== "wanted")
    return undefined;
  const { parcel } = state;
  const following: Followed = {
    ...state.parcel.following,
    state: answer,
    subscriptions: [...state.parcel.following.subscriptions, at].slice(-20),
  };
  const next = inPhase(state, { ...state, parcel: { ...parcel, following } });
  if (answer === "followed") return changed(next, at, []);
  return changed({ ...next, attentions: [...new Set([...state.attentions, "tracking-refused" as const])] }, at, [
    { type: "attention-needed", what: "tracking-refused" },
  ]);
};

export type SettleAction = "note" | "send-again" | "follow-again" | "handed-over";
export type SettleRefusal =
  | "shipment.nothing-to-settle"
  | "shipment.not-sent"
  | "shipment.not-come-back"
  | "shipment.address-erased"
  | "shipment.not-followed";

export const EARLIER_KEPT = 5;

/** A person has seen to it. */
export const settleShipment = (
  state: Shipment,
  { action, reason }: { readonly action: SettleAction; readonly reason: string },
  command: Command,
): Decision<Change, SettleRefusal> => {
  const { at, by } = command;
  const seen = withStep({ ...state, attentions: [] }, { at, step: "settled", by, reason });
  if (action === "note") {
    if (state.attentions.length === 0) return refuse("shipment.nothing-to-settle");
    const heard = hasParcel(seen) ? inPhase(seen, { ...seen, parcel: { ...seen.parcel, heardAt: at } }) : seen;
    return accept(commanded(changed(heard, at, [{ type: "attention-settled" }]), command));
  }
  if (!hasParcel(seen)) return refuse("shipment.not-sent");
  if (!seen.address) return refuse("shipment.address-erased");
  const { parcel } = seen;
  switch (action) {
    case "send-again": {
      const current = parcelState(parcel.track);
      if (current !== "refused" && current !== "returned" && current !== "returning")
        return refuse("shipment.not-come-back");
      const earlier = [...seen.earlier, parcel].slice(-EARLIER_KEPT);
      const again = withStep(inPhase({ ...seen, earlier }, waiting(seen, at)), { at, step: "sent-again", by, reason });
      return accept(commanded(changed(again, at, [{ type: "attention-settled" }, { type: "ready" }]), command));
    }
    case "follow-again": {
      const { following } = parcel;
      if (!isFollowedByTracker(following) || subscribedThisMonth(following, at) >= SUBSCRIPTIONS_A_MONTH)
        return refuse("shipment.not-followed");
      const next = inPhase(seen, {
        ...seen,
        parcel: { ...parcel, heardAt: at, following: { ...following, state: "wanted" } },
      });
      return accept(commanded(changed(next, at, [{ type: "attention-settled" }]), command));
    }
    case "handed-over": {
      const event = {
        key: `clerk#${at}`,
        at,
        state: "delivered",
        text: reason,
        code: "handed-over",
        source: "clerk",
      } as const;
      if (seen.status !== "sent") return refuse("shipment.nothing-to-settle");
      const change = afterTrack(seen, { kind: "increment", events: [event], voided: [] }, at);
      if (!change) return refuse("shipment.nothing-to-settle");
      return accept(commanded({ ...change, events: [{ type: "attention-settled" }, ...change.events] }, command));
    }
  }
};
