import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { StaffRole } from "#shared/contracts/events/identity.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { StaffStore } from "../domain/ports.ts";
import { staffEvents } from "./staff-events.ts";

const Row = z.object({
  staff: z.string(),
  version: z.int().positive(),
  name: z.object({ keyId: z.string(), data: z.instanceof(Uint8Array) }),
  department: z.string(),
  division: z.string(),
  roles: z.array(StaffRole),
});

const keyOf = (staff: string) => ({ pk: `staff#${staff}`, sk: "current" });

/** The place names the capability, not the table: a table restored from a backup has another name. */
const placeOf = (staff: string) => ({ table: "identity", key: keyOf(staff).pk, attribute: "name" });

/** The name is sealed at rest. */
export const dynamoStaff = (client: DynamoDBDocumentClient, tableName: string, cipher: FieldCipher): StaffStore => ({
  async find(staff) {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: keyOf(staff), ConsistentRead: true }),
    );
    if (!Item) return undefined;
    const row = Row.parse(Item);
    return { ...row, name: cipher.open(row.name, placeOf(staff)).toString() };
  },
  save: (member, at) =>
    putAggregate(
      client,
      tableName,
      {
        ...keyOf(member.staff),
        ...member,
        name: cipher.seal(Buffer.from(member.name), placeOf(member.staff)),
      },
      staffEvents(member, at),
    ),
});
