import { GuardianReplacedV1, PersonRegisteredV1, SessionsVoidedV1 } from "#shared/contracts/events/identity.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { Guardianship, People, Voided } from "../domain/account-ports.ts";
import { comesOfAge, type OpenPerson, type Person } from "../domain/person.ts";
import { guardianshipKey, guardianshipRow } from "./grounds-store.ts";
import type { IdentityRows } from "./identity-rows.ts";
import { numberKeys, numberRow, personKey, personOf, personRow, phoneReferences } from "./person-row.ts";

const registered = ({ id, assurance, guardian, registeredAt }: OpenPerson) =>
  eventsOf({ source: "/identity", subject: id, version: 1, at: registeredAt }, [
    {
      contract: PersonRegisteredV1,
      data: { person: id, assurance: assurance.level, ...(guardian && { guardian }) },
    },
  ]);

const sessionsVoided = (
  { id, version }: Pick<Person, "id" | "version">,
  { reason, at, except }: Omit<Voided, "reason"> & { readonly reason: Voided["reason"] | "closed" },
) =>
  eventsOf({ source: "/identity", subject: id, version, at }, [
    { contract: SessionsVoidedV1, data: { person: id, reason, ...(except && { except }) } },
  ]);

const guardianReplaced = ({ id, version, guardian, guardianReplaced: replaced }: OpenPerson) => {
  if (!replaced) throw new Error("a guardian is replaced on what was shown");
  const { visit, department: servedBy, at } = replaced;
  return eventsOf({ source: "/identity", subject: id, version, at }, [
    { contract: GuardianReplacedV1, data: { person: id, ...(guardian && { guardian }), visit, servedBy } },
  ]);
};

export const peopleStore = (rows: IdentityRows, cipher: FieldCipher): People => {
  const find = async (id: string) => {
    const row = await rows.find(personKey(id));
    return row && personOf(cipher, row);
  };
  const findOpen = async (id: unknown): Promise<OpenPerson | undefined> => {
    const person = typeof id === "string" ? await find(id) : undefined;
    return person?.status === "open" ? person : undefined;
  };

  return {
    find,
    async byIdNumber(idNumber) {
      for (const key of numberKeys(cipher, idNumber)) {
        const claim = await rows.find(key);
        if (claim) return findOpen(claim.person);
      }
      return undefined;
    },
    async byPhone(phone) {
      const keys = await Promise.all(phoneReferences(cipher, phone).map((value) => rows.keysBy("reference", value)));
      const people = await Promise.all(
        [...new Set(keys.flat())].map((key) => findOpen(key.slice(personKey("").length))),
      );
      // The index may lag behind: what counts is what the row says.
      return people.filter((person) => person !== undefined).filter((person) => person.phone === phone);
    },
    async open(person, guardianship?: Guardianship) {
      const [, ...previous] = numberKeys(cipher, person.idNumber);
      await rows.saveTogether({
        aggregate: personRow(cipher, person),
        events: registered(person),
        claim: [numberRow(cipher, person), ...(guardianship ? [guardianshipRow(guardianship)] : [])],
        free: previous,
      });
    },
    bind: (child, guardianship) =>
      rows.saveTogether({ aggregate: personRow(cipher, child), events: [], claim: [guardianshipRow(guardianship)] }),
    replaceGuardian(child, before) {
      const { id, guardian, idNumber } = child;
      return rows.saveTogether({
        aggregate: personRow(cipher, child),
        events: guardianReplaced(child),
        put: guardian ? [guardianshipRow({ guardian, child: id, validUntil: comesOfAge(idNumber) })] : [],
        remove: [guardianshipKey(id, before)],
      });
    },
    save(person, voided) {
      const kept = voided && voided.except === undefined ? { ...person, notBefore: voided.at } : person;
      return rows.save(personRow(cipher, kept), voided ? sessionsVoided(person, voided) : []);
    },
    close: (person, was) =>
      rows.saveTogether({
        aggregate: personRow(cipher, person),
        events: sessionsVoided(person, { reason: "closed", at: person.closedAt }),
        remove: [...numberKeys(cipher, was.idNumber)],
      }),
  };
};
