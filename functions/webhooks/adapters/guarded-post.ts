import { lookup } from "node:dns/promises";
import * as http from "node:http";
import * as https from "node:https";
import { isIP, isIPv4, type LookupFunction } from "node:net";
import type { AddressGuard } from "../domain/ports.ts";
import type { AddressRules } from "./address-rules.ts";

interface Address {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

const systemResolve: Resolve = (host) => lookup(host, { all: true });

type PostResult =
  | { readonly status: number; readonly retryAfter: string | undefined; readonly answer: string }
  | { readonly error: string };

export interface GuardedPost extends AddressGuard {
  /** Posts without following redirects. What goes wrong outside is a stable code, never an exception. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<PostResult>;
}

export interface GuardedPostOptions {
  readonly rules: AddressRules;
  /** Milliseconds for connecting, sending and the head of the answer together. */
  readonly timeout: number;
  readonly resolve?: Resolve;
}

/** What is taken in of an answer's body, for the journal. */
const ANSWER_BYTES_AT_MOST = 1024;
const ANSWER_BODY_MS = 1000;

/**
 * The only way out of the platform to addresses that others choose. Every address a name has must be allowed, and the
 * connection goes to one that was checked: the name is not resolved again (DNS rebinding).
 */
export const guardedPost = ({ rules, timeout, resolve = systemResolve }: GuardedPostOptions): GuardedPost => {
  const check = async (url: URL, signal: AbortSignal): Promise<readonly Address[] | { error: string }> => {
    const host = rules.hostOf(url);
    if (!host) return { error: "address-not-allowed" };
    const addresses = isIP(host) ? [{ address: host, family: isIPv4(host) ? 4 : 6 }] : await resolved(host, signal);
    if (addresses.length === 0) return { error: "name-not-resolved" };
    return addresses.every(({ address }) => rules.permits(url, address)) ? addresses : { error: "address-not-allowed" };
  };
  const resolved = (host: string, signal: AbortSignal): Promise<readonly Address[]> =>
    Promise.race([resolve(host), aborted(signal)]).catch(() => []);

  return {
    async allows(text) {
      const url = URL.parse(text);
      return url !== null && !("error" in (await check(url, AbortSignal.timeout(timeout))));
    },

    async post(text, headers, body) {
      const signal = AbortSignal.timeout(timeout);
      const url = URL.parse(text);
      if (!url) return { error: "address-not-allowed" };
      const checked = await check(url, signal);
      return "error" in checked ? checked : send(url, checked, { headers, body, signal });
    },
  };
};

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

/** Node asks `lookup` for names only, never for address literals: those were checked as they stand. */
const pinned =
  (addresses: readonly Address[]): LookupFunction =>
  (_host, options, done) => {
    const [first] = addresses;
    if (options.all || !first) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };

const send = (
  url: URL,
  addresses: readonly Address[],
  { headers, body, signal }: { headers: Readonly<Record<string, string>>; body: string; signal: AbortSignal },
): Promise<PostResult> =>
  new Promise((settle) => {
    const { request } = url.protocol === "https:" ? https : http;
    const options = { method: "POST", lookup: pinned(addresses), agent: false as const, signal };
    const outgoing = request(url, {
      ...options,
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => settle({ error: codeOf(error, signal) }));
    // An upgrade or a cut connection ends a request without an error.
    outgoing.on("close", () => settle({ error: "connection-closed" }));
    outgoing.on("response", (answer) => {
      const { statusCode: status = 0, headers } = answer;
      takeIn(answer, (bytes) => {
        settle({ status, retryAfter: headers["retry-after"], answer: textOf(headers["content-type"], bytes) });
        outgoing.destroy();
      });
    });
    outgoing.end(body);
  });

const takeIn = (answer: http.IncomingMessage, done: (bytes: Buffer) => void): void => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const finish = () => {
    clearTimeout(timer);
    done(Buffer.concat(chunks).subarray(0, ANSWER_BYTES_AT_MOST));
  };
  const timer = setTimeout(finish, ANSWER_BODY_MS);
  answer.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= ANSWER_BYTES_AT_MOST) finish();
  });
  answer.on("end", finish);
  answer.on("error", finish);
};

/** Text only, without what could steer the terminal of whoever reads it. What is cut off within a character loses it. */
const textOf = (contentType: string | undefined, bytes: Buffer): string =>
  /^(text\/|application\/([\w.-]+\+)?(json|xml)\b)/i.test(contentType ?? "")
    ? new TextDecoder()
        .decode(bytes, { stream: true })
        // biome-ignore lint/suspicious/noControlCharactersInRegex: just those are taken out
        .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "")
    : "";

const codeOf = (error: NodeJS.ErrnoException, signal: AbortSignal): string => {
  if (signal.aborted) return "timed-out";
  const code = error.code ?? "";
  if (code === "ECONNREFUSED") return "connection-refused";
  if (code.startsWith("HPE_")) return "not-http";
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return "certificate-or-tls";
  if (code === "ECONNRESET" || code === "EPIPE") return "connection-closed";
  return "unreachable";
};
