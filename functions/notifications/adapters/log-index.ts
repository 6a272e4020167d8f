import type { Instant } from "#shared/kernel/clock.ts";

/** Where a department's operators find what was sent about a case. */
export const logKeyOf = (department: string, id: string): string => `${department}#${id}`;

/** The keys of the index `log`; none for what is of no case or no department. */
export const logKeys = (
  { case: of, department, at }: { case?: string | undefined; department?: string | undefined; at: Instant },
  to: string,
): { logKey?: string; loggedAt?: string } =>
  of === undefined || department === undefined ? {} : { logKey: logKeyOf(department, of), loggedAt: `${at}#${to}` };
