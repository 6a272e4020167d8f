import { ShipmentDeliveredV1 } from "#shared/contracts/events/logistics.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { platform } from "../domain/application.ts";
import { concludeCase } from "../domain/conclusion.ts";
import type { Applications, Items } from "../domain/ports.ts";
import type { CitySettings } from "../domain/settings.ts";

interface Deps {
  readonly applications: Applications;
  readonly items: Items;
  readonly settings: CitySettings;
  readonly now: Clock;
}

/** The result has reached the applicant: the case is concluded (办结). A parcel to the counter, or of a closed case, changes nothing. */
export const onShipmentDelivered = ({ applications, items, settings, now }: Deps) =>
  consume(ShipmentDeliveredV1.schema, ({ id: event, data }) =>
    untilNoRace(async () => {
      if (data.direction !== "to-applicant") return;
      const state = await applications.find(data.application);
      if (!state) throw new Error(`no case ${data.application} for a parcel`);
      const given = { rules: await items.version(state.item.code, state.item.version), settings };
      const command = { at: now(), by: platform, key: event, fingerprint: "" };
      const decision = concludeCase(state, given, command);
      if (!decision.ok) return logger.info("parcel.ignored", { application: state.id, code: decision.refusal.code });
      await applications.save(decision.value);
      logger.info("case.concluded", { application: state.id });
    }),
  );
