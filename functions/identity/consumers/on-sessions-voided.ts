import * as z from "zod";
import { SessionsVoidedV1, StaffDismissedV1, StaffPasswordSetV1 } from "#shared/contracts/events/identity.ts";
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
  signOutBefore: (account: string, before: Instant, except?: string) => Promise<void>;
}) =>
  consume(
    z.union([SessionsVoidedV1.schema, StaffDismissedV1.schema, StaffPasswordSetV1.schema]),
    async ({ type, time, data }) => {
      if ("person" in data) await signOutBefore(data.person, time, data.except);
      else await signOutBefore(`staff:${data.staff}`, time);
      logger.info("sessions.voided", { type, ...("reason" in data && { reason: data.reason }) });
    },
  );
