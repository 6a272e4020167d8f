import type { IncomingMessage } from "node:http";
import type { Context } from "aws-lambda";
import type Provider from "oidc-provider";
import serverless from "serverless-http";
import { correlated } from "#shared/runtime/correlation.ts";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { keepWarm, type WarmParts } from "./warm-provider.ts";

type Answer = (event: HttpRequest, context: Context) => Promise<HttpResponse>;

/**
 * The issuer behind an HTTP API (payload 2.0). The URLs it tells are made from the issuer's own, never from headers a caller
 * could forge.
 */
export const issuerLambda = (parts: WarmParts): Answer => {
  const answer = keepWarm(parts, (provider) => answerOf(provider));
  return (event, context) => correlated(event.requestContext.requestId, async () => (await answer())(event, context));
};

const answerOf = (provider: Provider): Answer => {
  const { host, protocol, pathname: mount } = new URL(provider.issuer);
  const request = (message: IncomingMessage & { originalUrl?: string }) => {
    message.headers.host = host;
    Object.assign(message.socket, { encrypted: protocol === "https:" });
    // As a parent application mounts the provider: it knows its routes below the mount, and the whole path for its URLs.
    message.originalUrl = message.url ?? "";
    message.url = message.originalUrl.slice(mount.length) || "/";
  };
  return serverless(provider, { provider: "aws", request }) as Answer;
};
