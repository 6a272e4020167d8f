import type { Clock } from "#shared/kernel/clock.ts";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import type { KeyRing } from "#shared/runtime/key-ring.ts";
import { sealedCookies } from "../upstreams/sealed-cookies.ts";
import { accountRoutes } from "./account.ts";
import { accountDataRoutes } from "./account-data.ts";
import { accountMandateRoutes } from "./account-mandates.ts";
import { accountOrganisationRoutes } from "./account-organisations.ts";
import { accountSecurityRoutes } from "./account-security.ts";
import { accountWardRoutes } from "./account-wards.ts";
import { formGuard } from "./form-guard.ts";
import { interactionRoutes } from "./interaction.ts";
import type { PageParts } from "./interaction-visit.ts";
import { outsideSignInRoutes } from "./outside-sign-in-pages.ts";
import { registrationRoutes } from "./registration.ts";
import { pageRouter } from "./router.ts";
import { signInRoutes } from "./sign-in.ts";
import { staffPasswordRoutes } from "./staff-password.ts";
import { staffSignInRoutes } from "./staff-sign-in.ts";
import { stepUpRoutes } from "./step-up.ts";
import { sealedSteps } from "./steps.ts";

export type IdentityPageParts = Omit<PageParts, "steps" | "now"> & { readonly ring: KeyRing; readonly now: Clock };

/** All pages of people's accounts: `/interaction/{uid}` and what lies below, `/account` and what lies below. */
export const identityPages = ({
  ring,
  ...given
}: IdentityPageParts): ((request: HttpRequest) => Promise<HttpResponse>) => {
  const { origin, now } = given;
  const steps = sealedSteps(sealedCookies(ring, origin.startsWith("https:"), () => Date.parse(now())));
  const parts: PageParts = { ...given, steps };
  return pageRouter(
    [
      ...interactionRoutes(parts),
      ...signInRoutes(parts),
      ...registrationRoutes(parts),
      ...staffSignInRoutes(parts),
      ...staffPasswordRoutes(parts),
      ...outsideSignInRoutes(parts),
      ...stepUpRoutes(parts),
      ...accountRoutes(parts),
      ...accountMandateRoutes(parts),
      ...accountOrganisationRoutes(parts),
      ...accountWardRoutes(parts),
      ...accountSecurityRoutes(parts),
      ...accountDataRoutes(parts),
    ],
    formGuard({ ring, origin }),
  );
};
