import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { type DivisionCode, isWithin } from "#shared/kernel/divisions.ts";
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
  /** Who signed in under this number until then is signed in no longer. */
  readonly notBefore?: Instant | undefined;
  /** Their own account as a person, so that nobody decides what they have applied for themselves. */
  readonly person?: string | undefined;
  readonly department: string;
  readonly division: DivisionCode;
  /** None for someone who has left. */
  readonly roles: StaffRole[];
}

export type StaffRefusal = "staff.unchanged";

/** Appoints a member of staff, or changes the appointment. Refused when nothing would change. */
export const appointStaff = (
  current: Staff | undefined,
  appointment: Omit<Staff, "version" | "notBefore">,
): Decision<Staff, StaffRefusal> => {
  const { phone, password, person, ...said } = appointment;
  const wanted = {
    ...said,
    ...(current?.notBefore && { notBefore: current.notBefore }),
    // Left out of an appointment, these stay as they are. Who leaves signs in no more: they have no use any longer.
    ...(appointment.roles.length > 0 && {
      phone: phone ?? current?.phone,
      password: password ?? current?.password,
      person: person ?? current?.person,
    }),
    roles: [...new Set(appointment.roles)].sort(),
  };
  if (!current) return accept({ ...wanted, version: 1 });
  const { version, ...known } = current;
  return fingerprint(known) === fingerprint(wanted)
    ? refuse("staff.unchanged")
    : accept({ ...wanted, version: version + 1 });
};

/** Who manages the staff of a department, in a division and all below it. */
export type Operator = Pick<Staff, "staff" | "department" | "division">;

/** Whether an operator may see and dismiss a member of staff. */
export const isManagedBy = (member: Staff, { department, division }: Operator): boolean =>
  member.department === department && isWithin(member.division, division);

/**
 * An operator appoints someone to their own department, or changes the appointment. Nobody appoints themselves, so that roles
 * are always another's to give; and whoever serves elsewhere is not drawn away.
 */
export const appointBy = (
  operator: Operator,
  current: Staff | undefined,
  { phone, ...appointment }: Pick<Staff, "staff" | "name" | "division" | "roles" | "phone" | "person">,
): Decision<
  Staff,
  StaffRefusal | "staff.oneself" | "staff.elsewhere" | "staff.division-not-yours" | "staff.phone-needed"
> => {
  const { department } = operator;
  if (appointment.staff === operator.staff) return refuse("staff.oneself");
  const serves = current !== undefined && current.roles.length > 0;
  if (serves && current.department !== department) return refuse("staff.elsewhere");
  if (!isWithin(appointment.division, operator.division) || (serves && !isManagedBy(current, operator)))
    return refuse("staff.division-not-yours");
  // They set their password by it: nobody else gives them one.
  if (!serves && !phone) return refuse("staff.phone-needed");
  return appointStaff(current, { ...appointment, department, ...(phone && { phone }) });
};

/** Dismissed is dismissed: again changes nothing. */
export const dismissBy = (
  operator: Operator,
  current: Staff | undefined,
): Decision<Staff, StaffRefusal | "staff.oneself" | "staff.not-found"> => {
  if (!current || !isManagedBy(current, operator)) return refuse("staff.not-found");
  if (current.staff === operator.staff) return refuse("staff.oneself");
  const { version: _version, ...appointment } = current;
  return appointStaff(current, { ...appointment, roles: [] });
};
