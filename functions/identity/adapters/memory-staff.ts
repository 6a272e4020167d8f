import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { StaffStore } from "../domain/ports.ts";
import type { Staff } from "../domain/staff.ts";
import { asChanged, staffEvents } from "./staff-events.ts";

export const memoryStaff = (): StaffStore & { published(): readonly AnyEvent[] } => {
  const members = new Map<string, Staff>();
  const events: AnyEvent[] = [];
  return {
    find: async (staff) => members.get(staff),
    async save(member, at, change) {
      if ((members.get(member.staff)?.version ?? 0) !== member.version - 1) throw new StaleVersionError(member.staff);
      members.set(member.staff, structuredClone(asChanged(member, at, change)));
      events.push(...staffEvents(member, at, change));
    },
    numbersOf: async (department) =>
      [...members.values()]
        .filter((member) => member.department === department && member.roles.length > 0)
        .map(({ staff }) => staff)
        .sort(),
    published: () => events,
  };
};
