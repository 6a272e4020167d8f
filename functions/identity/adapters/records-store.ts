import * as z from "zod";
import { AccessedThing } from "#shared/contracts/http/identity/fields.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import type { AccessRecord, Cases, Records } from "../domain/account-ports.ts";
import { CURRENT, type IdentityRows, seconds } from "./identity-rows.ts";
import { personKey } from "./person-row.ts";

const StoredRecord = z.object({
  id: z.string(),
  at: z.string(),
  by: z.object({ client: z.string(), staff: z.string().optional() }),
  department: z.string().optional(),
  purpose: z.string(),
  what: AccessedThing,
  reference: z.string().optional(),
});
const ACCESS = "access#";
const Position = z.object({ sk: z.string().startsWith(ACCESS) });

const REPEAT_SECONDS = 24 * 3600;

/** Who looked at whose data; beside the person's row, under the same key. */
export const recordsStore = (rows: IdentityRows): Records => {
  const add = async (person: string, record: AccessRecord): Promise<void> => {
    await rows.add({ pk: personKey(person), sk: `${ACCESS}${record.at}#${record.id}`, ...record });
  };
  return {
    add,
    async addOnce(person, record) {
      // Kept first, so that one who fails between the two writes the same record when they come again.
      const pk = `reading#${record.id}`;
      await rows.add({ pk, sk: CURRENT, at: record.at, expiresAt: seconds(record.at) + REPEAT_SECONDS });
      const first = await rows.find(pk);
      await add(person, { ...record, at: z.string().parse(first?.at ?? record.at) });
    },
    async list(person, { cursor, limit }) {
      const before = cursor === undefined ? undefined : Position.safeParse(positionOf(cursor)).data?.sk;
      if (cursor !== undefined && before === undefined) return "bad-cursor";
      const found = await rows.list(personKey(person), ACCESS, before, limit + 1);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map((row) => StoredRecord.parse(row)),
        ...(last && found.length > limit && { next: cursorOf({ sk: last.sk }) }),
      };
    },
  };
};

const CASE = "case#";
const MOST_CASES = 1000;

/** Which of a person's cases are open, as the events of applications tell. */
export const casesStore = (rows: IdentityRows): Cases => ({
  note: (person, application, open, sequence) =>
    rows.addNewer({ pk: personKey(person), sk: `${CASE}${application}`, open, sequence }),
  async hasOpen(person) {
    return (await rows.list(personKey(person), CASE, undefined, MOST_CASES)).some(({ open }) => open === true);
  },
});
