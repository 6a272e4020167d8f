import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { StaffAppointedV1, StaffDismissedV1, StaffPasswordSetV1 } from "#shared/contracts/events/identity.ts";
import type { Instant } from "#shared/kernel/clock.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { StaffChange } from "../domain/ports.ts";
import type { Staff } from "../domain/staff.ts";

/** What the platform hears of an appointment: everything but the name. */
export const staffEvents = (
  { staff, version, department, division, roles }: Staff,
  at: Instant,
  change: StaffChange = "appointment",
): AnyEvent[] => {
  const data = { staff, department, division };
  return eventsOf({ source: "/identity", subject: staff, version, at, extensions: { department, division } }, [
    ...(change === "password-set" ? [] : [{ contract: StaffAppointedV1, data: { ...data, roles } }]),
    ...(roles.length === 0 ? [{ contract: StaffDismissedV1, data }] : []),
    ...(change === "appointment" ? [] : [{ contract: StaffPasswordSetV1, data }]),
  ]);
};

/** With the time until which a change voids what was signed in. */
export const asChanged = (member: Staff, at: Instant, change: StaffChange = "appointment"): Staff =>
  change !== "appointment" || member.roles.length === 0 ? { ...member, notBefore: at } : member;
