import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { rotateSlices } from "#shared/runtime/sealed-rows.ts";
import { CURRENT, type IdentityRows, type Row } from "./adapters/identity-rows.ts";
import { numberKeys, numberRow, personOf, personRow } from "./adapters/person-row.ts";
import { staffOf, staffRow } from "./adapters/staff-store.ts";

const SealedStaff = z.looseObject({ name: z.looseObject({ keyId: z.string() }), version: z.int() });
const SealedPerson = z.looseObject({ keyId: z.string(), version: z.int() });

/** Persons and staff; see rotateSlices. */
export const rotateKeys = ({ rows, cipher }: { rows: IdentityRows; cipher: FieldCipher }) =>
  rotateSlices(rows, (row: Row) => rewrite(row, rows, cipher));

/** Undefined for a row that needs nothing. */
const rewrite = async (row: Row, rows: IdentityRows, cipher: FieldCipher): Promise<boolean | undefined> => {
  if (row.sk !== CURRENT) return undefined;
  if (row.pk.startsWith("person#")) return rewritePerson(row, rows, cipher);
  if (row.pk.startsWith("staff#")) return rewriteStaff(row, rows, cipher);
  return undefined;
};

const rewritePerson = async (row: Row, rows: IdentityRows, cipher: FieldCipher): Promise<boolean | undefined> => {
  const sealed = SealedPerson.safeParse(row);
  if (!sealed.success || sealed.data.keyId === cipher.keyId) return undefined;
  const person = personOf(cipher, row);
  if (person.status === "closed") return undefined;
  const [, ...previous] = numberKeys(cipher, person.idNumber);
  return rows.rewrite(personRow(cipher, person), { put: [numberRow(cipher, person)], remove: previous });
};

const rewriteStaff = async (row: Row, rows: IdentityRows, cipher: FieldCipher): Promise<boolean | undefined> => {
  const sealed = SealedStaff.safeParse(row);
  if (!sealed.success || sealed.data.name.keyId === cipher.keyId) return undefined;
  return rows.rewrite(staffRow(cipher, staffOf(cipher, row)));
};
