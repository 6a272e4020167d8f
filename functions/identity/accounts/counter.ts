import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { derivedId, newId } from "#shared/kernel/ids.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { type CounterVisit, endVisit, isOpen, openVisit } from "../domain/counter-visit.ts";
import { replaceGuardian } from "../domain/guardian.ts";
import { replaceRepresentative } from "../domain/organisation.ts";
import { nameDiffers, normalIdNumber, normalPhone, registerPerson, vouchFor } from "../domain/person.ts";
import type { CounterAccounts, CounterSession } from "./accounts.ts";
import { type AccountParts, clientOf, findOpen, tell } from "./parts.ts";
import { claimsOf, principalAccounts } from "./principals.ts";
import { findOrOpen } from "./registration.ts";

export const counterAccounts = (parts: AccountParts): CounterAccounts => {
  const { mayActFor } = principalAccounts(parts);
  const viewOf = ({
    version: _version,
    ground: _ground,
    request: _request,
    endedAt,
    ...visit
  }: CounterVisit): CounterSession => ({
    ...visit,
    status: isOpen({ endedAt, endsAt: visit.endsAt }, parts.now()) ? "open" : "ended",
  });
  const clerkOf = async (number: string) => {
    const member = await parts.staff.find(number);
    return member?.roles.includes("clerk") ? member : undefined;
  };

  /** The visit of somebody who has come in a matter of their own, while it lasts. */
  const servedForThemselves = async (
    number: string,
    id: string,
  ): Promise<Decision<CounterVisit, "counter.not-a-clerk" | "counter.not-found" | "person.acting-for-another">> => {
    if (!(await clerkOf(number))) return refuse("counter.not-a-clerk");
    const visit = await parts.visits.find(id);
    if (!visit || visit.staff !== number || !isOpen(visit, parts.now())) return refuse("counter.not-found");
    const { principal, person } = visit;
    return principal.kind === "natural" && principal.id === person
      ? accept(visit)
      : refuse("person.acting-for-another");
  };

  return {
    async openCounterSession(number, { id = newId(), name, idNumber: typed, phone: typedPhone, actFor }, origin) {
      const clerk = await clerkOf(number);
      if (!clerk) return refuse("counter.not-a-clerk");
      const idNumber = normalIdNumber(typed);
      // A key that comes with another visitor is not answered with the visit of the one before.
      const marks = parts.visits.marksOf(JSON.stringify([name, idNumber, typedPhone, actFor?.kind, actFor?.id]));
      const known = await parts.visits.find(id);
      if (known)
        return known.request === undefined || marks.includes(known.request)
          ? accept(viewOf(known))
          : refuse("request.key-reused");
      const at = parts.now();
      const phone = typedPhone && normalPhone(typedPhone);
      const vouched = { level: 2, method: "counter", by: clerk.department } as const;
      const decision = registerPerson(
        {
          id: newId(),
          name,
          idNumber,
          phone,
          assurance: vouched,
          // Agreed to on paper, at the counter.
          consents: [
            { purpose: "account", textVersion: "counter-paper" },
            { purpose: "sensitive-data", textVersion: "counter-paper" },
          ],
          channel: "window",
        },
        at,
      );
      if (!decision.ok)
        return refuse(
          decision.refusal.code === "person.guardian-needed" ? "person.guardian-needed" : "person.invalid-id-number",
        );
      const person = await untilNoRace(async () => {
        const found = await findOrOpen(parts, decision.value);
        if (found.opened || nameDiffers(found.person, name)) return found.person;
        // Not from before the reads: whoever signed in while they lasted is to be out as well.
        const now = parts.now();
        const raised = vouchFor(found.person, { ...vouched, name, phone }, now);
        if (!raised) return found.person;
        const takenOver = found.person.assurance.level < 2;
        await parts.people.save(raised, takenOver ? { reason: "taken-over", at: now } : undefined);
        if (takenOver) await parts.endSessions(raised.id);
        return raised;
      });
      if (person.name !== name) return refuse("counter.name-differs");
      const principal = actFor ?? { kind: "natural", id: person.id };
      const acting = await mayActFor(person.id, principal);
      if (!acting.ok) return acting;
      const { ground } = acting.value.claims;
      const visit = openVisit(
        {
          id,
          staff: number,
          department: clerk.department,
          person: person.id,
          principal,
          ...(ground && { ground }),
          request: marks[0],
        },
        at,
      );
      // Whoever is said to stand at the counter sees it: if they did not, they can complain.
      await parts.records.addOnce(person.id, {
        id: derivedId("counter-visit", id),
        at,
        by: { client: clientOf(origin), staff: number },
        department: clerk.department,
        purpose: "acceptance",
        what: "counter",
      });
      await parts.visits.save(visit);
      return accept(viewOf(visit));
    },

    endCounterSession: (number, id) =>
      untilNoRace(async () => {
        const visit = await parts.visits.find(id);
        if (!visit) return refuse("counter.not-found");
        const decision = endVisit(visit, number, parts.now());
        if (!decision.ok) return decision;
        if (decision.value !== visit) await parts.visits.save(decision.value);
        return accept(viewOf(decision.value));
      }),

    async replaceRepresentative(number, id, { uscc, evidence }) {
      const served = await servedForThemselves(number, id);
      if (!served.ok) return served;
      const { person, department, openedAt } = served.value;
      return untilNoRace(async () => {
        const organisation = await parts.organisations.find(uscc);
        if (!organisation) return refuse("organisation.not-found");
        // Whoever has closed their account since they were served could not sign in to what they are given.
        if (!(await findOpen(parts, person))) return refuse("counter.not-found");
        const shown = { visit: id, staff: number, department, evidence, openedAt };
        const decision = replaceRepresentative(organisation, person, shown, parts.now());
        if (!decision.ok) return decision;
        const replaced = decision.value;
        if (replaced !== organisation) {
          await parts.organisations.save(replaced, organisation);
          const before = await findOpen(parts, organisation.representative);
          await tell(parts, before?.phone, "representative-replaced");
        }
        const { version, representative } = replaced;
        return accept({ uscc, version, representative });
      });
    },

    async replaceGuardian(number, id, { name, idNumber, evidence }) {
      const served = await servedForThemselves(number, id);
      if (!served.ok) return served;
      const { person: visitor, department, openedAt } = served.value;
      return untilNoRace(async () => {
        const child = await parts.people.byIdNumber(normalIdNumber(idNumber));
        if (!child) return refuse("guardian.none");
        if (!(await findOpen(parts, visitor))) return refuse("counter.not-found");
        const shown = { visit: id, staff: number, department, evidence, openedAt };
        const decision = replaceGuardian(child, name, visitor, shown, parts.now());
        if (!decision.ok) return decision;
        const replaced = decision.value;
        if (replaced !== child && child.guardian) {
          await parts.people.replaceGuardian(replaced, child.guardian);
          const before = await findOpen(parts, child.guardian);
          await tell(parts, before?.phone, "guardian-replaced");
        }
        const { id: person, version, guardian } = replaced;
        return accept({ person, version, ...(guardian && { guardian }) });
      });
    },

    async counterClaims(number, id) {
      const visit = await parts.visits.find(id);
      if (!visit || visit.staff !== number || !isOpen(visit, parts.now())) return refuse("counter.not-found");
      if (!(await clerkOf(number))) return refuse("counter.not-found");
      const person = await findOpen(parts, visit.person);
      const acting = await mayActFor(visit.person, visit.principal);
      if (!person || !acting.ok) return refuse("counter.not-found");
      return accept({ ...claimsOf(person, acting.value.choice), helper: number, counter: id });
    },
  };
};
