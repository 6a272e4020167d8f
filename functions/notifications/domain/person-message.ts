import type { Instant } from "#shared/kernel/clock.ts";
import { afterQuietHours, backoffSeconds, GIVEN_UP_AFTER_SECONDS, later, type Pace } from "./pace.ts";
import type { Occasion, Params } from "./templates.ts";

/** Whom it is for: identity's id of a person, or a unified social credit code. */
export interface Recipient {
  readonly kind: "natural" | "legal";
  readonly id: string;
}

/** Ways beside the inbox, which is always one. */
export type Channel = "sms" | "wechat";

/** Whether somebody wants to be told by it. */
export interface Preferences {
  readonly sms: boolean;
  readonly wechat: boolean;
}
export const USUAL: Preferences = { sms: true, wechat: false };

export type ChannelState =
  | { readonly status: "pending" }
  | { readonly status: "sent"; readonly at: Instant }
  | { readonly status: "failed"; readonly at: Instant; readonly reason: string };

/** One message to one person about one event: in the inbox at once, by other ways as soon as they take it. */
export interface PersonMessage {
  readonly recipient: Recipient;
  /** The event, of which there is one message for each recipient. */
  readonly event: string;
  /** When it happened. */
  readonly at: Instant;
  readonly version: number;
  readonly case?: string | undefined;
  /** Whose operators find it in the log. */
  readonly department?: string | undefined;
  readonly template: string;
  readonly templateVersion: number;
  readonly params: Params;
  readonly statutory: boolean;
  readonly channels: Readonly<Partial<Record<Channel, ChannelState>>>;
  readonly attempts: number;
  /** When something is to be done about it; absent when nothing is. */
  readonly nextAt?: Instant | undefined;
  readonly readAt?: Instant | undefined;
}

/** Long enough for one attempt by every way; whoever is at it is gone after that. */
const LEASE_SECONDS = 120;

/**
 * By which ways beside the inbox. What the law has told is sent by text message whatever is preferred. An organisation has
 * no phone: those who act for it see its inbox.
 * @param available what the city is set up for
 */
export const channelsFor = (
  recipient: Recipient,
  { statutory }: Occasion,
  preferences: Preferences,
  available: readonly Channel[],
): Channel[] => {
  if (recipient.kind === "legal") return [];
  return available.filter((channel) => preferences[channel] || (channel === "sms" && statutory));
};

export const newPersonMessage = (
  about: Pick<
    PersonMessage,
    "recipient" | "event" | "at" | "case" | "department" | "template" | "templateVersion" | "params"
  >,
  occasion: Occasion,
  channels: readonly Channel[],
  now: Instant,
  pace: Pace,
): PersonMessage => {
  const goes = occasion.canWait ? afterQuietHours(now, pace.quiet) : now;
  return {
    ...about,
    version: 1,
    statutory: occasion.statutory,
    channels: Object.fromEntries(channels.map((channel) => [channel, { status: "pending" }])),
    attempts: 0,
    ...(channels.length > 0 && { nextAt: goes > now ? goes : later(now, LEASE_SECONDS) }),
  };
};

/** Whether it is sent as soon as it is recorded. */
export const goesAtOnce = (message: PersonMessage, now: Instant): boolean =>
  message.nextAt !== undefined && message.nextAt <= later(now, LEASE_SECONDS);

export const pendingChannels = ({ channels }: PersonMessage): Channel[] =>
  (["sms", "wechat"] as const).filter((channel) => channels[channel]?.status === "pending");

/** Somebody is at it. */
export const lease = (message: PersonMessage, now: Instant): PersonMessage => ({
  ...message,
  version: message.version + 1,
  nextAt: later(now, LEASE_SECONDS),
});

export type Attempt =
  | { readonly result: "sent" }
  /** It never will be by this way. */
  | { readonly result: "refused"; readonly reason: string }
  | { readonly result: "unavailable" };

export type Attempts = Readonly<Partial<Record<Channel, Attempt>>>;

/** What came of an attempt by some ways: what could not be taken is tried again, for three days. How a way has ended stays. */
export const recordAttempt = (message: PersonMessage, attempts: Attempts, now: Instant): PersonMessage => {
  const isLate = later(message.at, GIVEN_UP_AFTER_SECONDS) <= now;
  const stateAfter = (attempt: Attempt): ChannelState => {
    if (attempt.result === "sent") return { status: "sent", at: now };
    if (attempt.result === "refused") return { status: "failed", at: now, reason: attempt.reason };
    return isLate ? { status: "failed", at: now, reason: "given-up" } : { status: "pending" };
  };
  const tried = pendingChannels(message).flatMap((channel) => {
    const attempt = attempts[channel];
    return attempt ? [[channel, stateAfter(attempt)] as const] : [];
  });
  if (tried.length === 0) return message;
  const channels = { ...message.channels, ...Object.fromEntries(tried) };
  const count = message.attempts + 1;
  const { nextAt: _, ...rest } = message;
  const after = { ...rest, version: message.version + 1, channels, attempts: count };
  return pendingChannels(after).length > 0 ? { ...after, nextAt: later(now, backoffSeconds(count)) } : after;
};

export const markRead = (message: PersonMessage, now: Instant): PersonMessage =>
  message.readAt === undefined ? { ...message, version: message.version + 1, readAt: now } : message;
