import { type City, type CityOptions, startCity } from "#local/city.ts";
import { demoApplication } from "#local/demo-city/applicant.ts";
import { sourceItems } from "#local/demo-city/registry.ts";
import { apiClient } from "#local/outside/api-client.ts";
import type { Received } from "#local/outside/department-system.ts";
import { until } from "#local/until.ts";
import { readApplication, submitApplication } from "#shared/contracts/http/applications.ts";
import { ASSEMBLY } from "./synthesised.ts";

/** The demo city on free ports, in memory, with the department's own system at work. */
export const testCity = (options: Partial<CityOptions> = {}): Promise<City> =>
  startCity({
    assembly: ASSEMBLY,
    port: 0,
    report: () => {},
    systemOf: demoApplication.department,
    ...options,
  });

const itemCodeOf = (name: string): string => {
  const item = sourceItems().find((known) => known.name === name);
  if (!item) throw new Error(`no item is called ${name}`);
  return item.code;
};

const demoItemCode = itemCodeOf(demoApplication.itemName);

export const clientOf = ({ clients }: Pick<City, "clients">, id: string) => {
  const client = clients.find((known) => known.id === id);
  if (!client) throw new Error(`no client is called ${id}`);
  return client;
};

/** The API as a client of the demo city sees it, through the typed client. */
export const apiOf = ({ url, issuer, clients }: Pick<City, "url" | "issuer" | "clients">, id: string) => {
  const client = clientOf({ clients }, id);
  return apiClient({ apiUrl: url, issuer, client, scopes: client.scopes });
};

export const submission = {
  itemCode: demoItemCode,
  applicant: demoApplication.applicant,
  form: demoApplication.form,
  materials: demoApplication.materials,
};

/** Submits the demo application through the portal. Throws when it is refused. */
export const submitDemo = async (city: Pick<City, "url" | "issuer" | "clients">, key: string) => {
  const answer = await apiOf(city, "channel-portal")(submitApplication, { key, body: submission });
  if (!answer.ok) throw new Error(answer.code);
  return answer.value;
};

export const readCase = async (city: Pick<City, "url" | "issuer" | "clients">, id: string) => {
  const answer = await apiOf(city, "channel-portal")(readApplication, { path: { id } });
  if (!answer.ok) throw new Error(answer.code);
  return answer.value;
};

export const untilConcluded = (city: Pick<City, "url" | "issuer" | "clients">, id: string, seconds = 30) =>
  until(
    `case ${id} is concluded`,
    async () => {
      const view = await readCase(city, id);
      return view.status === "concluded" && view;
    },
    { seconds },
  );

export const receivedBy = async (department: string | undefined): Promise<Received> =>
  (await (await fetch(`${department}/received`)).json()) as Received;

/** The sequence numbers of the events of a case that a department has received, once there are that many. */
export const untilReceived = (department: string | undefined, id: string, count: number): Promise<number[]> =>
  until(`${count} events of case ${id} are received`, async () => {
    const { events } = await receivedBy(department);
    const mine = events.filter(({ event }) => event.subject === id).map(({ event }) => event.sequence);
    return mine.length >= count && mine;
  });

export const misbehave = async (server: string | undefined, how: Record<string, unknown>): Promise<void> => {
  const answer = await fetch(`${server}/misbehave`, { method: "POST", body: JSON.stringify(how) });
  if (!answer.ok) throw new Error(`it does not misbehave: ${answer.status}`);
};

/** A token of the city's issuer, by the plain protocol. */
export const tokenOf = async (city: Pick<City, "issuer" | "clients">, id: string, scope?: string): Promise<string> => {
  const client = clientOf(city, id);
  const answer = await fetch(`${city.issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials", scope: scope ?? client.scopes.join(" ") }),
  });
  const { access_token } = (await answer.json()) as { access_token?: string };
  if (!access_token) throw new Error(`no token: ${answer.status}`);
  return access_token;
};
