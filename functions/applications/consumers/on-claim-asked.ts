import { ClaimAskedV1 } from "#shared/contracts/events/notifications.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { type CaseDeps, givenOf } from "../case-deps.ts";
import { claimTask } from "../domain/claims.ts";

/**
 * An official takes a case's task from the government chat, which has made sure who they are and what they may do. They decided on
 * what they saw: a case that has changed since is left to be looked at again.
 */
export const onClaimAsked = (deps: CaseDeps) =>
  consume(ClaimAskedV1.schema, ({ id: event, department, data }) =>
    untilNoRace(async () => {
      const state = await deps.applications.find(data.case);
      const facts = { application: data.case, officer: data.staff };
      if (!state || state.item.department.uscc !== department) return logger.warn("claim.not-theirs", facts);
      if (state.version !== data.caseSequence) return logger.info("claim.case-moved-on", facts);
      const given = await givenOf(deps, state);
      const by = { client: "government-chat", officer: data.staff };
      const decision = claimTask(state, given, data.staff, { at: deps.now(), by, key: event, fingerprint: "" });
      if (!decision.ok) return logger.info("claim.refused", { ...facts, code: decision.refusal.code });
      await deps.applications.save(decision.value);
      logger.info("case.claimed", facts);
    }),
  );
