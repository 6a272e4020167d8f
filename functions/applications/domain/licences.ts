import { type LegalDate, legalDate } from "#shared/kernel/clock.ts";
import type { Fault } from "#shared/kernel/decision.ts";
import type { Application } from "./application.ts";
import type { MaterialRules } from "./item-rules.ts";

/** A licence of this applicant, issued in a case of this city. Its issuer is here: it is of grade A. */
export interface LicenceFacts {
  /** Of the case. */
  readonly id: string;
  readonly licenceType: string;
  readonly standing: "valid" | "revoked" | "expired";
}

/** The same day so many years later; 1 March where that February has no 29th. */
const yearsLater = (date: LegalDate, years: number): LegalDate => {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCFullYear(day.getUTCFullYear() + years);
  return day.toISOString().slice(0, 10);
};

/** What a case has issued: nothing before its conclusion, nor once it is revoked, nor while it is reopened. */
export const issuedIn = ({
  item: { licence },
  phase,
  timeline,
}: Pick<Application, "item" | "phase" | "timeline">):
  | { readonly licenceType: string; readonly licenceUntil?: LegalDate | undefined }
  | undefined => {
  const issue = timeline.findLast(({ step }) => step === "concluded");
  if (!licence || !issue || phase.status !== "concluded" || phase.outcome !== "approved") return undefined;
  const until = licence.years && yearsLater(legalDate(issue.at), licence.years);
  return { licenceType: licence.type, ...(until && { licenceUntil: until }) };
};

/** Its day of issue comes again after its term, and then it is over. */
export const hasExpired = (
  { licenceUntil }: { readonly licenceUntil?: LegalDate | undefined },
  today: LegalDate,
): boolean => licenceUntil !== undefined && licenceUntil <= today;

/** The licence of a case on a day. */
export const licenceOf = (
  state: Pick<Application, "id" | "item" | "phase" | "timeline">,
  today: LegalDate,
): LicenceFacts | undefined => {
  const { id, item, phase } = state;
  if (phase.status === "revoked" && item.licence) return { id, licenceType: item.licence.type, standing: "revoked" };
  const issued = issuedIn(state);
  return issued && { id, licenceType: issued.licenceType, standing: hasExpired(issued, today) ? "expired" : "valid" };
};

/** Why this licence does not supply the material. */
export const licenceFault = (
  { name, licenceTypes }: MaterialRules,
  found: LicenceFacts | undefined,
): Omit<Fault, "pointer"> | undefined => {
  if (!found) return { code: "licence.not-found", detail: `${name}：没有向申请人颁发过这份证照` };
  if (found.standing === "revoked") return { code: "licence.revoked", detail: `${name}：该证照已被撤销` };
  if (found.standing === "expired") return { code: "licence.expired", detail: `${name}：该证照有效期已满` };
  if (!licenceTypes.includes(found.licenceType))
    return { code: "licence.type-differs", detail: `${name}：不能以${found.licenceType}代替` };
  return undefined;
};
