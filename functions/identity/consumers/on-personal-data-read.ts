import * as z from "zod";
import { FileReadV1, PersonalDataReadV1 } from "#shared/contracts/events/applications.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Records } from "../domain/account-ports.ts";

/** Puts the reading into the access log of the person whose data it was; kept once, however often it is delivered. */
export const onPersonalDataRead = ({ records }: { records: Pick<Records, "add"> }) =>
  consume(z.union([PersonalDataReadV1.schema, FileReadV1.schema]), async ({ id, time, department, data }) => {
    const { applicant, number, client, officer, purpose } = data;
    if (applicant?.kind !== "natural") return;
    await records.add(applicant.id, {
      id,
      at: new Date(time).toISOString(),
      by: { client, ...(officer && { staff: officer }) },
      ...(department && { department }),
      purpose,
      what: "file" in data ? data.what : "application",
      reference: number ?? ("file" in data ? data.file : ""),
    });
    logger.info("access.recorded", { ...(number && { case: number }) });
  });
