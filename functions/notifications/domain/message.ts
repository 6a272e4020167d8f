import type { Instant } from "#shared/kernel/clock.ts";

/** `sent`: the chat has taken it. `failed`: the chat does not know this member; trying again changes nothing. */
type RecipientStatus = "sent" | "failed";

/** What was told to whom about one event. */
export interface Message {
  /** The event's id. */
  readonly event: string;
  readonly version: number;
  readonly createdAt: Instant;
  readonly recipients: Readonly<Record<string, RecipientStatus>>;
}

export const newMessage = (event: string, now: Instant): Message => ({
  event,
  version: 0,
  createdAt: now,
  recipients: {},
});

/** Those whom the message has neither reached nor finally missed. */
export const stillToTell = (message: Message, staff: readonly string[]): string[] =>
  staff.filter((member) => message.recipients[member] === undefined);

export const recordSending = (message: Message, told: readonly string[], invalid: readonly string[]): Message => ({
  ...message,
  version: message.version + 1,
  recipients: {
    ...message.recipients,
    ...Object.fromEntries(told.map((member) => [member, invalid.includes(member) ? "failed" : "sent"] as const)),
  },
});

export const statusOf = ({ recipients }: Message): "sent" | "partial" | "failed" => {
  const all = Object.values(recipients);
  if (all.every((status) => status === "sent")) return "sent";
  return all.every((status) => status === "failed") ? "failed" : "partial";
};
