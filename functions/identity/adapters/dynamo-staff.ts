import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { StaffRole } from "#shared/contracts/events/identity.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { StaffStore } from "../domain/ports.ts";
import type { Staff } from "../domain/staff.ts";
import { Password } from "./person-row.ts";
import { staffEvents } from "./staff-events.ts";

const Sealed = z.object({ keyId: z.string(), data: z.instanceof(Uint8Array) });
const Row = z.object({
  staff: z.string(),
  version: z.int().positive(),
  name: Sealed,
  phone: Sealed.optional(),
  password: Password.optional(),
  department: z.string(),
  division: z.string(),
  roles: z.array(StaffRole),
});

const keyOf = (staff: string) => ({ pk: `staff#${staff}`, sk: "current" });

/** The place names the capability, not the table: a table restored from a backup has another name. */
const placeOf = (staff: string, attribute: "name" | "phone") => ({
  table: "identity",
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

/** Name and phone are sealed at rest. */
export const staffRow = (cipher: FieldCipher, { phone, ...member }: Staff) => ({
  ...keyOf(member.staff),
  ...member,
  name: cipher.seal(Buffer.from(member.name), placeOf(member.staff, "name")),
  ...(phone && { phone: cipher.seal(Buffer.from(phone), placeOf(member.staff, "phone")) }),
});

export const dynamoStaff = (client: DynamoDBDocumentClient, tableName: string, cipher: FieldCipher): StaffStore => ({
  async find(staff) {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: keyOf(staff), ConsistentRead: true }),
    );
    return Item && staffOf(cipher, Item);
  },
  save: (member, at) => putAggregate(client, tableName, staffRow(cipher, member), staffEvents(member, at)),
});
