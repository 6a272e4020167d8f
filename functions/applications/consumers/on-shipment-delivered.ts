import { ShipmentDeliveredV1 } from "#shared/contracts/events/logistics.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { type CaseDeps, givenOf } from "../case-deps.ts";
import { platform } from "../domain/application.ts";
import { concludeCase } from "../domain/conclusion.ts";

/** The result has reached the applicant: the case is concluded (办结). A parcel to the counter, or of a closed case, changes nothing. */
export const onShipmentDelivered = (deps: CaseDeps) =>
  consume(ShipmentDeliveredV1.schema, ({ id: event, data }) =>
    untilNoRace(async () => {
      if (data.direction !== "to-applicant") return;
      const state = await deps.applications.find(data.application);
      if (!state) throw new Error(`no case ${data.application} for a parcel`);
      const given = await givenOf(deps, state);
      const command = { at: deps.now(), by: platform, key: event, fingerprint: "" };
      const decision = concludeCase(state, given, command);
      if (!decision.ok) return logger.info("parcel.ignored", { application: state.id, code: decision.refusal.code });
      await deps.applications.save(decision.value);
      logger.info("case.concluded", { application: state.id });
    }),
  );
