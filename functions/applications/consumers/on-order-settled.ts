import { OrderSettledV1 } from "#shared/contracts/events/payments.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { type CaseDeps, givenOf } from "../case-deps.ts";
import { platform } from "../domain/application.ts";
import { settleFee } from "../domain/fees.ts";

/** The fee of a case is paid: what waited for it goes on. Told twice, the fee is settled already and nothing happens. */
export const onOrderSettled = (deps: CaseDeps) =>
  consume(OrderSettledV1.schema, ({ id: event, subject: order, data: { purpose, settledAt: paidAt } }) =>
    untilNoRace(async () => {
      const { kind, id, due } = purpose;
      if (kind !== "application" || due === "shipment") return;
      const state = await deps.applications.find(id);
      if (!state) throw new Error(`no case ${id} for order ${order}`);
      const given = await givenOf(deps, state);
      const settledAt = new Date(paidAt).toISOString();
      const command = { at: deps.now(), by: platform, key: event, fingerprint: "" };
      const decision = settleFee(state, given, { due, order, settledAt }, command);
      if (!decision.ok) return logger.info("order.ignored", { application: id, order, code: decision.refusal.code });
      await deps.applications.save(decision.value);
      logger.info("fee.settled", { application: id, order });
    }),
  );
