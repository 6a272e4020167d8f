import * as z from "zod";
import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Officer } from "../domain/officer.ts";
import type { OfficerDirectory } from "../domain/ports.ts";
import { type Audience, membersOf, tellOfWork } from "../domain/work.ts";
import { tasksOfEvent } from "./tasks-of-event.ts";
import type { OfficialsTeller } from "./tell-officials.ts";

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

type Directory = Pick<OfficerDirectory, "find" | "ofDepartment" | "operators">;
interface Place {
  readonly department?: string | undefined;
  readonly division?: string | undefined;
}

/**
 * Roles are looked for in the department; who is named is found wherever they serve. For a department that has no operator,
 * and for what is of no department, the platform's operators stand in.
 */
const membersOfOne = async (officers: Directory, audience: readonly Audience[], place: Place): Promise<Officer[]> => {
  const { department, division } = place;
  const byRole = audience.filter((wanted) => wanted.kind === "roles" && wanted.roles.length > 0);
  const known = department !== undefined && byRole.length > 0 ? await officers.ofDepartment(department) : [];
  const found = await Promise.all(
    audience.map((wanted) => (wanted.kind === "staff" ? officers.find(wanted.staff) : undefined)),
  );
  const named = found.filter((officer) => officer !== undefined && officer.roles.length > 0) as Officer[];
  const all = [...named, ...membersOf(byRole, known, division)];
  const wantsOperators = byRole.some((wanted) => wanted.kind === "roles" && wanted.roles.includes("operator"));
  if (wantsOperators && !all.some(({ roles }) => roles.includes("operator"))) all.push(...(await officers.operators()));
  return [...new Map(all.map((officer) => [officer.staff, officer])).values()];
};

export const findMembers = async (
  officers: Directory,
  audiences: readonly (readonly Audience[])[],
  place: Place,
): Promise<Officer[]> => {
  for (const audience of audiences) {
    const members = await membersOfOne(officers, audience, place);
    if (members.length > 0) return members;
  }
  return [];
};
