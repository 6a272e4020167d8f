import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { OpenPerson, Person } from "../domain/person.ts";
import { type AggregateRow, CURRENT, type Row } from "./identity-rows.ts";
import { StoredReplacement } from "./stored-replacement.ts";

/** A record of a password. */
export const Password = z.object({
  algorithm: z.literal("scrypt"),
  cost: z.int(),
  blockSize: z.int(),
  parallelization: z.int(),
  salt: z.string(),
  hash: z.string(),
  setBy: z.string().optional(),
});
const Consent = z.object({
  purpose: z.enum(["account", "sensitive-data", "guardian", "biometric", "reuse-materials", "notices"]),
  textVersion: z.string(),
  at: z.string(),
  channel: z.string().optional(),
  withdrawnAt: z.string().optional(),
});
const Assurance = z.object({
  level: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  method: z.enum(["self-declared", "phone-code", "upstream", "counter", "face", "document"]),
  at: z.string(),
  by: z.string().optional(),
});
const common = { id: z.string(), version: z.int().positive(), registeredAt: z.string(), consents: z.array(Consent) };
const Closed = z.object({ ...common, status: z.literal("closed"), closedAt: z.string() });
const Open = z.object({
  ...common,
  status: z.literal("open"),
  password: Password.optional(),
  assurance: Assurance,
  upstreams: z.array(z.string()),
  guardian: z.string().optional(),
  guardianReplaced: StoredReplacement.optional(),
  notBefore: z.string().optional(),
  channel: z.string().optional(),
  keyId: z.string(),
  sealed: z.instanceof(Uint8Array),
});
const StoredPerson = z.discriminatedUnion("status", [Open, Closed]);
const Personal = z.object({ name: z.string(), idNumber: z.string(), phone: z.string().optional() });

export const personKey = (id: string): string => `person#${id}`;
const placeOf = (id: string) => ({ owner: "identity", key: personKey(id), attribute: "sealed" });

const numberKey = (hash: string): string => `idnumber#${hash}`;
/** Where the claim to an ID number may stand: under the current key first. */
export const numberKeys = (cipher: FieldCipher, idNumber: string): readonly string[] =>
  cipher.lookups(idNumber, "id-number").map(numberKey);

export const phoneReferences = (cipher: FieldCipher, phone: string): readonly string[] =>
  cipher.lookups(phone, "phone").map((hash) => `phone#${hash}`);

/** The claim to an ID number; there is one per person. */
export const numberRow = (cipher: FieldCipher, { id, idNumber }: Pick<OpenPerson, "id" | "idNumber">): Row => ({
  pk: numberKey(cipher.lookup(idNumber, "id-number")),
  sk: CURRENT,
  person: id,
});

export const personRow = (cipher: FieldCipher, person: Person): AggregateRow => {
  const key = { pk: personKey(person.id), sk: CURRENT };
  if (person.status === "closed") return { ...key, ...person };
  const { name, idNumber, phone, ...clear } = person;
  const sealed = cipher.seal(Buffer.from(JSON.stringify({ name, idNumber, phone })), placeOf(person.id));
  return {
    ...key,
    ...clear,
    ...(phone && { reference: phoneReferences(cipher, phone)[0] }),
    keyId: sealed.keyId,
    sealed: sealed.data,
  };
};

/** Throws when the row was altered or moved. */
export const personOf = (cipher: FieldCipher, row: Row): Person => {
  const parsed = StoredPerson.parse(row);
  if (parsed.status === "closed") return parsed;
  const { keyId, sealed, ...clear } = parsed;
  const plain = cipher.open({ keyId, data: sealed }, placeOf(clear.id));
  return { ...clear, ...Personal.parse(JSON.parse(plain.toString())) };
};
