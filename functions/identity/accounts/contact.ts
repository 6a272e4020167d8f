import { accept, refuse } from "#shared/kernel/decision.ts";
import type { OpenPerson } from "../domain/person.ts";
import type { Contact, ContactAccounts } from "./accounts.ts";
import { type AccountParts, findOpen } from "./parts.ts";

const noticesOf = ({ consents }: OpenPerson): Contact["notices"] => {
  const asked = consents.filter(({ purpose }) => purpose === "notices");
  if (asked.length === 0) return "not-asked";
  return asked.some(({ withdrawnAt }) => !withdrawnAt) ? "agreed" : "withdrawn";
};

export const contactAccounts = (parts: AccountParts): ContactAccounts => ({
  async contact(id, { id: request, client, purpose, reference }) {
    const person = await findOpen(parts, id);
    if (!person) return refuse("person.closed");
    const guardian = person.phone === undefined && person.guardian ? await findOpen(parts, person.guardian) : undefined;
    const reached = guardian ?? person;
    const notices = noticesOf(reached);
    // Who does not want messages is left alone, but for what the law has them told.
    const phone = purpose === "progress-message" && notices === "withdrawn" ? undefined : reached.phone;
    await parts.records.addOnce(id, {
      id: request,
      at: parts.now(),
      by: { client },
      purpose,
      what: "contact",
      ...(reference && { reference }),
    });
    return accept({ ...(phone && { phone }), of: guardian ? "guardian" : "person", notices });
  },
});
