import { randomInt } from "node:crypto";
import type { Clock } from "#shared/kernel/clock.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { guardianshipsStore, mandatesStore, organisationsStore } from "../adapters/grounds-store.ts";
import type { IdentityRows } from "../adapters/identity-rows.ts";
import { challengesStore, limitsStore, ticketsStore, visitsStore } from "../adapters/passing-stores.ts";
import { peopleStore } from "../adapters/people-store.ts";
import { casesStore, recordsStore } from "../adapters/records-store.ts";
import { scryptPasswords } from "../adapters/scrypt-passwords.ts";
import { staffStore } from "../adapters/staff-store.ts";
import type { UsccCheck } from "../domain/organisation.ts";
import type { Messages, PersonVerifier } from "../domain/outside-ports.ts";
import type { Accounts } from "./accounts.ts";
import { createAccounts } from "./create-accounts.ts";
import { type AccountParts, notBefore } from "./parts.ts";

/** What a lambda has to bring for accounts that are kept in the identity table. */
export interface StoredAccountsParts {
  readonly rows: IdentityRows;
  readonly cipher: FieldCipher;
  readonly messages: Messages;
  readonly verifier: PersonVerifier;
  readonly endSessions: AccountParts["endSessions"];
  readonly sessionsOf: AccountParts["sessionsOf"];
  readonly now: Clock;
  readonly usccCheck?: UsccCheck;
  readonly passwords?: AccountParts["passwords"];
  readonly evenly?: AccountParts["evenly"];
}

/** A text message is handed to its gateway in less, mostly. */
const EVEN_MS = 800;

export const storedAccounts = ({
  rows,
  cipher,
  usccCheck,
  passwords,
  evenly,
  ...parts
}: StoredAccountsParts): Accounts =>
  createAccounts(
    {
      ...parts,
      people: peopleStore(rows, cipher),
      staff: staffStore(rows, cipher),
      organisations: organisationsStore(rows),
      mandates: mandatesStore(rows),
      guardianships: guardianshipsStore(rows),
      challenges: challengesStore(rows, cipher),
      visits: visitsStore(rows, cipher),
      limits: limitsStore(rows, cipher),
      records: recordsStore(rows),
      cases: casesStore(rows),
      tickets: ticketsStore(rows),
      passwords: passwords ?? scryptPasswords(),
      evenly: evenly ?? notBefore(EVEN_MS),
      random: (limit) => randomInt(limit),
    },
    usccCheck,
  );
