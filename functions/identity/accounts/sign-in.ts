import { accept, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { maskedIdNumber, maskedName } from "#shared/kernel/masking.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import {
  changePerson,
  confirmPerson,
  isWeakPassword,
  nameDiffers,
  normalIdNumber,
  normalPhone,
  type OpenPerson,
  registerPerson,
  vouchFor,
} from "../domain/person.ts";
import type { CodeRefusal, SignInAccounts } from "./accounts.ts";
import { tryCode } from "./challenges.ts";
import { type AccountParts, findOpen, signedInAs, tell, within } from "./parts.ts";
import { findOrOpen } from "./registration.ts";

/** Least assurance an upstream must vouch for before its word on an ID number counts. */
const LEAST_OF_UPSTREAM = 2;

/** A wrong code and an account that is not there answer the same. */
const asSignIn = (code: CodeRefusal) => refuse(code === "challenge.wrong-code" ? "sign-in.failed" : code);

/** What tries at a person's password are counted by, whether it was the phone or the ID number that was typed. */
const anyNameOf = ({ id }: OpenPerson): string => `person:${id}`;

const forgetTries = async ({ limits }: AccountParts, person: OpenPerson, ...typed: string[]): Promise<void> => {
  await Promise.all([anyNameOf(person), ...typed].map((name) => limits.clear("sign-in-account", name)));
};

export const signInAccounts = (parts: AccountParts): SignInAccounts => ({
  async signInWithPassword({ identifier, password }, origin) {
    const phone = normalPhone(identifier);
    const account = phone ?? normalIdNumber(identifier);
    // Counted by what was typed, so that an account that is not there locks like one that is.
    const allowed = await within(parts, { "sign-in-account": account, "sign-in-source": origin.source });
    if (!allowed.ok) return allowed;
    const holders = phone ? await parts.people.byPhone(phone) : [await parts.people.byIdNumber(account)];
    const [person] = holders.length === 1 ? holders : [];
    // By whatever it was named: a phone and an ID number of one person allow no more tries than either. Beyond them the answer
    // is that to a wrong password: "too many" would tell that the two belong together.
    const tried = await within(parts, { "sign-in-account": person ? anyNameOf(person) : `nobody:${account}` });
    const right = await parts.passwords.verify(password, person?.password);
    if (!person || !right || !tried.ok) return refuse("sign-in.failed");
    await forgetTries(parts, person, account);
    return accept(signedInAs(person, "pwd"));
  },

  async signInWithPhoneCode({ phone: typed, ...proof }, origin) {
    const phone = normalPhone(typed) ?? "";
    const proven = await tryCode(parts, proof, { purpose: "sign-in", phone, origin });
    if (!proven.ok) return asSignIn(proven.refusal.code);
    const people = await parts.people.byPhone(phone);
    const [person] = people;
    if (!person) return refuse("sign-in.failed");
    if (people.length === 1) return accept({ kind: "signed-in", signedIn: signedInAs(person, "otp") });
    await parts.challenges.keepChoices(
      proof.challenge,
      people.map(({ id }) => id),
      parts.now(),
    );
    return accept({
      kind: "choose",
      challenge: proof.challenge,
      accounts: people.map(({ id, name, idNumber }) => ({
        person: id,
        name: maskedName(name),
        idNumber: maskedIdNumber(idNumber),
      })),
    });
  },

  async chooseAccount(challenge, id) {
    if (!(await parts.challenges.choose(challenge, id, parts.now()))) return refuse("sign-in.failed");
    const person = await findOpen(parts, id);
    // The code was for their phone when it was given; the account may have been taken over since.
    if (person?.phone === undefined) return refuse("sign-in.failed");
    const sent = await parts.challenges.opened(challenge, { phone: person.phone, purpose: "sign-in" });
    return sent?.isSame ? accept(signedInAs(person, "otp")) : refuse("sign-in.failed");
  },

  async resetPassword({ phone: typed, idNumber, wanted, ...proof }, origin) {
    const phone = normalPhone(typed) ?? "";
    const number = normalIdNumber(idNumber);
    if (isWeakPassword(wanted, [number, number.slice(0, -1), phone])) return refuse("person.password-weak");
    const before = await parts.people.byIdNumber(number);
    const use = { request: JSON.stringify([number, phone, proof.code]), asOf: before?.version ?? 0 };
    const proven = await tryCode(parts, proof, { purpose: "reset-password", phone, origin }, use);
    if (!proven.ok) return asSignIn(proven.refusal.code);
    const { asOf } = proven.value;
    const password = await parts.passwords.hash(wanted);
    return untilNoRace(async () => {
      const person = await parts.people.byIdNumber(number);
      if (person?.phone !== phone) return refuse("sign-in.failed");
      const isDue = person.version === asOf;
      // The code is good for one change: a repeat is answered as the first while that one's password is the account's.
      if (!isDue && !(await parts.passwords.verify(wanted, person.password))) return refuse("sign-in.failed");
      const voided = { reason: "password-reset", at: parts.now() } as const;
      if (isDue) await parts.people.save({ ...person, version: person.version + 1, password }, voided);
      await forgetTries(parts, person, number, phone);
      await parts.endSessions(person.id);
      if (isDue) await tell(parts, phone, "password-changed");
      return accept({ next: "sign-in" });
    });
  },

  async linkUpstream({ upstream, name, idNumber: typed, phone, assurance, signedIn }, origin) {
    if (assurance < LEAST_OF_UPSTREAM) return refuse("upstream.assurance-too-low");
    const idNumber = normalIdNumber(typed);
    const decision = registerPerson(
      {
        id: newId(),
        name,
        idNumber,
        phone: phone && normalPhone(phone),
        assurance: { level: assurance, method: "upstream", by: upstream },
        // The upstream passed on what was agreed to there; the page where they arrive asks for our own wording.
        consents: [
          { purpose: "account", textVersion: `upstream:${upstream}` },
          { purpose: "sensitive-data", textVersion: `upstream:${upstream}` },
        ],
        upstream,
        channel: origin.channel,
      },
      parts.now(),
    );
    if (!decision.ok)
      return refuse(
        decision.refusal.code === "person.guardian-needed" ? "person.guardian-needed" : "person.invalid-id-number",
      );
    const vouched = { level: assurance, method: "upstream", by: upstream, name } as const;
    return untilNoRace(async () => {
      const stepping = signedIn === undefined ? undefined : await findOpen(parts, signedIn);
      if (signedIn !== undefined && stepping?.idNumber !== idNumber) return refuse("upstream.another-person");
      const { person, opened } = stepping
        ? { person: stepping, opened: false }
        : await findOrOpen(parts, decision.value);
      if (opened) return accept(signedInAs(person, "fed"));
      if (nameDiffers(person, name)) return refuse("upstream.name-differs");
      // Not from before the reads: whoever signed in while they lasted is to be out as well.
      const at = parts.now();
      const raised = stepping
        ? confirmPerson(person, vouched, at)
        : vouchFor(person, { ...vouched, phone: phone && normalPhone(phone) }, at);
      if (!raised && person.upstreams.includes(upstream)) return accept(signedInAs(person, "fed"));
      const saved = {
        ...(raised ?? changePerson(person, {})),
        upstreams: [...new Set([...person.upstreams, upstream])],
      };
      const takenOver = !stepping && raised !== undefined && person.assurance.level < 2;
      await parts.people.save(saved, takenOver ? { reason: "taken-over", at } : undefined);
      if (takenOver) await parts.endSessions(person.id);
      return accept(signedInAs(saved, "fed"));
    });
  },
});
