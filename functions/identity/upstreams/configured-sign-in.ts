import { type Clock, systemClock } from "#shared/kernel/clock.ts";
import type { KeyRing } from "#shared/runtime/key-ring.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { accountKeyUpstream } from "./account-key-upstream.ts";
import { oidcUpstream } from "./oidc-upstream.ts";
import type { OutsideSettings } from "./outside-settings.ts";
import { outsideSignIn, STAFF_PATH, upstreamPath } from "./outside-sign-in.ts";
import { sealedCookies } from "./sealed-cookies.ts";
import type { SpentMarks } from "./spent-marks.ts";
import type { OutsideSignIn } from "./upstreams.ts";
import { wecomStaff } from "./wecom-staff.ts";

/** Sign-in through the outside world as an operator has set it up, for a lambda to mount. */
export const outsideSignInOf = (
  { upstreams, staffSignIn }: Pick<OutsideSettings, "upstreams" | "staffSignIn">,
  {
    publicUrl,
    keyRing,
    accounts,
    spent,
    now = systemClock,
  }: {
    /** Where browsers see us, without a trailing slash. */
    readonly publicUrl: string;
    readonly keyRing: KeyRing;
    readonly accounts: Pick<Accounts, "linkUpstream" | "staffClaims">;
    readonly spent: SpentMarks;
    readonly now?: Clock;
  },
): OutsideSignIn => {
  const milliseconds = () => Date.parse(now());
  return outsideSignIn({
    upstreams: upstreams.map((settings) => {
      const options = { callback: `${publicUrl}${upstreamPath(settings.name)}/callback`, now };
      return settings.kind === "oidc" ? oidcUpstream(settings, options) : accountKeyUpstream(settings, options);
    }),
    staffChat:
      staffSignIn && wecomStaff(staffSignIn, { callback: `${publicUrl}${STAFF_PATH}/callback`, now: milliseconds }),
    accounts,
    cookies: sealedCookies(keyRing, publicUrl.startsWith("https:"), milliseconds),
    spent,
    publicUrl,
    now: milliseconds,
  });
};
