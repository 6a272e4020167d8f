import * as z from "zod";
import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { OfficerDirectory } from "../domain/ports.ts";
import { type Audience, tellOfWork } from "../domain/work.ts";
import { findMembers } from "../telling/find-members.ts";
import type { OfficialsTeller } from "../telling/tell-officials.ts";
import { tasksOfEvent } from "../todos/tasks-of-event.ts";

const Named = z.object({ contact: z.string().optional() });

interface Deps {
  readonly officers: OfficerDirectory;
  readonly teller: Pick<OfficialsTeller, "tell">;
  readonly worklistUrl: string;
  readonly now: Clock;
}

/** Tells officials in the government chat that work has come to them. */
export const onWorkChanged = ({ officers, teller, worklistUrl, now }: Deps) =>
  consume(AnyEvent, async (event) => {
    const tasks = tasksOfEvent(event);
    const { contact } = Named.parse(event.data);
    const told = tasks && tellOfWork(event.type, tasks, contact, worklistUrl);
    if (!told?.audiences.some(needsSomebody)) return;
    const members = await findMembers(officers, told.audiences, event);
    if (members.length === 0) {
      const { subject, department, division } = event;
      return logger.warn("notification.no-officer", { subject, type: event.type, department, division });
    }
    const { id, department } = event;
    await teller.tell(members, { event: id, at: now(), case: tasks?.case, department, card: told.card });
  });

const needsSomebody = (audience: readonly Audience[]): boolean =>
  audience.some((wanted) => wanted.kind === "staff" || wanted.roles.length > 0);
