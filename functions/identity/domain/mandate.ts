import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";

export interface Principal {
  readonly kind: "natural" | "legal";
  readonly id: string;
}

/** A mandate (委托授权; Administrative Licensing Law art. 29): an agent may apply for a principal. */
export interface Mandate {
  readonly id: string;
  readonly version: number;
  readonly principal: Principal;
  readonly agent: string;
  /** All items, or those named by their codes. */
  readonly scope: "all" | readonly string[];
  readonly validUntil: Instant;
  /** The signed letter of authority as the principal named it: a file's id and digest. It lies with the cases; we have not seen it. */
  readonly evidence?: { readonly file: string; readonly sha256: string } | undefined;
  readonly status: "active" | "revoked";
  readonly grantedBy: string;
  readonly grantedAt: Instant;
  readonly revokedAt?: Instant | undefined;
  readonly revokedBy?: string | undefined;
  /** What makes a repeat of the request recognisable. */
  readonly fingerprint: string;
}

const LONGEST_YEARS = 5;

export type MandateRefusal = "mandate.agent-is-principal" | "mandate.invalid-period";

export const grantMandate = (
  wanted: Omit<Mandate, "version" | "status" | "grantedAt" | "revokedAt" | "revokedBy">,
  at: Instant,
): Decision<Mandate, MandateRefusal> => {
  if (wanted.agent === wanted.principal.id || wanted.agent === wanted.grantedBy)
    return refuse("mandate.agent-is-principal");
  const latest = new Date(at);
  latest.setUTCFullYear(latest.getUTCFullYear() + LONGEST_YEARS);
  const until = Date.parse(wanted.validUntil);
  if (!(until > Date.parse(at) && until <= latest.getTime())) return refuse("mandate.invalid-period");
  const scope = wanted.scope === "all" ? "all" : [...new Set(wanted.scope)].sort();
  return accept({ ...wanted, scope, version: 1, status: "active", grantedAt: at });
};

export const isGood = ({ status, validUntil }: Pick<Mandate, "status" | "validUntil">, at: Instant): boolean =>
  status === "active" && Date.parse(validUntil) > Date.parse(at);

/** Revoked is revoked: again changes nothing. */
export const revokeMandate = (mandate: Mandate, by: string, at: Instant): Mandate | undefined =>
  mandate.status === "revoked"
    ? undefined
    : { ...mandate, version: mandate.version + 1, status: "revoked", revokedAt: at, revokedBy: by };
