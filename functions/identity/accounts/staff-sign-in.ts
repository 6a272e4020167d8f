import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { maskedPhone } from "#shared/kernel/masking.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import type { CodeUse } from "../domain/account-ports.ts";
import { isFromBefore } from "../domain/live-grounds.ts";
import { isWeakPassword } from "../domain/person.ts";
import type { Staff } from "../domain/staff.ts";
import type { CodeProof, Origin, SignInRefusal, StaffAccounts, StaffClaims } from "./accounts.ts";
import { maySend, sendCode, tryCode } from "./challenges.ts";
import { type AccountParts, tell, within } from "./parts.ts";

const claimsOf = ({ staff, roles, department, division }: Staff): StaffClaims => ({
  sub: `staff:${staff}`,
  staff,
  roles: roles.join(" "),
  department,
  division,
  acr: "2",
});

/** None for those who left. */
const findServing = async ({ staff }: Pick<AccountParts, "staff">, number: string): Promise<Staff | undefined> => {
  const member = await staff.find(number);
  return member && member.roles.length > 0 ? member : undefined;
};

type StaffPurpose = "staff-sign-in" | "staff-password";

/** Who has proven by a code that the phone of their appointment is in their hands: the one it has now, whichever it had before. */
const provenStaff = async (
  parts: AccountParts,
  proof: CodeProof,
  purpose: StaffPurpose,
  origin: Origin,
  use?: CodeUse,
): Promise<Decision<{ readonly member: Staff; readonly asOf?: number | undefined }, SignInRefusal>> => {
  const proven = await tryCode(parts, proof, { purpose, origin }, use);
  if (!proven.ok)
    return refuse(proven.refusal.code === "challenge.wrong-code" ? "sign-in.failed" : proven.refusal.code);
  const member = await findServing(parts, proven.value.subject ?? "");
  if (!member?.phone) return refuse("sign-in.failed");
  const sent = await parts.challenges.opened(proof.challenge, { phone: member.phone, purpose });
  return sent?.isSame ? accept({ member, asOf: proven.value.asOf }) : refuse("sign-in.failed");
};

export const staffAccounts = (parts: AccountParts): StaffAccounts => ({
  async startStaffSignIn({ staff: number, password }, origin) {
    const allowed = await within(parts, { "sign-in-account": `staff:${number}`, "sign-in-source": origin.source });
    if (!allowed.ok) return allowed;
    const member = await findServing(parts, number);
    const right = await parts.passwords.verify(password, member?.password);
    if (!member?.phone || !right) return refuse("sign-in.failed");
    const sent = await sendCode(parts, {
      id: newId(),
      phone: member.phone,
      purpose: "staff-sign-in",
      subject: number,
      silent: false,
    });
    if (!sent.ok) return refuse("sign-in.failed");
    const { challenge, expiresAt } = sent.value;
    return accept({ challenge, expiresAt, maskedPhone: maskedPhone(member.phone) });
  },

  async finishStaffSignIn(proof, origin) {
    const proven = await provenStaff(parts, proof, "staff-sign-in", origin);
    if (!proven.ok) return proven;
    const { member } = proven.value;
    await parts.limits.clear("sign-in-account", `staff:${member.staff}`);
    return accept(claimsOf(member));
  },

  async startStaffPassword(number, origin) {
    const allowed = await maySend(parts, `staff:${number}`, origin);
    if (!allowed.ok) return allowed;
    return parts.evenly(async () => {
      const phone = (await findServing(parts, number))?.phone;
      const sent = await sendCode(parts, {
        id: newId(),
        phone: phone ?? "",
        purpose: "staff-password",
        subject: number,
        silent: phone === undefined,
      });
      if (!sent.ok) throw new Error("that nothing was sent is not told here");
      const { challenge, resendAfterSeconds } = sent.value;
      return accept({ challenge, resendAfterSeconds });
    });
  },

  async setStaffPassword({ staff: number, wanted, ...proof }, origin) {
    if (isWeakPassword(wanted, [number])) return refuse("person.password-weak");
    const before = await findServing(parts, number);
    const use = { request: JSON.stringify([number, proof.code]), asOf: before?.version ?? 0 };
    const proven = await provenStaff(parts, proof, "staff-password", origin, use);
    if (!proven.ok) return proven;
    const { member: proved, asOf } = proven.value;
    if (proved.staff !== number) return refuse("sign-in.failed");
    const password = await parts.passwords.hash(wanted);
    return untilNoRace(async () => {
      const member = await findServing(parts, number);
      if (!member || member.phone !== proved.phone) return refuse("sign-in.failed");
      const isDue = member.version === asOf;
      // As with a person's: good for one change, of which a repeat is answered as the first.
      if (!isDue && !(await parts.passwords.verify(wanted, member.password))) return refuse("sign-in.failed");
      if (isDue)
        await parts.staff.save({ ...member, version: member.version + 1, password }, parts.now(), "password-set");
      await parts.limits.clear("sign-in-account", `staff:${number}`);
      await parts.endSessions(`staff:${number}`);
      if (isDue) await tell(parts, member.phone, "password-changed");
      return accept({ next: "sign-in" });
    });
  },

  async staffClaims(number, signedInAt) {
    const member = await findServing(parts, number);
    if (!member || (signedInAt !== undefined && isFromBefore(signedInAt, member.notBefore))) return undefined;
    return claimsOf(member);
  },
});
