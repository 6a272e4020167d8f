import * as z from "zod";
import { SessionsVoidedV1, StaffDismissedV1 } from "#shared/contracts/events/identity.ts";
import type { Instant } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";

/**
 * Ends every session and token that is older than the event, and tells the clients. What changed the account has tried to already,
 * but may have died over it, or have seen only what the index showed.
 */
export const onSessionsVoided = ({
  signOutBefore,
}: {
  signOutBefore: (account: string, before: Instant) => Promise<void>;
}) =>
  consume(z.union([SessionsVoidedV1.schema, StaffDismissedV1.schema]), async ({ time, data }) => {
    await signOutBefore("person" in data ? data.person : `staff:${data.staff}`, time);
    logger.info("sessions.voided", { reason: "reason" in data ? data.reason : "dismissed" });
  });
