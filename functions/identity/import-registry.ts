import * as z from "zod";
import { StaffRole } from "#shared/contracts/events/identity.ts";
import { Channel } from "#shared/contracts/http/caller.ts";
import { DivisionCode } from "#shared/contracts/http/catalogue/item.ts";
import { scopes } from "#shared/contracts/http/scopes.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import type { Refusal } from "#shared/kernel/decision.ts";
import { isUscc } from "#shared/kernel/identity-numbers.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { scryptPasswords } from "./adapters/scrypt-passwords.ts";
import type { Passwords } from "./domain/account-ports.ts";
import { CLIENT_ID, GRANT_TYPES, registerClient } from "./domain/client.ts";
import { normalPhone } from "./domain/person.ts";
import type { ClientStore, StaffStore } from "./domain/ports.ts";
import { appointStaff } from "./domain/staff.ts";
import { CLIENT_SECRET, hashOfSecret, newClientSecret } from "./issuer/client-secret.ts";

const Department = z.string().refine(isUscc, "not a unified social credit code (GB 32100)");
const scopeNames = Object.keys(scopes) as [keyof typeof scopes, ...(keyof typeof scopes)[]];

const ClientRow = z.strictObject({
  id: z.string().regex(CLIENT_ID),
  name: z.string().min(1),
  secret: z.string().regex(CLIENT_SECRET, "not 43 to 128 characters of base64url").optional(),
  scopes: z.array(z.enum(scopeNames)).min(1),
  channel: Channel.optional(),
  department: Department.optional(),
  division: DivisionCode.optional(),
  grants: z.array(z.enum(GRANT_TYPES)).min(1).optional(),
  authentication: z.enum(["secret", "private-key", "none"]).optional(),
  keys: z
    .array(
      z.strictObject({
        kty: z.literal("EC"),
        crv: z.literal("P-256"),
        kid: z.string().min(1).optional(),
        x: z.base64url().length(43),
        y: z.base64url().length(43),
      }),
    )
    .min(1)
    .optional(),
  application: z.enum(["web", "native"]).optional(),
  redirectUris: z.array(z.string()).optional(),
  postLogoutRedirectUris: z.array(z.string()).optional(),
  backchannelLogoutUri: z.string().optional(),
  firstParty: z.boolean().optional(),
  users: z.enum(["persons", "staff"]).optional(),
  acr: z.enum(["1", "2", "3"]).optional(),
});

const StaffRow = z.strictObject({
  staff: z.string().regex(/^[\w.@-]{1,64}$/),
  name: z.string().min(1),
  department: Department,
  division: DivisionCode,
  roles: z.array(StaffRole),
  /** Where one-time codes go. */
  phone: z
    .string()
    .transform(normalPhone)
    .refine((phone) => phone !== undefined, "not a phone number")
    .optional(),
  /** Their own account as a person. */
  person: z.ulid().optional(),
  /** To begin with; only its hash is kept. */
  password: z.string().min(10).max(128).optional(),
});

const Import = z.object({ clients: z.array(z.unknown()).default([]), staff: z.array(z.unknown()).default([]) });

export interface ImportedRow {
  /** The client's id or the staff number. */
  readonly id: string;
  readonly version?: number;
  readonly result: "added" | "updated" | "unchanged" | "rejected";
  /** Told this once: only its hash is kept. */
  readonly secret?: string;
  readonly problems?: readonly Refusal<string>[];
}

export interface RegistryImport {
  readonly clients: ImportedRow[];
  readonly staff: ImportedRow[];
}

/**
 * Registers clients and appoints staff as an operator hands them in, row by row; a row that is not right is reported and keeps
 * nothing else back. Run twice, the second run writes nothing. A new client without a secret is given one, which is in the
 * report and nowhere else.
 */
export const importRegistry =
  ({
    clients,
    staff,
    now,
    passwords = scryptPasswords(),
  }: {
    clients: ClientStore;
    staff: StaffStore;
    now: Clock;
    passwords?: Passwords;
  }) =>
  async (payload: unknown): Promise<RegistryImport> => {
    const rows = Import.parse(payload);

    const putClient = async (row: unknown, index: number): Promise<ImportedRow> => {
      const parsed = ClientRow.safeParse(row);
      if (!parsed.success) return malformed("client", idOf(row, "id", index), parsed.error);
      const { secret: given, ...registration } = parsed.data;
      const { id } = registration;
      const current = await clients.find(id);
      const hasSecret = (registration.authentication ?? "secret") === "secret";
      const generated = given || current?.secretHash || !hasSecret ? undefined : newClientSecret();
      const secret = given ?? generated;
      const secretHash = !hasSecret ? "" : secret ? hashOfSecret(secret) : (current?.secretHash ?? "");
      const decision = registerClient(current, { ...registration, secretHash });
      if (!decision.ok) return notDone(id, current?.version, decision.refusal);
      await clients.save(decision.value);
      return { ...done(id, decision.value.version), ...(generated && { secret: generated }) };
    };

    const putStaff = async (row: unknown, index: number): Promise<ImportedRow> => {
      const parsed = StaffRow.safeParse(row);
      if (!parsed.success) return malformed("staff", idOf(row, "staff", index), parsed.error);
      const { password: given, ...appointment } = parsed.data;
      const current = await staff.find(appointment.staff);
      const known = given && current?.password && (await passwords.verify(given, current.password));
      const password = given && !known ? await passwords.hash(given) : undefined;
      const decision = appointStaff(current, { ...appointment, ...(password && { password }) });
      if (!decision.ok) return notDone(parsed.data.staff, current?.version, decision.refusal);
      // Whoever had the former password is out; who is new was not in.
      const isAnother = current !== undefined && password !== undefined && decision.value.password === password;
      await staff.save(decision.value, now(), isAnother ? "appointment-and-password" : "appointment");
      return done(parsed.data.staff, decision.value.version);
    };

    const report: RegistryImport = { clients: [], staff: [] };
    for (const [index, row] of rows.clients.entries())
      report.clients.push(await untilNoRace(() => putClient(row, index)));
    for (const [index, row] of rows.staff.entries()) report.staff.push(await untilNoRace(() => putStaff(row, index)));
    logger.info("registry.imported", {
      clients: report.clients.length,
      staff: report.staff.length,
      rejected: [...report.clients, ...report.staff].filter(({ result }) => result === "rejected").length,
    });
    return report;
  };

const idOf = (row: unknown, name: "id" | "staff", index: number): string => {
  const id = typeof row === "object" && row !== null ? (row as Record<string, unknown>)[name] : undefined;
  return typeof id === "string" ? id : `#${index}`;
};

const done = (id: string, version: number): ImportedRow => ({
  id,
  version,
  result: version === 1 ? "added" : "updated",
});

const notDone = (id: string, version: number | undefined, refusal: Refusal<string>): ImportedRow =>
  refusal.code.endsWith(".unchanged")
    ? { id, ...(version !== undefined && { version }), result: "unchanged" }
    : { id, result: "rejected", problems: [refusal] };

const malformed = (kind: "client" | "staff", id: string, error: z.ZodError): ImportedRow => ({
  id,
  result: "rejected",
  problems: error.issues.map(({ path, message }) => ({
    code: `${kind}.malformed`,
    detail: `${path.join(".")}: ${message}`,
  })),
});
