import * as z from "zod";

export const tag = "identity";

export const Ulid = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);
export const Uscc = z.string().regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/, "unified social credit code (GB 32100)");
export const Name = z.string().trim().min(1).max(100);
export const IdNumber = z.string().min(15).max(24).describe("resident ID number (GB 11643), also 81/82/83 and 9...");
export const Phone = z.string().min(5).max(24);
export const Password = z.string().min(1).max(256);
/** Whence a person's own device speaks, as the channel that serves it sees it. */
export const Source = z
  .union([z.ipv4(), z.ipv6()])
  .describe("the address of the person's own device, as the channel sees it");
export const Proof = { challenge: Ulid, code: z.string().regex(/^\d{6}$/) };
export const ConsentPurpose = z.enum([
  "account",
  "sensitive-data",
  "guardian",
  "biometric",
  "reuse-materials",
  "notices",
]);
/** What of a person's was looked at. */
export const AccessedThing = z.enum([
  "application",
  "file",
  "receipt",
  "profile",
  "verification",
  "contact",
  "export",
  "counter",
]);
export type AccessedThing = z.infer<typeof AccessedThing>;
export const NewConsent = z.object({ purpose: ConsentPurpose, textVersion: z.string().min(1).max(40) });
