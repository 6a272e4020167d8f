import type { DivisionCode } from "#shared/kernel/divisions.ts";

export type Role = "clerk" | "officer" | "approver" | "supervisor" | "catalogue-manager" | "operator";

/** A member of staff as notifications need them: who is told of what. */
export interface Officer {
  readonly staff: string;
  readonly department: string;
  readonly division: DivisionCode;
  readonly roles: readonly Role[];
  /** Of the last appointment known. */
  readonly sequence: number;
  /** Their account (userid) in the government chat (政务微信), once they have bound one; the staff number until then. */
  readonly chatUser?: string | undefined;
}

export const chatUserOf = ({ staff, chatUser }: Officer): string => chatUser ?? staff;
