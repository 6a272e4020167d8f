import type { City } from "../city.ts";
import type { Client } from "../demo-city/registry.ts";
import { apiClient } from "../outside/api-client.ts";

export type Print = (line: string) => void;

/** Prints numbered steps, each with what proves it. */
export const numbered = (print: Print) => {
  let count = 0;
  return (title: string, evidence: readonly string[]): void => {
    count += 1;
    print(`${String(count).padStart(2)}. ${title}`);
    for (const line of evidence) print(`      ${line}`);
  };
};

export const answered = async <T>(
  answer: Promise<{ ok: true; value: T } | { ok: false; code: string }>,
): Promise<T> => {
  const given = await answer;
  if (!given.ok) throw new Error(`the platform refused: ${given.code}`);
  return given.value;
};

export const getJson = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

export const apiAs = ({ url, issuer, clients }: City, which: (client: Client) => boolean) => {
  const client = clients.find(which);
  if (!client) throw new Error("the demo city lacks a client of this walk");
  return apiClient({ apiUrl: url, issuer, client, scopes: client.scopes });
};
