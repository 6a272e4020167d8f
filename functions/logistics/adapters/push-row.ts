import { createHash } from "node:crypto";
import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { Push } from "../domain/follow-parcel.ts";
import { TrackEvent } from "./shipment-row.ts";

const ParkedPush = z.object({
  source: z.enum(["kuaidi100", "sf", "ems"]),
  number: z.string(),
  report: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("full"), events: z.array(TrackEvent), correction: z.boolean() }),
    z.object({ kind: z.literal("increment"), events: z.array(TrackEvent), voided: z.array(z.string()) }),
  ]),
  aborted: z.boolean().optional(),
  correctedCarrier: z.string().optional(),
}) satisfies z.ZodType<Push>;

/** With what their sort keys begin; the push's id follows. */
export const PARKED = "parked#";
/** Pushes parked for one number at most. */
export const PARKED_AT_MOST = 100;
export const PARKED_DAYS = 30;
/** Numbers are used again by carriers, not within a year. */
export const CLAIMED_DAYS = 365;

const placeOf = (number: string) => ({ owner: "logistics", key: number, attribute: "parked" });

/** The same push, told again, has the same id. */
export const pushId = (push: Push): string => createHash("sha256").update(JSON.stringify(push)).digest("base64url");

export const sealedPush = (cipher: FieldCipher, push: Push) =>
  cipher.seal(Buffer.from(JSON.stringify(push)), placeOf(push.number));

const Sealed = z.object({ keyId: z.string(), data: z.instanceof(Uint8Array) });

const Parked = z.object({ pk: z.string(), sk: z.string(), parked: Sealed });

export const isParked = ({ sk }: { readonly sk: string }): boolean => sk.startsWith(PARKED);

/** The row under the current key; undefined when it is. */
export const resealedPush = <R extends { readonly pk: string; readonly sk: string }>(
  cipher: FieldCipher,
  row: R,
): (R & { readonly parked: ReturnType<typeof sealedPush> }) | undefined => {
  const { pk, parked } = Parked.parse(row);
  if (parked.keyId === cipher.keyId) return undefined;
  return { ...row, parked: sealedPush(cipher, openedPush(cipher, pk.slice("waybill#".length), parked)) };
};

export const openedPush = (cipher: FieldCipher, number: string, sealed: unknown): Push =>
  ParkedPush.parse(JSON.parse(cipher.open(Sealed.parse(sealed), placeOf(number)).toString("utf8")));
