import type { Clock } from "#shared/kernel/clock.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import type { Pace } from "../domain/pace.ts";
import {
  type Attempt,
  type Attempts,
  type Channel,
  channelsFor,
  goesAtOnce,
  lease,
  newPersonMessage,
  type PersonMessage,
  pendingChannels,
  recordAttempt,
  USUAL,
} from "../domain/person-message.ts";
import type { MessageKey, PersonChannel, PersonMessages, PreferenceStore } from "../domain/ports.ts";
import { occasionOf, render, templateOf } from "../domain/templates.ts";

export interface TellPeopleDeps {
  readonly messages: PersonMessages;
  readonly preferences: Pick<PreferenceStore, "find">;
  /** What the city is set up for. */
  readonly channels: Readonly<Partial<Record<Channel, PersonChannel>>>;
  readonly pace: Pace;
  readonly now: Clock;
}

/** A message is recorded before it is sent, and what came of it after: whatever dies in between, the sweep goes on from there. */
export const peopleTeller = ({ messages, preferences, channels, pace, now }: TellPeopleDeps) => {
  const available = (["sms", "wechat"] as const).filter((channel) => channels[channel]);

  const attempt = async (channel: Channel, message: PersonMessage): Promise<Attempt> => {
    const template = templateOf(message.template, message.templateVersion);
    const by = channels[channel];
    if (!by) return { result: "unavailable" };
    if (!template) return { result: "refused", reason: "no-template" };
    const key = derivedId(channel, message.recipient.kind, message.recipient.id, message.event);
    try {
      return await by.send(message, render(template, message.params), key);
    } catch (error) {
      logger.error("message.attempt-failed", error, { channel, template: message.template });
      return { result: "unavailable" };
    }
  };

  /** What became of it belongs to the message as it is by now: it may have been read while it was sent. */
  const record = (message: PersonMessage, attempts: Attempts): Promise<void> =>
    untilNoRace(async () => {
      const current = (await messages.find(message)) ?? message;
      const recorded = recordAttempt(current, attempts, now());
      if (recorded !== current) await messages.save(recorded);
    });

  /** Sends by every way that is still open. */
  const send = async (message: PersonMessage): Promise<void> => {
    const attempts: { -readonly [channel in keyof Attempts]: Attempts[channel] } = {};
    for (const channel of pendingChannels(message)) {
      const result = await attempt(channel, message);
      attempts[channel] = result;
      logger.info("message.attempted", { channel, template: message.template, event: message.event, ...result });
    }
    await record(message, attempts);
  };

  return {
    async tell(
      about: Pick<PersonMessage, "recipient" | "event" | "at" | "case" | "department" | "template" | "params">,
    ): Promise<void> {
      const occasion = occasionOf(about.template);
      const template = templateOf(about.template);
      if (!occasion || !template) throw new Error(`there is no template ${about.template}`);
      const { recipient } = about;
      const known = recipient.kind === "natural" ? await preferences.find(recipient.id) : undefined;
      const ways = channelsFor(recipient, occasion, known ?? USUAL, available);
      const message = newPersonMessage({ ...about, templateVersion: template.version }, occasion, ways, now(), pace);
      if ((await messages.add(message)) && goesAtOnce(message, now())) await send(message);
    },

    /** Sends what is due. */
    async clear(key: MessageKey): Promise<void> {
      const message = await messages.find(key);
      if (!message?.nextAt || message.nextAt > now()) return;
      const leased = lease(message, now());
      await messages.save(leased);
      await send(leased);
    },
  };
};
export type PeopleTeller = ReturnType<typeof peopleTeller>;
