import { accept, refuse } from "#shared/kernel/decision.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { giveConsent, raiseAssurance } from "../domain/person.ts";
import type { StepUpAccounts } from "./accounts.ts";
import { type AccountParts, findActing, findOpen, signedInAs } from "./parts.ts";

export const stepUpAccounts = (parts: AccountParts): StepUpAccounts => ({
  async beginStepUp(by, { method, returnTo, consent }, { channel }) {
    const person = await untilNoRace(async () => {
      const found = await findActing(parts, by);
      const agreed = found && giveConsent(found, { purpose: "biometric", ...consent, channel }, parts.now());
      if (agreed) await parts.people.save(agreed);
      return agreed ?? found;
    });
    if (!person) return refuse("person.closed");
    const { id, name, idNumber } = person;
    const begun = await parts.verifier.begin({ name, idNumber, method, returnTo });
    if (begun.result !== "begun") return refuse(`step-up.${begun.result}`);
    await parts.tickets.open(begun.ticket, id, parts.now());
    return accept({ ticket: begun.ticket, url: begun.url });
  },

  async finishStepUp(id, ticket) {
    if ((await parts.tickets.personOf(ticket)) !== id) return refuse("step-up.rejected");
    const outcome = await parts.verifier.outcome(ticket);
    if (outcome.result !== "verified") return refuse(`step-up.${outcome.result}`);
    const { method } = outcome;
    return untilNoRace(async () => {
      const person = await findOpen(parts, id);
      if (!person) return refuse("step-up.rejected");
      const raised = raiseAssurance(person, { level: 3, method }, parts.now());
      if (raised) await parts.people.save(raised);
      return accept(signedInAs(raised ?? person, method));
    });
  },
});
