import type { Card } from "../domain/card.ts";
import type { OfficialsChat } from "../domain/ports.ts";

/** A chat that knows everyone but those named. */
export const memoryChat = (
  unknown: readonly string[] = [],
): OfficialsChat & { readonly shown: { card: Card; staff: readonly string[] }[] } => {
  const shown: { card: Card; staff: readonly string[] }[] = [];
  return {
    shown,
    async show(card, staff) {
      shown.push({ card, staff });
      return { invalid: staff.filter((member) => unknown.includes(member)) };
    },
  };
};
