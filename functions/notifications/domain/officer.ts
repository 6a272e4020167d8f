import { type DivisionCode, isWithin } from "#shared/kernel/divisions.ts";

export type Role = "clerk" | "officer" | "approver" | "supervisor" | "catalogue-manager" | "operator";

/** A member of staff as notifications need them: who is told of what. */
export interface Officer {
  /** Staff number; by convention also the member's account (userid) in the government chat (政务微信). */
  readonly staff: string;
  readonly department: string;
  readonly division: DivisionCode;
  readonly roles: readonly Role[];
  /** Of the last appointment known. */
  readonly sequence: number;
}

const ACCEPTING: readonly Role[] = ["clerk", "officer"];

/** Whether this officer may accept a case of their department in that division. */
export const mayAccept = (officer: Officer, division: DivisionCode): boolean =>
  officer.roles.some((role) => ACCEPTING.includes(role)) && isWithin(division, officer.division);
