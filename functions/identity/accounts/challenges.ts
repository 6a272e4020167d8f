import { accept, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import type { CodeUse } from "../domain/account-ports.ts";
import type { ChallengePurpose } from "../domain/outside-ports.ts";
import { normalPhone } from "../domain/person.ts";
import type { ChallengeAccounts, CodeProof, Origin } from "./accounts.ts";
import { type AccountParts, within } from "./parts.ts";

const MINUTES = 5;
const RESEND_AFTER_SECONDS = 60;

/** To a phone that no account has, these are not sent; and nobody is told. */
const onlyToAccounts: ReadonlySet<ChallengePurpose> = new Set(["sign-in", "reset-password", "staff-password"]);

const sixDigits = (random: AccountParts["random"]): string => String(random(1_000_000)).padStart(6, "0");

/** Opens a challenge and sends its code, unless nobody should get one. */
export const sendCode = async (
  parts: AccountParts,
  request: { id: string; phone: string; purpose: ChallengePurpose; subject?: string | undefined; silent: boolean },
) => {
  const { challenges, messages, now, random } = parts;
  const code = sixDigits(random);
  // Whole seconds, as they are kept: a repeat is told the same.
  const expiresAt = new Date((Math.floor(Date.parse(now()) / 1000) + MINUTES * 60) * 1000).toISOString();
  const { id, phone, purpose, subject, silent } = request;
  const isNew = await challenges.open({ id, purpose, phone, code, expiresAt, ...(subject && { subject }) });
  const answer = { challenge: id, expiresAt, resendAfterSeconds: RESEND_AFTER_SECONDS };
  if (!isNew || silent) return accept(answer);
  const { result } = await messages.sendCode({ phone, code, purpose, minutes: MINUTES });
  // That a number takes no messages is not told: it would tell whose phone this is. Nor is it where only some are sent one.
  return result === "unavailable" && !onlyToAccounts.has(purpose) ? refuse("challenge.not-sent") : accept(answer);
};

/** Counts one more code, for whom it is sent to and for who wants it sent. */
export const maySend = (parts: Pick<AccountParts, "limits" | "now">, to: string, { source }: Origin) =>
  within(parts, { "code-phone-minute": to, "code-phone-hour": to, "code-source": source });

export const challengeAccounts = (parts: AccountParts): ChallengeAccounts => ({
  async startPhoneChallenge({ phone: typed, purpose, id: given }, origin) {
    const phone = normalPhone(typed);
    if (!phone) return refuse("challenge.phone-invalid");
    const known = given === undefined ? undefined : await parts.challenges.opened(given, { phone, purpose });
    if (given && known)
      return known.isSame
        ? accept({ challenge: given, expiresAt: known.expiresAt, resendAfterSeconds: RESEND_AFTER_SECONDS })
        : refuse("request.key-reused");
    const id = given ?? newId();
    const allowed = await maySend(parts, phone, origin);
    if (!allowed.ok) return allowed;
    if (!onlyToAccounts.has(purpose)) return sendCode(parts, { id, phone, purpose, silent: false });
    return parts.evenly(async () => {
      const holders = await parts.people.byPhone(phone);
      return sendCode(parts, { id, phone, purpose, silent: holders.length === 0 });
    });
  },
});

/**
 * One try at a code, counted for the source too.
 * @param use what it is used for: then a repeat of that request is right as well, for as long as the code lives
 */
export const tryCode = async (
  parts: AccountParts,
  { challenge, code }: CodeProof,
  { purpose, phone, origin }: { purpose: ChallengePurpose; phone?: string | undefined; origin: Origin },
  use?: CodeUse,
) => {
  const allowed = await within(parts, { "code-try-source": origin.source });
  if (!allowed.ok) return allowed;
  const proof = { purpose, code, ...(phone !== undefined && { phone }) };
  const tried = await parts.challenges.attempt(challenge, proof, parts.now(), use);
  if (!tried.right) return refuse("challenge.wrong-code");
  return accept({ subject: tried.subject, ...(tried.use ?? { isRepeat: false }) });
};
