import { randomBytes } from "node:crypto";
import type { City } from "#local/city.ts";
import { newId } from "#shared/kernel/ids.ts";
import { outsideBrowser } from "./outside-browser.ts";

const HOME = "http://127.0.0.1:5555/callback";
/** RFC 7636, appendix B. */
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/** The window's own program, in which staff sign in by the government chat; clerks serve in it whoever stands before them. */
export const windowProgram = async ({ cloud, issuer, url }: City) => {
  const client = { id: `window-${newId().toLowerCase().slice(-8)}`, secret: randomBytes(32).toString("base64url") };
  await cloud.invoke("Identity/ImportRegistry", {
    clients: [
      {
        ...client,
        name: "综合窗口业务系统",
        channel: "window",
        scopes: [
          "counter:assist",
          "applications:submit",
          "applications:read",
          "applications:decide",
          "applications:supervise",
        ],
        grants: ["authorization_code", "refresh_token", "urn:yimen:grant:counter-session"],
        application: "native",
        redirectUris: ["http://127.0.0.1/callback"],
        firstParty: true,
        users: "staff",
      },
    ],
  });
  const token = async (form: Record<string, string>): Promise<string> => {
    const answer = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}` },
      body: new URLSearchParams(form),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`no token: ${text}`);
    return (JSON.parse(text) as { access_token: string }).access_token;
  };
  const call = async (bearer: string, method: string, path: string, body?: unknown, key = newId()) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        "content-type": "application/json",
        "idempotency-key": key,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const told = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    return {
      status: answer.status,
      text,
      told,
      code: String(told.type ?? "")
        .split("/")
        .at(-1),
    };
  };
  return {
    call,
    async signIn(staff: string): Promise<string> {
      const browser = outsideBrowser();
      const isHome = (at: URL) => at.href.startsWith(HOME);
      const start = new URL(`${issuer}/auth`);
      start.search = new URLSearchParams({
        client_id: client.id,
        redirect_uri: HOME,
        response_type: "code",
        scope: "openid counter:assist applications:decide applications:read applications:supervise",
        state: "s",
        code_challenge: CHALLENGE,
        code_challenge_method: "S256",
      }).toString();
      const door = await browser.follow(start, isHome);
      const chat = await browser.follow(`${door.url.origin}${door.url.pathname}/wecom`, isHome);
      const home = await browser.follow(
        await browser.submit(chat.url, chat.page ?? "", { user: staff, do: "allow" }),
        isHome,
      );
      const code = home.url.searchParams.get("code") ?? "";
      return token({ grant_type: "authorization_code", code, redirect_uri: HOME, code_verifier: VERIFIER });
    },
    /** A token of whoever is present, for the clerk who serves them. */
    async serve(clerk: string, person: { name: string; idNumber: string }): Promise<string> {
      const visit = await call(clerk, "POST", "/v1/counter-sessions", person);
      if (visit.status !== 201) throw new Error(`no visit: ${visit.text}`);
      return token({
        grant_type: "urn:yimen:grant:counter-session",
        session: String(visit.told.id),
        clerk_token: clerk,
        scope: "applications:submit applications:read",
      });
    },
  };
};
