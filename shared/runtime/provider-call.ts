import { ProviderUnavailable } from "#shared/kernel/provider-unavailable.ts";

export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

const ANSWER_BYTES_AT_MOST = 2_000_000;

/** How long a provider may take, and how it is reached; tests put their own in. */
export interface Wire {
  readonly fetch: typeof fetch;
  /** Milliseconds. */
  readonly timeout: number;
}

export const wire = (timeout: number): Wire => ({ fetch, timeout });

/** One request to a provider with its whole answer. Throws ProviderUnavailable when nobody answers, or not wholly in time. */
export const callProvider = async (
  { fetch: send, timeout }: Wire,
  url: string | URL,
  init: RequestInit,
  bytesAtMost = ANSWER_BYTES_AT_MOST,
): Promise<ProviderAnswer> => {
  try {
    const answer = await send(url, { ...init, redirect: "error", signal: AbortSignal.timeout(timeout) });
    const body = Buffer.from(await answer.arrayBuffer());
    if (body.byteLength > bytesAtMost) throw new ProviderUnavailable("the answer is too large");
    if (answer.status >= 500 || answer.status === 429) throw new ProviderUnavailable(`it answers ${answer.status}`);
    return { status: answer.status, headers: answer.headers, body };
  } catch (error) {
    if (error instanceof ProviderUnavailable) throw error;
    // The cause may name the address, never what was sent.
    throw new ProviderUnavailable(error instanceof Error ? error.name : "no answer", { cause: error });
  }
};

/** JSON of an answer; throws ProviderUnavailable for anything else: a page of a proxy is not the provider. */
export const jsonOf = (bytes: Buffer | string): Record<string, unknown> => {
  try {
    const json: unknown = JSON.parse(bytes.toString());
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return { ...json };
  } catch {
    // told below
  }
  throw new ProviderUnavailable("the answer is not JSON");
};
