import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { logger } from "#shared/runtime/logger.ts";
import { answerInTime } from "./answer-in-time.ts";
import type { AccountKeyUpstream } from "./outside-settings.ts";
import type { Upstream, UpstreamOptions, UpstreamRefusal } from "./upstreams.ts";
import { vouchedIdentity } from "./vouched-identity.ts";

const TIMEOUT_MS = 4_000;

type Fields = Readonly<Record<string, string>>;
const Data = z.record(z.string(), z.unknown());

/**
 * A provincial user centre (省统一身份认证平台) that speaks something like OAuth 2: the browser brings back an account key, which
 * the app trades, signed, for an access token, and that for the person. Addresses, names and codes are settings: there is no
 * national specification, and every province has its own.
 */
export const accountKeyUpstream = (
  settings: AccountKeyUpstream,
  { callback, now, timeoutMs = TIMEOUT_MS }: UpstreamOptions,
): Upstream => {
  const { name, label, parameters, answer, fields, boundBy } = settings;
  const seal = (values: Fields): string =>
    createHmac(settings.signature === "hmac-sm3" ? "sm3" : "sha256", settings.appSecret)
      .update(canonical(values))
      .digest("hex");

  const call = async (url: string, values: Fields): Promise<Decision<z.infer<typeof Data>, UpstreamRefusal>> => {
    const nonce = randomBytes(16).toString("hex");
    const unsigned = {
      ...values,
      [parameters.appId]: settings.appId,
      [parameters.timestamp]: String(Date.parse(now())),
      [parameters.nonce]: nonce,
    };
    const body = JSON.stringify({ ...unsigned, [parameters.sign]: seal(unsigned) });
    const answered = await answerInTime(
      url,
      { method: "POST", body, headers: JSON_BODY, redirect: "error" },
      timeoutMs,
    );
    if (!answered || answered.status >= 500)
      return refuse("upstream.unreachable", answered && `HTTP ${answered.status}`);
    const parsed = Data.safeParse(answered.json);
    if (!parsed.success) return refuse("upstream.answer-untrusted", "not an object");

    const code = String(parsed.data[answer.code] ?? "");
    if (answer.keyInvalid.includes(code)) return refuse("upstream.code-invalid");
    if (!answer.success.includes(code)) return refuse("upstream.unreachable", `code ${code.slice(0, 32)}`);
    const data = Data.safeParse(parsed.data[answer.data]);
    if (!data.success) return refuse("upstream.answer-untrusted", "no data");
    if (settings.answersSigned) {
      // With the nonce of the question: an answer to another question does not do.
      const expected = seal({ ...textual(data.data), [answer.code]: code, [parameters.nonce]: nonce });
      if (!isSame(expected, parsed.data[answer.sign])) return refuse("upstream.answer-untrusted", "signature");
    }
    return accept(data.data);
  };

  const finish = async (
    address: URL,
    { state, nonce }: { state: string; nonce: string },
  ): ReturnType<Upstream["finish"]> => {
    const query = address.searchParams;
    if (query.getAll(parameters.state).length !== 1 || !isSame(state, query.get(parameters.state)))
      return refuse("upstream.state-invalid");
    const key = query.get(parameters.accountKey);
    if (!key) return refuse("upstream.declined");
    const token = await call(settings.tokenUrl, { [parameters.accountKey]: key });
    if (!token.ok) return token;
    // Here, as with PKCE, a key that was given to another browser shows.
    if (boundBy && !isSame(nonce, token.value[boundBy.field])) return refuse("upstream.code-invalid");
    const accessToken = token.value[answer.accessToken];
    if (typeof accessToken !== "string" || accessToken === "")
      return refuse("upstream.answer-untrusted", "no access token");
    const user = await call(settings.userUrl, { [parameters.accessToken]: accessToken });
    if (!user.ok) return user;
    const said = user.value;
    return vouchedIdentity(
      settings,
      {
        subject: said[fields.subject],
        name: said[fields.name],
        idNumber: said[fields.idNumber],
        level: said[fields.level],
      },
      legalDate(now()),
    );
  };

  return {
    name,
    label,
    stateParameter: parameters.state,
    async start({ state, nonce }) {
      const url = new URL(settings.authorizeUrl);
      url.searchParams.set(parameters.appId, settings.appId);
      url.searchParams.set(parameters.redirect, callback);
      url.searchParams.set(parameters.state, state);
      if (boundBy) url.searchParams.set(boundBy.parameter, nonce);
      return accept(url);
    },
    async finish(address, ticket) {
      const decision = await finish(address, ticket);
      if (!decision.ok) {
        const { code, detail } = decision.refusal;
        logger.warn("upstream.refused", { upstream: name, code, cause: detail });
      }
      return decision;
    },
  };
};

const JSON_BODY = { "content-type": "application/json" };

/** Sorted by name, empty ones left out. */
const canonical = (values: Fields): string =>
  Object.keys(values)
    .filter((key) => values[key] !== "")
    .sort()
    .map((key) => `${key}=${values[key]}`)
    .join("&");

const textual = (data: Readonly<Record<string, unknown>>): Fields =>
  Object.fromEntries(
    Object.entries(data).flatMap(([key, value]) =>
      value === null || value === undefined ? [] : [[key, typeof value === "string" ? value : JSON.stringify(value)]],
    ),
  );

/** In constant time. */
const isSame = (expected: string, given: unknown): boolean => {
  if (typeof given !== "string") return false;
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
};
