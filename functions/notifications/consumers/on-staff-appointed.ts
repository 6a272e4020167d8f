import { StaffAppointedV1 } from "#shared/contracts/events/identity.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { OfficerDirectory } from "../domain/ports.ts";

export const onStaffAppointed = ({ officers }: { readonly officers: OfficerDirectory }) =>
  consume(StaffAppointedV1.schema, async ({ data, sequence }) => {
    await officers.appoint({ ...data, sequence });
    logger.info("officer.appointed", { department: data.department, division: data.division, sequence });
  });
