import type { AttemptDue, AttemptQueue } from "../domain/ports.ts";

export const memoryAttempts = (): AttemptQueue & { readonly sent: (AttemptDue & { delaySeconds: number })[] } => {
  const sent: (AttemptDue & { delaySeconds: number })[] = [];
  return {
    sent,
    send: async (attempts) => {
      sent.push(...attempts);
    },
  };
};
