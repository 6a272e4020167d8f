import type { Instant } from "#shared/kernel/clock.ts";
import type { Client } from "./client.ts";
import type { Staff } from "./staff.ts";

export interface ClientStore {
  find(id: string): Promise<Client | undefined>;
  /** Throws StaleVersionError when the stored version moved on. */
  save(client: Client): Promise<void>;
}

export type StaffChange = "appointment" | "password-set" | "appointment-and-password";

export interface StaffStore {
  find(staff: string): Promise<Staff | undefined>;
  /** The numbers of those who serve a department, sorted; it may lag behind. */
  numbersOf(department: string): Promise<readonly string[]>;
  /**
   * Saves and announces what changed. A dismissal and a set password void what was signed in until then, which the same write
   * keeps (`notBefore`). Throws StaleVersionError when the stored version moved on.
   */
  save(staff: Staff, at: Instant, change?: StaffChange): Promise<void>;
}
