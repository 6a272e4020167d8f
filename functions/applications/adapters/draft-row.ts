import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { Draft } from "../domain/drafts.ts";
import { Applicant } from "./application-state.ts";
import { applicantKey, seal, unseal } from "./sealing.ts";

export const DRAFT = "draft";
const pkOf = (id: string): string => `draft#${id}`;
export const draftKey = (id: string) => ({ pk: pkOf(id), sk: DRAFT });

const Sealed = z.object({
  id: z.string(),
  version: z.int(),
  itemCode: z.string(),
  applicant: Applicant,
  content: z.object({
    situation: z.record(z.string(), z.string()).optional(),
    form: z.record(z.string(), z.unknown()).optional(),
    materials: z.array(z.unknown()).optional(),
  }),
  client: z.string(),
  savedAt: z.string(),
  expiresAt: z.string(),
  fingerprint: z.string(),
}) satisfies z.ZodType<Draft>;

/** A draft as one row; it stands among the cases of nobody, and ends by itself. */
export const draftRow = (cipher: FieldCipher, draft: Draft) => ({
  ...draftKey(draft.id),
  version: draft.version,
  itemCode: draft.itemCode,
  applicantKey: applicantKey(cipher, draft.applicant, "drafts"),
  receivedKey: `${draft.savedAt}#${draft.id}`,
  expiresAt: Math.floor(Date.parse(draft.expiresAt) / 1000),
  ...seal(cipher, pkOf(draft.id), { ...draft }),
});

const Row = z.object({ pk: z.string(), keyId: z.string(), sealed: z.instanceof(Uint8Array) });

export const draftOf = (cipher: FieldCipher, row: unknown): Draft => {
  const { pk, ...sealed } = Row.parse(row);
  return Sealed.parse(unseal(cipher, pk, sealed));
};

const Listed = z.object({ pk: z.string(), itemCode: z.string(), receivedKey: z.string() });

export const draftSummaryOf = (row: unknown) => {
  const { pk, itemCode, receivedKey } = Listed.parse(row);
  return { id: pk.slice("draft#".length), itemCode, savedAt: receivedKey.split("#")[0] ?? "" };
};
