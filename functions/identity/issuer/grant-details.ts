import type { AuthorizationDetail } from "oidc-provider";
import * as z from "zod";
import type { PrincipalRef } from "../accounts/accounts.ts";

// Authorization details of the grant (RFC 9396): where the provider keeps what else was granted.
const ACTING = "urn:yimen:acting-for";
const PURPOSE = "urn:yimen:purpose";
const DEVICE = "urn:yimen:device";

const Acting = z.object({ type: z.literal(ACTING), kind: z.enum(["natural", "legal"]), id: z.string() });
const Purpose = z.object({ type: z.literal(PURPOSE), purpose: z.string() });
const Device = z.object({ type: z.literal(DEVICE), device: z.string() });

/** What a grant holds beside its scopes. */
export interface GrantDetails {
  /** For whom its tokens are; the person themselves when there is none. */
  readonly principal?: PrincipalRef | undefined;
  /** Why personal data may be read unmasked. */
  readonly purpose?: string | undefined;
  readonly device?: string | undefined;
}

export const detailsOf = (grant: { readonly rar?: readonly unknown[] | undefined }): GrantDetails => {
  const first = <T>(schema: z.ZodType<T>): T | undefined => {
    for (const detail of grant.rar ?? []) {
      const parsed = schema.safeParse(detail);
      if (parsed.success) return parsed.data;
    }
    return undefined;
  };
  const acting = first(Acting);
  return {
    ...(acting && { principal: { kind: acting.kind, id: acting.id } }),
    purpose: first(Purpose)?.purpose,
    device: first(Device)?.device,
  };
};

export const withDetails = ({ principal, purpose, device }: GrantDetails): AuthorizationDetail[] => [
  ...(principal ? [{ type: ACTING, ...principal }] : []),
  ...(purpose ? [{ type: PURPOSE, purpose }] : []),
  ...(device ? [{ type: DEVICE, device }] : []),
];
