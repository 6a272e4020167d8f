import * as z from "zod";
import { StaffAppointedV1, StaffDismissedV1 } from "#shared/contracts/events/identity.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { CityFacts } from "../domain/ports.ts";

const Changed = z.union([StaffAppointedV1.schema, StaffDismissedV1.schema]);

/** Keeps this capability's own copy of who may decide; who has left stays known as such, so that nothing late revives them. */
export const onStaffChanged = ({ facts }: { readonly facts: CityFacts }) =>
  consume(Changed, async (event) => {
    const { staff, department, division } = event.data;
    const roles = event.type === StaffAppointedV1.type ? event.data.roles : [];
    await facts.keepStaff({ staff, department, division, roles, sequence: event.sequence });
    logger.info("staff.kept", { department, division, sequence: event.sequence });
  });
