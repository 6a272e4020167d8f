import { accept, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { StaleVersionError, untilNoRace } from "#shared/runtime/outbox.ts";
import type { Guardianship } from "../domain/account-ports.ts";
import {
  bindGuardian,
  checkRegistration,
  comesOfAge,
  isChild,
  isWeakPassword,
  normalIdNumber,
  normalPhone,
  type OpenPerson,
  type Registration,
  registerPerson,
} from "../domain/person.ts";
import type { RegistrationAccounts } from "./accounts.ts";
import { tryCode } from "./challenges.ts";
import { type AccountParts, findActing, findOpen, tell, within } from "./parts.ts";

/** The account of an ID number: the one there is, or one opened now, whoever else tries at the same time. */
export const findOrOpen = async (
  { people }: Pick<AccountParts, "people">,
  person: OpenPerson,
  guardianship?: Guardianship,
): Promise<{ readonly person: OpenPerson; readonly opened: boolean }> => {
  const known = await people.byIdNumber(person.idNumber);
  if (known) return { person: known, opened: false };
  try {
    await people.open(person, guardianship);
    return { person, opened: true };
  } catch (error) {
    const winner = error instanceof StaleVersionError ? await people.byIdNumber(person.idNumber) : undefined;
    if (!winner) throw error;
    return { person: winner, opened: false };
  }
};

export const registrationAccounts = (parts: AccountParts): RegistrationAccounts => ({
  async register({ name, idNumber: typed, password, phone: typedPhone, proof, consents }, origin) {
    const at = parts.now();
    const idNumber = normalIdNumber(typed);
    const phone = normalPhone(typedPhone);
    const problem = checkRegistration({ idNumber, consents }, at);
    if (problem) return refuse(problem);
    if (isWeakPassword(password, [idNumber.slice(0, -1), idNumber, phone])) return refuse("person.password-weak");
    const allowed = await within(parts, { "register-source": origin.source });
    if (!allowed.ok) return allowed;
    // A repeat while this is still under way, or after it failed halfway, has proven the same and goes on.
    const use = { request: JSON.stringify([idNumber, name, phone, proof.code]), opens: newId() };
    const proven = await tryCode(parts, proof, { purpose: "register", phone: phone ?? "", origin }, use);
    if (!proven.ok) return proven;
    const { opens: id = use.opens, isRepeat } = proven.value;

    // Computed whether it is needed or not: the time it takes tells nothing.
    const record = await parts.passwords.hash(password);
    const registration: Registration = {
      id,
      name,
      idNumber,
      phone,
      password: record,
      assurance: { level: 1, method: "self-declared" },
      consents,
      channel: origin.channel,
    };
    const decision = registerPerson(registration, at);
    if (!decision.ok) return decision;
    await parts.evenly(async () => {
      const { person } = await untilNoRace(() => findOrOpen(parts, decision.value));
      if (person.id !== id && !isRepeat) await tell(parts, person.phone, "registered-already");
    });
    return accept({ next: "sign-in" });
  },

  async registerWard(by, { name, idNumber: typed, consents }, origin) {
    const at = parts.now();
    const idNumber = normalIdNumber(typed);
    const { person: guardian } = by;
    const problem = checkRegistration({ idNumber, consents, guardian }, at);
    if (problem === "person.guardian-needed") throw new Error("a guardian was given");
    if (problem) return refuse(problem);
    const adult = await findActing(parts, by);
    if (!adult || adult.assurance.level < 2) return refuse("person.assurance-too-low");
    if (!isChild(idNumber, at)) return refuse("person.not-a-child");
    const allowed = await within(parts, { "register-source": origin.source });
    if (!allowed.ok) return allowed;
    const decision = registerPerson(
      {
        id: newId(),
        name,
        idNumber,
        assurance: { level: 1, method: "self-declared", by: guardian },
        consents,
        guardian,
        channel: origin.channel,
      },
      at,
    );
    if (!decision.ok) throw new Error("it was checked before");
    const guardianshipOf = (child: string) => ({ guardian, child, validUntil: comesOfAge(idNumber) });
    await untilNoRace(async () => {
      const { person, opened } = await findOrOpen(parts, decision.value, guardianshipOf(decision.value.id));
      if (opened || !person.guardian || person.guardian === guardian) return;
      const holder = await findOpen(parts, person.guardian);
      if (holder) return tell(parts, holder.phone, "registered-already");
      // Nobody acts for the child any longer; its name is asked of whoever wants to, as its number is known to many.
      if (person.name !== name) return;
      const bound = bindGuardian(person, { guardian, consents, channel: origin.channel }, at);
      await parts.people.bind(bound, guardianshipOf(person.id));
    });
    return accept({ next: "act-for-ward" });
  },
});
