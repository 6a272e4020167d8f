import { accept, type Decision, type Refusal, refuse } from "#shared/kernel/decision.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import { fingerprint } from "#shared/kernel/ids.ts";

/** What a client's id looks like; nothing else need be looked for. */
export const CLIENT_ID = /^[a-z0-9][a-z0-9-]{1,62}$/;

/** A program that calls the API: a channel's or a department's. */
export interface Client {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  /** SHA-256 of the secret; the secret itself is nowhere kept. */
  readonly secretHash: string;
  readonly scopes: string[];
  /** Where what it brings came in. */
  readonly channel?: string | undefined;
  /** The department it acts for, by its unified social credit code, and the division it serves. */
  readonly department?: string | undefined;
  readonly division?: DivisionCode | undefined;
}

type ClientProblem = "client.channel-missing" | "client.department-missing" | "client.division-missing";
export type ClientRefusal = ClientProblem | "client.unchanged";

const needsChannel = new Set(["applications:submit"]);
const needsDepartment = new Set(["applications:decide", "applications:personal", "webhooks:manage"]);

/** Registers a client, or changes what it is registered with. Refused when nothing would change. */
export const registerClient = (
  current: Client | undefined,
  registration: Omit<Client, "version">,
): Decision<Client, ClientRefusal> => {
  const problem = problemOf(registration);
  if (problem) return refuse(problem.code, problem.detail);
  const wanted = { ...registration, scopes: [...new Set(registration.scopes)].sort() };
  if (!current) return accept({ ...wanted, version: 1 });
  const { version, ...known } = current;
  return fingerprint(known) === fingerprint(wanted)
    ? refuse("client.unchanged")
    : accept({ ...wanted, version: version + 1 });
};

const problemOf = (client: Omit<Client, "version">): Refusal<ClientProblem> | undefined => {
  const submits = client.scopes.find((scope) => needsChannel.has(scope));
  if (submits && !client.channel) return { code: "client.channel-missing", detail: submits };
  const decides = client.scopes.find((scope) => needsDepartment.has(scope));
  if (decides && !client.department) return { code: "client.department-missing", detail: decides };
  if (client.department && !client.division) return { code: "client.division-missing", detail: client.department };
  return undefined;
};
