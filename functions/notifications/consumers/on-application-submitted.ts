import { ApplicationSubmittedV1 } from "#shared/contracts/events/applications.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { acceptanceCard } from "../domain/acceptance-card.ts";
import { newMessage, recordSending, statusOf, stillToTell } from "../domain/message.ts";
import { mayAccept } from "../domain/officer.ts";
import type { MessageStore, OfficerDirectory, OfficialsChat } from "../domain/ports.ts";

interface Deps {
  readonly officers: OfficerDirectory;
  readonly messages: MessageStore;
  readonly chat: OfficialsChat;
  /** Where officers open a case; its id is appended. */
  readonly worklistUrl: string;
  readonly now: Clock;
}

/**
 * Tells the officers who may accept a new case. What the chat has taken is recorded after it took it: when this dies in
 * between, the retry sends the same card again and the chat's own duplicate check keeps it from being shown twice.
 */
export const onApplicationSubmitted = ({ officers, messages, chat, worklistUrl, now }: Deps) =>
  consume(ApplicationSubmittedV1.schema, async ({ id, subject, department, division, data }) => {
    if (!department || !division) throw new Error(`event ${id} names no department and division`);
    const staff = (await officers.ofDepartment(department))
      .filter((officer) => mayAccept(officer, division))
      .map((officer) => officer.staff);
    if (staff.length === 0) return logger.warn("notification.no-officer", { case: subject, department, division });

    const message = (await messages.find(id)) ?? newMessage(id, now());
    const recipients = stillToTell(message, staff);
    if (recipients.length === 0) return;
    const { invalid } = await chat.show(acceptanceCard({ id: subject, ...data }, worklistUrl), recipients);
    const recorded = recordSending(message, recipients, invalid);
    await messages.save(recorded);

    const facts = { case: subject, event: id, recipients: recipients.length, unknown: invalid.length };
    if (statusOf(recorded) === "sent") logger.info("notification.sent", facts);
    else logger.warn(`notification.${statusOf(recorded)}`, facts);
  });
