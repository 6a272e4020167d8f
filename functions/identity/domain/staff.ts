import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import type { PasswordRecord } from "./person.ts";

type StaffRole = "clerk" | "officer" | "approver" | "supervisor" | "catalogue-manager" | "operator";

/** A member of a department's staff (工作人员). */
export interface Staff {
  /** Staff number; the same account name in the government chat. */
  readonly staff: string;
  readonly version: number;
  /** Personal data. */
  readonly name: string;
  /** Personal data. Where the second step of a sign-in is sent. */
  readonly phone?: string | undefined;
  readonly password?: PasswordRecord | undefined;
  readonly department: string;
  readonly division: DivisionCode;
  /** None for someone who has left. */
  readonly roles: StaffRole[];
}

export type StaffRefusal = "staff.unchanged";

/** Appoints a member of staff, or changes the appointment. Refused when nothing would change. */
export const appointStaff = (
  current: Staff | undefined,
  appointment: Omit<Staff, "version">,
): Decision<Staff, StaffRefusal> => {
  const wanted = {
    ...appointment,
    // Left out of an appointment, these stay as they are.
    phone: appointment.phone ?? current?.phone,
    password: appointment.password ?? current?.password,
    roles: [...new Set(appointment.roles)].sort(),
  };
  if (!current) return accept({ ...wanted, version: 1 });
  const { version, ...known } = current;
  return fingerprint(known) === fingerprint(wanted)
    ? refuse("staff.unchanged")
    : accept({ ...wanted, version: version + 1 });
};
