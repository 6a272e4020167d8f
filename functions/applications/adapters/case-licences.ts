import { type Clock, legalDate } from "#shared/kernel/clock.ts";
import { hasExpired, licenceOf } from "../domain/licences.ts";
import type { Applications, Licences } from "../domain/ports.ts";

/** The licences of this city are the results of its own cases: no second record that a revocation would have to reach. */
export const caseLicences = (applications: Pick<Applications, "find" | "ofApplicant">, now: Clock): Licences => ({
  async ofApplicant(applicant, request) {
    const page = await applications.ofApplicant(applicant, request);
    if (page === "bad-cursor") return page;
    const today = legalDate(now());
    return {
      items: page.items.flatMap(({ id, number, licenceType, licenceUntil, itemCode, itemName }) =>
        licenceType && itemCode && !hasExpired({ licenceUntil }, today)
          ? [{ id, number, licenceType, ...(licenceUntil && { licenceUntil }), itemCode, itemName }]
          : [],
      ),
      ...(page.next && { next: page.next }),
    };
  },
  async of({ kind, idNumber }, ids) {
    const cases = await Promise.all([...new Set(ids)].map((id) => applications.find(id)));
    return cases.flatMap((state) => {
      if (!state || state.applicant.kind !== kind || state.applicant.idNumber !== idNumber) return [];
      return licenceOf(state, legalDate(now())) ?? [];
    });
  },
});
