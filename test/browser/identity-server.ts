import { contentSecurityPolicy } from "#functions/identity/pages/answers.ts";
import { issuerPages } from "#functions/identity/pages/issuer-pages.ts";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { pagesStage } from "#test/support/pages-stage.ts";
import { payloadV2Server } from "#test/support/payload-v2-server.ts";
import { clientSite } from "./client-site.ts";

const form = { action: "/oidc/device", fields: { xsrf: "x" } };
const client = { id: "terminal", name: "政务服务大厅自助终端" };

/** What the issuer answers with by itself, each at an address of its own. */
export const issuersOwn: Record<string, string> = {
  "user-code": issuerPages.userCode(form),
  "user-code-wrong": issuerPages.userCode({ ...form, problem: "not-found" }),
  "confirm-device": issuerPages.confirmDevice({ ...form, userCode: "WDJB-MJHT", client }),
  "device-done": issuerPages.deviceDone(client),
  "confirm-sign-out": issuerPages.confirmSignOut({ ...form, client }),
  "signed-out": issuerPages.signedOut(client),
  problem: issuerPages.problem({ code: "invalid_redirect_uri" }),
};

/** The pages at one origin and a client at another, as they will be. */
export const identityServer = async (arrives?: string) => {
  let stage: ReturnType<typeof pagesStage>;

  const answer = async (event: HttpRequest): Promise<HttpResponse> => {
    if (event.rawPath.startsWith("/issuer/"))
      return {
        statusCode: 200,
        headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": contentSecurityPolicy() },
        body: issuersOwn[event.rawPath.slice("/issuer/".length)] ?? "",
      };
    if (event.rawPath.startsWith("/oidc/auth")) {
      const users = event.rawQueryString.includes("staff") ? "staff" : "persons";
      const { path, cookie } = stage.open({ client: { id: "account", name: "我的账户", users }, formTargets: [] });
      return {
        statusCode: 303,
        headers: { location: path },
        cookies: [`${cookie}; Path=${path}; HttpOnly; SameSite=Lax`],
      };
    }
    return stage.answer(event);
  };

  const site = await clientSite();
  const server = await payloadV2Server(answer);
  stage = pagesStage({ origin: server.url, clientOrigin: () => site.origin, ...(arrives && { arrives }) });
  return {
    ...stage,
    url: server.url,
    clientOrigin: site.origin,
    async close() {
      await server.close();
      await site.close();
    },
  };
};
