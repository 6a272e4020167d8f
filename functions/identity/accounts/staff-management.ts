import * as z from "zod";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { maskedPhone } from "#shared/kernel/masking.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { normalPhone } from "../domain/person.ts";
import { appointBy, dismissBy, isManagedBy, type Staff } from "../domain/staff.ts";
import type { StaffManagement, StaffView } from "./accounts.ts";
import { type AccountParts, tell } from "./parts.ts";

const viewOf = ({ password: _password, notBefore: _before, phone, ...member }: Staff): StaffView => ({
  ...member,
  ...(phone && { phone: maskedPhone(phone) }),
});

const After = z.object({ staff: z.string() });

export const staffManagement = (parts: AccountParts): StaffManagement => ({
  async listStaff(operator, { cursor, limit }) {
    const after = cursor === undefined ? undefined : After.safeParse(positionOf(cursor)).data?.staff;
    if (cursor !== undefined && after === undefined) return "bad-cursor";
    const numbers = (await parts.staff.numbersOf(operator.department)).filter(
      (number) => after === undefined || number > after,
    );
    const items: StaffView[] = [];
    // Who serves another division is passed over, so it is not known beforehand how many must be looked at.
    for (const number of numbers) {
      const last = items.at(-1);
      if (items.length === limit && last) return { items, next: cursorOf({ staff: last.staff }) };
      const member = await parts.staff.find(number);
      if (member && member.roles.length > 0 && isManagedBy(member, operator)) items.push(viewOf(member));
    }
    return { items };
  },

  async readStaff(operator, number) {
    const member = await parts.staff.find(number);
    return member && isManagedBy(member, operator) ? accept(viewOf(member)) : refuse("staff.not-found");
  },

  async appointStaff(operator, { phone: typed, ...appointment }, ifMatch) {
    const phone = typed === undefined ? undefined : normalPhone(typed);
    if (typed !== undefined && phone === undefined) return refuse("challenge.phone-invalid");
    const { person } = appointment;
    if (person !== undefined && !(await parts.people.find(person))) return refuse("staff.person-unknown");
    return untilNoRace(async () => {
      const current = await parts.staff.find(appointment.staff);
      if (ifMatch !== undefined && ifMatch !== current?.version) return refuse("request.stale");
      const decision = appointBy(operator, current, { ...appointment, phone });
      if (!decision.ok) {
        const { code } = decision.refusal;
        if (code !== "staff.unchanged") return refuse(code);
        if (!current) throw new Error("what is not there cannot be unchanged");
        return accept(viewOf(current));
      }
      await parts.staff.save(decision.value, parts.now());
      // The phone is what a password is set by: who had it before hears that another has it now.
      if (phone && current?.phone && current.phone !== phone) await tell(parts, current.phone, "phone-changed");
      if (!decision.value.password && phone && current?.phone !== phone) await tell(parts, phone, "staff-appointed");
      return accept(viewOf(decision.value));
    });
  },

  async dismissStaff(operator, number) {
    const dismissed = await untilNoRace(async () => {
      const current = await parts.staff.find(number);
      const decision = dismissBy(operator, current);
      if (!decision.ok) {
        const { code } = decision.refusal;
        if (code !== "staff.unchanged") return refuse(code);
        if (!current) throw new Error("what is not there cannot be unchanged");
        return accept(viewOf(current));
      }
      await parts.staff.save(decision.value, parts.now());
      return accept(viewOf(decision.value));
    });
    if (dismissed.ok) await parts.endSessions(`staff:${number}`);
    return dismissed;
  },
});
