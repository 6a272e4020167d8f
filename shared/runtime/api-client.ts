import type { Route } from "#shared/contracts/http/route.ts";

/** The API did not answer as its contract promises. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A caller is a queue's consumer, whose retry is minutes away: it waits for a function that has to start first. */
const TIMEOUT_MS = 15_000;

/** Calls a route of the platform by its contract; one with a scope needs a token. Throws ApiError for any answer but its success. */
export const callApi = async <P, Q, B, S, E extends string>(
  baseUrl: string,
  contract: Route<P, Q, B, S, E>,
  path: Readonly<Record<string, string | number>>,
  { token, key, body }: { readonly token?: string; readonly key?: string; readonly body?: B } = {},
): Promise<S> => {
  const address = contract.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  const response = await fetch(baseUrl + address, {
    method: contract.method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(key !== undefined && { "idempotency-key": key }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== contract.success.status)
    throw new ApiError(response.status, `${contract.operation} answered ${response.status}`);
  return contract.success.schema.parse(await response.json());
};
