import { describe, expect, it } from "vitest";
import { memoryClients } from "#functions/identity/adapters/memory-clients.ts";
import { memoryOidcModels } from "#functions/identity/adapters/memory-oidc-models.ts";
import { issuerLambda } from "#functions/identity/issuer/issuer-lambda.ts";
import { issuerPages } from "#functions/identity/pages/issuer-pages.ts";
import type { HttpRequest } from "#shared/runtime/endpoint.ts";
import { issuerPeople } from "#test/support/issuer-people.ts";
import { ring } from "#test/support/issuer-stage.ts";

const answerOf = (issuer: string, rawPath: string) =>
  issuerLambda({
    issuer,
    clients: memoryClients(),
    models: memoryOidcModels(),
    accounts: issuerPeople().accounts,
    pages: issuerPages,
    keyRing: async () => ring,
    now: Date.now,
  })(
    {
      version: "2.0",
      rawPath,
      rawQueryString: "",
      headers: { accept: "text/html", "x-forwarded-proto": "http" },
      requestContext: { requestId: "r", http: { method: "GET", sourceIp: "127.0.0.1" } },
    } as unknown as HttpRequest,
    {} as never,
  );

describe("the issuer's answers to a browser", () => {
  it("set cookies that only this host gets, over TLS only", async () => {
    const { cookies = [] } = await answerOf("https://api.example/oidc", "/oidc/device");
    expect(cookies.length).toBe(2);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-yimen(\.sig)?=/);
      expect(cookie).toMatch(/; path=\/(;|$)/);
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
    }
  });

  it("work without TLS where the issuer has none: on one's own machine", async () => {
    const { cookies = [] } = await answerOf("http://127.0.0.1:3000/oidc", "/oidc/device");
    for (const cookie of cookies) expect(cookie).toMatch(/^yimen(\.sig)?=(?!.*; secure)/i);
  });

  it.each(["/oidc/device", "/oidc/auth", "/oidc/session/end", "/oidc/session/end/success"])(
    "let %s load and be framed by nothing",
    async (path) => {
      const { headers = {} } = await answerOf("https://api.example/oidc", path);
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers["referrer-policy"]).toBe("no-referrer");
    },
  );
});
