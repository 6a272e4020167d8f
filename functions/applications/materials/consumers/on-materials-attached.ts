import * as z from "zod";
import {
  ApplicationCorrectedV1,
  ApplicationSubmittedV1,
  MaterialSuppliedV1,
} from "#shared/contracts/events/applications.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Applications } from "../../domain/ports.ts";
import { attachmentsOf } from "../domain/attachments.ts";
import type { StoredFiles } from "../domain/ports.ts";

const Event = z.discriminatedUnion("type", [
  ApplicationSubmittedV1.schema,
  ApplicationCorrectedV1.schema,
  MaterialSuppliedV1.schema,
]);

/** Leaves with each file the trace of the case that uses it. The case itself has the other half, written when it was attached. */
export const onMaterialsAttached = ({
  applications,
  files,
}: {
  readonly applications: Pick<Applications, "find">;
  readonly files: Pick<StoredFiles, "noteUse">;
}) =>
  consume(Event, async ({ subject, time }) => {
    const state = await applications.find(subject);
    if (!state) throw new Error(`there is no case ${subject}`);
    const attached = attachmentsOf(state);
    for (const { file, material, consent } of attached)
      await files.noteUse(file, {
        application: state.id,
        number: state.number,
        material,
        at: new Date(time).toISOString(),
        ...(consent && { consent }),
      });
    logger.info("file.uses-noted", { case: state.id, files: attached.length });
  });
