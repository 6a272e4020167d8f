import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { SealedRow } from "#shared/runtime/sealed-rows.ts";
import type { Preferences } from "../domain/person-message.ts";

export const PREFERENCES = "preferences";
const PREFIX = "preferences#";

const Row = z.object({
  pk: z.string().startsWith(PREFIX),
  sms: z.boolean(),
  wechat: z.boolean(),
  openId: z.object({ keyId: z.string(), data: z.instanceof(Uint8Array) }).optional(),
});
type Kept = Preferences & { readonly openId?: string | undefined };

const placeOf = (person: string) => ({ owner: "notifications", key: person, attribute: "openId" });

export const preferencesKey = (person: string) => ({ pk: `${PREFIX}${person}`, sk: PREFERENCES });

/** The account at WeChat is sealed anew each time, also when it is the same. */
export const preferencesRow = (cipher: FieldCipher, person: string, { sms, wechat, openId }: Kept): SealedRow => ({
  ...preferencesKey(person),
  sms,
  wechat,
  ...(openId !== undefined && { openId: cipher.seal(Buffer.from(openId), placeOf(person)) }),
});

export const preferencesOf = (cipher: FieldCipher, row: unknown): Kept => {
  const { pk, sms, wechat, openId } = Row.parse(row);
  const place = placeOf(pk.slice(PREFIX.length));
  return { sms, wechat, ...(openId && { openId: cipher.open(openId, place).toString() }) };
};

/** Undefined for what needs no other key. */
export const resealedPreferences = (cipher: FieldCipher, row: SealedRow): SealedRow | undefined => {
  const { pk, openId } = Row.parse(row);
  if (openId === undefined || openId.keyId === cipher.keyId) return undefined;
  return preferencesRow(cipher, pk.slice(PREFIX.length), preferencesOf(cipher, row));
};
