import type { CardMessage } from "../domain/card.ts";
import type { OfficialsChat } from "../domain/ports.ts";

/** A chat that knows everyone but those named. */
export const memoryChat = (
  unknown: readonly string[] = [],
): OfficialsChat & { readonly shown: (CardMessage & { readonly user: string })[] } => {
  const shown: (CardMessage & { readonly user: string })[] = [];
  return {
    shown,
    async show(message, user) {
      shown.push({ ...message, user });
      return { result: unknown.includes(user) ? "unknown-member" : "shown" };
    },
  };
};
