import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { StaffAppointedV1, StaffDismissedV1 } from "#shared/contracts/events/identity.ts";
import type { Instant } from "#shared/kernel/clock.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { Staff } from "../domain/staff.ts";

/** What the platform hears of an appointment: everything but the name. */
export const staffEvents = ({ staff, version, department, division, roles }: Staff, at: Instant): AnyEvent[] =>
  eventsOf({ source: "/identity", subject: staff, version, at, extensions: { department, division } }, [
    { contract: StaffAppointedV1, data: { staff, department, division, roles } },
    ...(roles.length === 0 ? [{ contract: StaffDismissedV1, data: { staff, department, division } }] : []),
  ]);
