import { accept, refuse } from "#shared/kernel/decision.ts";
import { maskedName } from "#shared/kernel/masking.ts";
import { StaleVersionError, untilNoRace } from "#shared/runtime/outbox.ts";
import { grantMandate } from "../domain/mandate.ts";
import {
  isAdmin,
  type Organisation,
  registerOrganisation,
  removeMember,
  setMember,
  type UsccCheck,
} from "../domain/organisation.ts";
import { normalIdNumber } from "../domain/person.ts";
import type { OrganisationAccounts, OrganisationView } from "./accounts.ts";
import { type AccountParts, findActing, findOpen, tell } from "./parts.ts";
import { maySpeakFor, viewOfMandate } from "./principals.ts";

/** Least assurance of those who bind others. */
const LEAST = 2;

const viewOf = async (parts: AccountParts, organisation: Organisation): Promise<OrganisationView> => {
  const { uscc, version, name, kind, members, checked, registeredAt } = organisation;
  const named = members.map(async (member) => {
    const person = await findOpen(parts, member.person);
    return { ...member, name: person ? maskedName(person.name) : "—" };
  });
  return {
    uscc,
    version,
    name,
    kind,
    members: await Promise.all(named),
    checked,
    representativeVerified: false,
    registeredAt,
  };
};

export const organisationAccounts = (parts: AccountParts, check: UsccCheck): OrganisationAccounts => ({
  async registerOrganisation(by, { representative, ...wanted }) {
    const person = await findActing(parts, by);
    if (!person) return refuse("organisation.not-representative");
    const decision = registerOrganisation(
      wanted,
      { ...representative, idNumber: normalIdNumber(representative.idNumber) },
      { ...person, assurance: person.assurance.level },
      check,
      parts.now(),
    );
    if (!decision.ok) return decision;
    try {
      await parts.organisations.save(decision.value, undefined);
      return accept(await viewOf(parts, decision.value));
    } catch (error) {
      const known = error instanceof StaleVersionError ? await parts.organisations.find(wanted.uscc) : undefined;
      if (!known) throw error;
      // A repeat by the same person answers as the first time.
      const same = known.version === 1 && known.representative === person.id && known.name === wanted.name;
      return same ? accept(await viewOf(parts, known)) : refuse("organisation.exists");
    }
  },

  async organisation(person, uscc) {
    const organisation = await parts.organisations.find(uscc);
    return organisation?.members.some((member) => member.person === person)
      ? accept(await viewOf(parts, organisation))
      : refuse("organisation.not-found");
  },

  setMember: (person, uscc, member) =>
    untilNoRace(async () => {
      const organisation = await parts.organisations.find(uscc);
      if (!organisation || !isAdmin(organisation, person)) return refuse("organisation.not-found");
      if (!(await findOpen(parts, member.person))) return refuse("member.unknown-person");
      const decision = setMember(organisation, member, person, parts.now());
      if (!decision.ok) return decision;
      await parts.organisations.save(decision.value, organisation);
      return accept(await viewOf(parts, decision.value));
    }),

  removeMember: (person, uscc, member) =>
    untilNoRace(async () => {
      const organisation = await parts.organisations.find(uscc);
      if (!organisation || (!isAdmin(organisation, person) && person !== member))
        return refuse("organisation.not-found");
      const decision = removeMember(organisation, member, person);
      if (!decision.ok) return decision;
      await parts.organisations.save(decision.value, organisation);
      return accept(await viewOf(parts, decision.value));
    }),

  async grantMandate(by, wanted) {
    const known = await parts.mandates.find(wanted.id);
    if (known)
      return known.fingerprint === wanted.fingerprint
        ? accept(await viewOfMandate(parts, known))
        : refuse("request.key-reused");
    if (!(await maySpeakFor(parts, by.person, wanted.principal))) return refuse("mandate.not-yours-to-grant");
    const person = await findActing(parts, by);
    if (!person || person.assurance.level < LEAST) return refuse("person.assurance-too-low");
    const agent = await findOpen(parts, wanted.agent);
    if (!agent) return refuse("mandate.unknown-agent");
    const decision = grantMandate({ ...wanted, grantedBy: person.id }, parts.now());
    if (!decision.ok) return decision;
    await parts.mandates.save(decision.value);
    await tell(parts, agent.phone, "mandate-granted");
    return accept(await viewOfMandate(parts, decision.value));
  },

  async verifyMandate(id) {
    const mandate = await parts.mandates.find(id);
    return mandate ? accept(await viewOfMandate(parts, mandate)) : refuse("mandate.not-found");
  },

  async verifyPerson({ person: id, name, idNumber }, { id: request, client, department, purpose }) {
    const person = await findOpen(parts, id);
    if (!person) return { matches: false };
    await parts.records.addOnce(id, {
      id: request,
      at: parts.now(),
      by: { client },
      ...(department && { department }),
      purpose,
      what: "verification",
    });
    const matches = person.name === name && person.idNumber === normalIdNumber(idNumber);
    return matches ? { matches, assurance: person.assurance.level } : { matches };
  },
});
