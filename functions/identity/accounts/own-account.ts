import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { maskedIdNumber, maskedName, maskedPhone } from "#shared/kernel/masking.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import type { AccessedThing } from "../domain/account-ports.ts";
import { revokeMandate } from "../domain/mandate.ts";
import { isAdmin, removeMember } from "../domain/organisation.ts";
import {
  changePerson,
  closePerson,
  giveConsent,
  isWeakPassword,
  normalPhone,
  type OpenPerson,
  withdrawConsent,
} from "../domain/person.ts";
import type { CodeProof, LimitRefusal, Origin, OwnAccount, OwnAccounts } from "./accounts.ts";
import { maySend, sendCode, tryCode } from "./challenges.ts";
import { type AccountParts, clientOf, findActing, findOpen, tell, within } from "./parts.ts";

const viewOf = (person: OpenPerson): OwnAccount => ({
  id: person.id,
  version: person.version,
  name: maskedName(person.name),
  idNumber: maskedIdNumber(person.idNumber),
  ...(person.phone && { phone: maskedPhone(person.phone) }),
  assurance: person.assurance,
  hasPassword: person.password !== undefined,
  consents: person.consents,
  upstreams: person.upstreams,
  registeredAt: person.registeredAt,
});

export const ownAccounts = (parts: AccountParts): OwnAccounts => {
  const { people, records, passwords, now } = parts;
  const record = (person: string, client: string, purpose: string, what: AccessedThing) =>
    records.add(person, { id: newId(), at: now(), by: { client }, purpose, what });

  /** Whoever is signed in tries at the password of their own account. */
  const mayTry = (id: string, { source }: Origin) => within(parts, { "sign-in-account": id, "sign-in-source": source });

  /**
   * Who changes the phone of an account may reset its password by it. So they know the password; without one, the phone until
   * now is in their hands. An account that has neither has nothing to prove it by, and nothing yet that could be taken.
   */
  const provesItself = async (
    { id, phone: before, password }: OpenPerson,
    { phone, current, present }: { phone: string; current: string; present?: CodeProof | undefined },
    origin: Origin,
  ): Promise<Decision<unknown, LimitRefusal | "person.password-wrong" | "person.present-phone-wrong">> => {
    if (password) {
      const allowed = await mayTry(id, origin);
      if (!allowed.ok) return allowed;
      if (!(await passwords.verify(current, password))) return refuse("person.password-wrong");
      await parts.limits.clear("sign-in-account", id);
    } else if (before !== undefined && before !== phone) {
      if (!present) return refuse("person.present-phone-wrong");
      // Not of the other code: whoever mistypes that one comes again with this one, which is used up by then.
      const use = { request: JSON.stringify([id, before, phone, present.code]) };
      const proven = await tryCode(parts, present, { purpose: "change-phone", phone: before, origin }, use);
      if (!proven.ok)
        return refuse(
          proven.refusal.code === "challenge.wrong-code" ? "person.present-phone-wrong" : proven.refusal.code,
        );
    }
    return accept(undefined);
  };

  /** What ties others to an account that closes: undone, all of it, before it closes. */
  const untie = async ({ id }: OpenPerson): Promise<void> => {
    for (const organisation of await parts.organisations.ofMember(id)) {
      const decision = removeMember(organisation, id, id);
      if (decision.ok) await parts.organisations.save(decision.value, organisation);
    }
    for (const { child } of await parts.guardianships.ofGuardian(id)) await parts.guardianships.end(child, id);
    const held = await parts.mandates.byAgent(id);
    const given = await parts.mandates.byPrincipal({ kind: "natural", id });
    for (const mandate of [...held, ...given]) {
      const revoked = revokeMandate(mandate, id, now());
      if (revoked) await parts.mandates.save(revoked);
    }
  };

  return {
    async account(id, signedInAt) {
      const person = await (signedInAt === undefined
        ? findOpen(parts, id)
        : findActing(parts, { person: id, signedInAt }));
      return person && viewOf(person);
    },

    async profile(id, reading) {
      const person = await findOpen(parts, id);
      if (!person) return undefined;
      if (reading) await record(id, reading.client, reading.purpose, "profile");
      const { name, phone } = person;
      return reading
        ? { name, ...(phone && { phone }), masked: false }
        : { name: maskedName(name), ...(phone && { phone: maskedPhone(phone) }), masked: true };
    },

    giveConsent: (by, consent, origin) =>
      untilNoRace(async () => {
        const person = await findActing(parts, by);
        if (!person) return refuse("person.closed");
        const given = giveConsent(person, { ...consent, channel: origin.channel }, now());
        if (given) await people.save(given);
        return accept((given ?? person).consents);
      }),

    withdrawConsent: (by, purpose) =>
      untilNoRace(async () => {
        const person = await findActing(parts, by);
        if (!person) return refuse("person.closed");
        const decision = withdrawConsent(person, purpose, now());
        if (!decision.ok) return decision;
        await people.save(decision.value);
        return accept(decision.value.consents);
      }),

    async changePassword(id, { current, wanted, id: request }, origin) {
      const allowed = await mayTry(id, origin);
      if (!allowed.ok) return allowed;
      const before = await findOpen(parts, id);
      if (before && request !== undefined && before.password?.setBy === request) {
        if (!(await passwords.verify(wanted, before.password))) return refuse("person.password-wrong");
        // The first may have come no further than this.
        await parts.endSessions(id, origin.session);
        return accept({ version: before.version });
      }
      if (!(await passwords.verify(current, before?.password)) || !before) return refuse("person.password-wrong");
      if (isWeakPassword(wanted, [before.idNumber, before.idNumber.slice(0, -1), before.phone]))
        return refuse("person.password-weak");
      await parts.limits.clear("sign-in-account", id);
      const password = { ...(await passwords.hash(wanted)), ...(request !== undefined && { setBy: request }) };
      const changed = changePerson(before, { password });
      // By our own page its session stays; who comes by a channel cannot be told apart from who was there before.
      await people.save(changed, { reason: "password-changed", at: now(), except: origin.session });
      await parts.endSessions(id, origin.session);
      await tell(parts, before.phone, "password-changed");
      return accept({ version: changed.version });
    },

    async changePhone(by, { phone: typed, current = "", present, id: key, ...proof }, origin) {
      const phone = normalPhone(typed) ?? "";
      const holder = await findActing(parts, by);
      if (!holder) return refuse("person.closed");
      const itself = await provesItself(holder, { phone, current, present }, origin);
      if (!itself.ok) return itself;
      const use = { request: JSON.stringify([key, by.person, phone, proof.code]), asOf: holder.version };
      const proven = await tryCode(parts, proof, { purpose: "change-phone", phone, origin }, use);
      if (!proven.ok) return proven;
      return untilNoRace(async () => {
        const person = await findActing(parts, by);
        if (!person) return refuse("person.closed");
        if (person.phone === phone) return accept({ version: person.version });
        // What was proven was proven of the account as it was: one that was changed since may be in other hands.
        if (person.version !== proven.value.asOf) return refuse("challenge.wrong-code");
        const changed = changePerson(person, { phone });
        await people.save(changed);
        await tell(parts, person.phone, "phone-changed");
        return accept({ version: changed.version });
      });
    },

    async exportOwnData(by, origin) {
      const person = await findActing(parts, by);
      if (!person) return refuse("person.closed");
      const { id } = person;
      await record(id, clientOf(origin), "own-request", "export");
      const { password, ...own } = person;
      const [organisations, held, given, wards, visits, sessions, accesses] = await Promise.all([
        parts.organisations.ofMember(id),
        parts.mandates.byAgent(id),
        parts.mandates.byPrincipal({ kind: "natural", id }),
        parts.guardianships.ofGuardian(id),
        parts.visits.ofPerson(id),
        parts.sessionsOf(id),
        allRecords(parts, id),
      ]);
      return accept({
        exportedAt: now(),
        person: { ...own, hasPassword: password !== undefined },
        memberships: organisations.map(({ uscc, name, members }) => ({
          uscc,
          name,
          roles: members.find((member) => member.person === id)?.roles ?? [],
        })),
        mandatesHeld: held.map(({ fingerprint: _, ...mandate }) => mandate),
        mandatesGiven: given.map(({ fingerprint: _, ...mandate }) => mandate),
        wards,
        counterVisits: visits.map(({ version: _version, request: _request, ...visit }) => visit),
        sessions,
        accesses,
      });
    },

    async startOwnCode(by, purpose, origin) {
      const person = await findActing(parts, by);
      if (!person) return refuse("person.closed");
      const { phone } = person;
      if (phone === undefined) return refuse("person.no-phone");
      const allowed = await maySend(parts, phone, origin);
      if (!allowed.ok) return allowed;
      const sent = await sendCode(parts, { id: newId(), phone, purpose, silent: false });
      return sent.ok ? accept({ challenge: sent.value.challenge, maskedPhone: maskedPhone(phone) }) : sent;
    },

    async closeAccount(id, proof, origin) {
      const person = await people.find(id);
      if (!person) return refuse("person.closed");
      if (person.status === "closed") {
        await parts.endSessions(id);
        return accept({ closedAt: person.closedAt });
      }
      if ("password" in proof) {
        const allowed = await mayTry(id, origin);
        if (!allowed.ok) return allowed;
        if (!(await passwords.verify(proof.password, person.password))) return refuse("person.password-wrong");
      } else {
        const proven = await tryCode(parts, proof, { purpose: "close-account", phone: person.phone ?? "", origin });
        if (!proven.ok) return proven;
      }
      const decided = await untilNoRace(async () => {
        const current = await findOpen(parts, id);
        if (!current) return refuse("person.closed");
        const organisations = await parts.organisations.ofMember(id);
        const lastAdminOf = organisations.filter(
          (organisation) => isAdmin(organisation, id) && !removeMember(organisation, id, id).ok,
        ).length;
        const duties = { openCases: await parts.cases.hasOpen(id), lastAdminOf };
        const decision = closePerson(current, duties, now());
        if (!decision.ok) return decision;
        await untie(current);
        await people.close(decision.value, current);
        return accept({ closedAt: decision.value.closedAt });
      });
      if (!decided.ok) return decided;
      await parts.endSessions(id);
      await tell(parts, person.phone, "account-closed");
      return decided;
    },

    accessLog: (person, page) => records.list(person, page),
    recordAccess: (person, entry) => records.add(person, entry),
  };
};

const allRecords = async ({ records }: AccountParts, person: string) => {
  const all = [];
  for (let cursor: string | undefined; ; ) {
    const page = await records.list(person, { cursor, limit: 100 });
    if (page === "bad-cursor") throw new Error("the list does not take its own cursor");
    all.push(...page.items);
    cursor = page.next;
    if (cursor === undefined) return all;
  }
};
