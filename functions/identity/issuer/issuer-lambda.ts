import type { IncomingMessage } from "node:http";
import type { Context } from "aws-lambda";
import serverless from "serverless-http";
import { correlated } from "#shared/runtime/correlation.ts";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import type { KeyRing } from "#shared/runtime/key-ring.ts";
import { createProvider, type IssuerParts } from "./provider.ts";
import { isSameEpoch } from "./signing-keys.ts";

/** A replaced seed and an epoch's change reach a warm function within this time. */
const KEEP_MS = 3_600_000;

type Answer = (event: HttpRequest, context: Context) => Promise<HttpResponse>;

/**
 * The issuer behind an HTTP API (payload 2.0). The URLs it tells are made from the issuer's own, never from headers a caller
 * could forge.
 * @param deps.now milliseconds since 1970
 */
export const issuerLambda = ({
  now,
  keyRing,
  ...parts
}: IssuerParts & { readonly now: () => number; readonly keyRing: () => Promise<KeyRing> }): Answer => {
  let built: { readonly at: number; readonly answer: Promise<Answer> } | undefined;

  const answerAt = (at: number): Promise<Answer> => {
    if (!built || at - built.at >= KEEP_MS || !isSameEpoch(at, built.at)) {
      const answer = build(parts, keyRing, at);
      built = { at, answer };
      answer.catch(() => {
        built = undefined;
      });
    }
    return built.answer;
  };

  return (event, context) =>
    correlated(event.requestContext.requestId, async () => (await answerAt(now()))(event, context));
};

const build = async (parts: IssuerParts, keyRing: () => Promise<KeyRing>, at: number): Promise<Answer> => {
  const provider = await createProvider(parts, await keyRing(), at);
  const { host, protocol, pathname: mount } = new URL(parts.issuer);
  const request = (message: IncomingMessage & { originalUrl?: string }) => {
    message.headers.host = host;
    Object.assign(message.socket, { encrypted: protocol === "https:" });
    // As a parent application mounts the provider: it knows its routes below the mount, and the whole path for its URLs.
    message.originalUrl = message.url ?? "";
    message.url = message.originalUrl.slice(mount.length) || "/";
  };
  return serverless(provider, { provider: "aws", request }) as Answer;
};
