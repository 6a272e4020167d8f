import * as z from "zod";
import { StaffRole } from "#shared/contracts/events/identity.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { StaffStore } from "../domain/ports.ts";
import type { Staff } from "../domain/staff.ts";
import { type AggregateRow, CURRENT, type IdentityRows } from "./identity-rows.ts";
import { Password } from "./person-row.ts";
import { asChanged, staffEvents } from "./staff-events.ts";

const Sealed = z.object({ keyId: z.string(), data: z.instanceof(Uint8Array) });
const Row = z.object({
  staff: z.string(),
  version: z.int().positive(),
  name: Sealed,
  phone: Sealed.optional(),
  password: Password.optional(),
  notBefore: z.string().optional(),
  person: z.string().optional(),
  department: z.string(),
  division: z.string(),
  roles: z.array(StaffRole),
});

const PREFIX = "staff#";
const keyOf = (staff: string) => ({ pk: `${PREFIX}${staff}`, sk: CURRENT });
const departmentReference = (department: string): string => `department#${department}`;

const placeOf = (staff: string, attribute: "name" | "phone") => ({
  owner: "identity",
  key: keyOf(staff).pk,
  attribute,
});

/** A row of staff opened; throws when it was altered or moved. */
export const staffOf = (cipher: FieldCipher, row: unknown): Staff => {
  const { name, phone, ...stored } = Row.parse(row);
  return {
    ...stored,
    name: cipher.open(name, placeOf(stored.staff, "name")).toString(),
    ...(phone && { phone: cipher.open(phone, placeOf(stored.staff, "phone")).toString() }),
  };
};

/** Name and phone are sealed at rest. Those who left are found by their number only. */
export const staffRow = (cipher: FieldCipher, { phone, ...member }: Staff): AggregateRow => ({
  ...keyOf(member.staff),
  ...member,
  ...(member.roles.length > 0 && { reference: departmentReference(member.department) }),
  name: cipher.seal(Buffer.from(member.name), placeOf(member.staff, "name")),
  ...(phone && { phone: cipher.seal(Buffer.from(phone), placeOf(member.staff, "phone")) }),
});

export const staffStore = (rows: IdentityRows, cipher: FieldCipher): StaffStore => ({
  async find(staff) {
    const row = await rows.find(keyOf(staff).pk);
    return row && staffOf(cipher, row);
  },
  async numbersOf(department) {
    const keys = await rows.keysBy("reference", departmentReference(department));
    return keys.map((key) => key.slice(PREFIX.length)).sort();
  },
  save: (member, at, change) =>
    rows.save(staffRow(cipher, asChanged(member, at, change)), staffEvents(member, at, change)),
});
