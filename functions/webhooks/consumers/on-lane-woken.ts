import * as z from "zod";
import { consumeQueue } from "#shared/runtime/consume.ts";
import type { RecoveryDue, Wake } from "../domain/ports.ts";

const WokenMessage = z.union([
  z.object({ department: z.string(), endpoint: z.string(), recovery: z.string() }) satisfies z.ZodType<RecoveryDue>,
  z.object({ department: z.string(), endpoint: z.string() }) satisfies z.ZodType<Wake>,
]);

interface Deps {
  readonly push: (wake: Wake) => Promise<void>;
  readonly recover: (due: RecoveryDue) => Promise<void>;
}

/** Messages of a batch are worked on at the same time: they are of different endpoints, or the second finds the lane taken. */
export const onLaneWoken = ({ push, recover }: Deps) =>
  consumeQueue(WokenMessage, (message) => ("recovery" in message ? recover(message) : push(message)));
