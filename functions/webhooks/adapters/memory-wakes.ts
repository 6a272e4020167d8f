import type { RecoveryDue, Speed, Wake, WakeQueue } from "../domain/ports.ts";

type Sent = (Wake | RecoveryDue) & { readonly delaySeconds: number };

export const memoryWakes = (): WakeQueue & { readonly sent: Record<Speed, Sent[]> } => {
  const sent: Record<Speed, Sent[]> = { quick: [], slow: [] };
  return {
    sent,
    send: async (speed, wakes) => {
      sent[speed].push(...wakes);
    },
  };
};
