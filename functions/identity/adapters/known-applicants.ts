import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { Applicants } from "../domain/live-grounds.ts";
import { organisationKey } from "./grounds-store.ts";
import type { IdentityRows } from "./identity-rows.ts";
import { personKey, personOf } from "./person-row.ts";

/** One consistent read each. The key ring is asked for only when a person's data is to be opened. */
export const knownApplicants = (rows: IdentityRows, cipher: () => Promise<FieldCipher>): Applicants => ({
  async find({ kind, id }) {
    if (kind === "legal") {
      const row = await rows.find(organisationKey(id));
      return row && { kind, name: z.string().parse(row.name), idNumber: id, isVerified: true };
    }
    const row = await rows.find(personKey(id));
    const person = row && personOf(await cipher(), row);
    if (person?.status !== "open") return undefined;
    const { name, idNumber, phone, assurance, notBefore } = person;
    return {
      kind,
      name,
      idNumber,
      ...(phone && { phone }),
      isVerified: assurance.level >= 2,
      ...(notBefore && { notBefore }),
    };
  },
});
