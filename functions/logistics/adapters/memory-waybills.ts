import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { Waybills } from "../domain/ports.ts";
import { openedPush, PARKED_AT_MOST, pushId, sealedPush } from "./push-row.ts";

export const memoryWaybills = (cipher: FieldCipher): Waybills => {
  const claims = new Map<string, string>();
  const parked = new Map<string, Map<string, ReturnType<typeof sealedPush>>>();
  const of = (number: string) => {
    const rows = parked.get(number) ?? new Map<string, ReturnType<typeof sealedPush>>();
    parked.set(number, rows);
    return rows;
  };
  return {
    find: async (number) => claims.get(number),
    async claim(number, shipment) {
      const owner = claims.get(number) ?? shipment;
      if (owner !== shipment) return "taken";
      claims.set(number, shipment);
      return "claimed";
    },
    async release(number, shipment) {
      if (claims.get(number) === shipment) claims.delete(number);
    },
    async park(push) {
      const rows = of(push.number);
      if (rows.size >= PARKED_AT_MOST) return "full";
      const id = pushId(push);
      rows.set(id, sealedPush(cipher, push));
      return { id, push };
    },
    parked: async (number) => [...of(number)].map(([id, sealed]) => ({ id, push: openedPush(cipher, number, sealed) })),
  };
};
