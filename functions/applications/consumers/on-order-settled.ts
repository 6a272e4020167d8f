import { OrderSettledV1 } from "#shared/contracts/events/payments.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { platform } from "../domain/application.ts";
import { settleFee } from "../domain/fees.ts";
import type { Applications, Items } from "../domain/ports.ts";
import type { CitySettings } from "../domain/settings.ts";

interface Deps {
  readonly applications: Applications;
  readonly items: Items;
  readonly settings: CitySettings;
  readonly now: Clock;
}

/** The fee of a case is paid: what waited for it goes on. Told twice, the fee is settled already and nothing happens. */
export const onOrderSettled = ({ applications, items, settings, now }: Deps) =>
  consume(OrderSettledV1.schema, ({ id: event, subject: order, data: { purpose, settledAt: paidAt } }) =>
    untilNoRace(async () => {
      const { kind, id, due } = purpose;
      if (kind !== "application" || due === "shipment") return;
      const state = await applications.find(id);
      if (!state) throw new Error(`no case ${id} for order ${order}`);
      const given = { rules: await items.version(state.item.code, state.item.version), settings };
      const settledAt = new Date(paidAt).toISOString();
      const command = { at: now(), by: platform, key: event, fingerprint: "" };
      const decision = settleFee(state, given, { due, order, settledAt }, command);
      if (!decision.ok) return logger.info("order.ignored", { application: id, order, code: decision.refusal.code });
      await applications.save(decision.value);
      logger.info("fee.settled", { application: id, order });
    }),
  );
