import type { Instant } from "#shared/kernel/clock.ts";
import type { Client } from "./client.ts";
import type { Staff } from "./staff.ts";

export interface ClientStore {
  find(id: string): Promise<Client | undefined>;
  /** Throws StaleVersionError when the stored version moved on. */
  save(client: Client): Promise<void>;
}

export interface StaffStore {
  find(staff: string): Promise<Staff | undefined>;
  /** The numbers of those who serve a department, sorted; it may lag behind. */
  numbersOf(department: string): Promise<readonly string[]>;
  /** Saves and announces the appointment. Throws StaleVersionError when the stored version moved on. */
  save(staff: Staff, at: Instant): Promise<void>;
}
