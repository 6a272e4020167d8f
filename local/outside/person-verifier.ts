import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import * as z from "zod";
import { escaped, outsidePage, sendPage, sendTo } from "./html.ts";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { misbehaviours } from "./misbehaviour.ts";
import { signatureProblem } from "./signed-request.ts";

export interface PersonVerifierOptions {
  readonly appId: string;
  readonly secret: string;
  /** Whose faces and documents it knows. */
  readonly people: readonly { readonly name: string; readonly idNumber: string }[];
  /** 0 for a free port. */
  readonly port: number;
}

export interface RunningVerifier extends Running {
  readonly issuer: string;
  /** What its results verify with. */
  readonly publicKey: JWK;
}

const Wanted = z.object({
  name: z.string().min(1),
  idNumber: z.string().min(1),
  method: z.enum(["face", "document"]),
  returnTo: z.url({ protocol: /^https?$/ }),
});

interface Verification extends z.infer<typeof Wanted> {
  result?: "matched" | "not-matched" | "retry";
}

const ISSUER = "urn:demo-city:person-verifier";

/**
 * A face and document verification service (实人核验服务): a signed `POST /verifications` gives a ticket and the page the person
 * goes to; a signed `GET /verifications/{ticket}` gives the result, a JWS of its own key. On the page whoever is in front of it
 * says what the camera would have seen.
 */
export const startPersonVerifier = async (options: PersonVerifierOptions): Promise<RunningVerifier> => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const stranger = await generateKeyPair("ES256");
  const verifications = new Map<string, Verification>();
  const byKey = new Map<string, string>();
  const misbehaviour = misbehaviours(["500", "slow", "refuse", "down", "forge", "other-ticket"]);
  let server: Running | undefined;

  const sign = (ticket: string, { result, method }: Verification, forged: boolean): Promise<string> =>
    new SignJWT({ ticket, result, method })
      .setProtectedHeader({ alg: "ES256" })
      .setIssuer(ISSUER)
      .setAudience(options.appId)
      .setIssuedAt()
      .sign(forged ? stranger.privateKey : privateKey);

  const begin = (key: string, body: string): { readonly status: number; readonly answer: unknown } => {
    const wanted = Wanted.safeParse(JSON.parse(body));
    if (!wanted.success) return { status: 422, answer: { code: "refused" } };
    const ticket = byKey.get(key) ?? randomBytes(24).toString("base64url");
    byKey.set(key, ticket);
    if (!verifications.has(ticket)) verifications.set(ticket, wanted.data);
    return { status: 201, answer: { ticket, url: `${server?.url}/look/${ticket}` } };
  };

  const answerApi = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readText(request);
    const wrong = misbehaviour.next();
    if (wrong?.mode === "slow") await pause(wrong.milliseconds);
    if (wrong?.mode === "down") return void response.destroy();
    if (wrong?.mode === "500") return sendJson(response, 500, {});
    const problem = signatureProblem(request, body, options);
    if (problem) return sendJson(response, 401, { code: "unsigned", message: problem });
    if (wrong?.mode === "refuse") return sendJson(response, 422, { code: "refused" });
    if (request.method === "POST") {
      const { status, answer } = begin(String(request.headers["idempotency-key"]), body);
      return sendJson(response, status, answer);
    }
    const ticket = request.url?.split("/").at(-1) ?? "";
    const verification = verifications.get(ticket);
    if (!verification) return sendJson(response, 404, {});
    if (!verification.result) return sendJson(response, 200, { status: "pending" });
    const told = wrong?.mode === "other-ticket" ? "A".repeat(32) : ticket;
    const result = await sign(told, verification, wrong?.mode === "forge");
    return sendJson(response, 200, { status: "done", result });
  };

  const look = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const ticket = request.url?.split("/").at(-1) ?? "";
    const verification = verifications.get(ticket);
    if (!verification) return sendPage(response, 404, outsidePage("没有这次核验", "<p>链接无效或已过期。</p>"));
    if (request.method === "GET") return sendPage(response, 200, lookPage(verification));
    const seen = new URLSearchParams(await readText(request)).get("seen");
    // What was seen once stands; only what could not be seen may be looked at again.
    if (verification.result === undefined || verification.result === "retry") {
      const known = options.people.some(
        ({ name, idNumber }) => name === verification.name && idNumber === verification.idNumber,
      );
      verification.result = seen === "unclear" ? "retry" : seen === "self" && known ? "matched" : "not-matched";
    }
    if (verification.result === "retry") return sendPage(response, 200, lookPage(verification));
    const back = new URL(verification.returnTo);
    back.searchParams.set("ticket", ticket);
    sendTo(response, back);
  };

  server = await listen(options.port, async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path.startsWith("/verifications")) return answerApi(request, response);
    if (path.startsWith("/look/")) return look(request, response);
    if (request.method === "POST" && path === "/misbehave") {
      misbehaviour.set(JSON.parse(await readText(request)));
      return sendJson(response, 200, {});
    }
    return sendJson(response, 404, {});
  });
  return { ...server, issuer: ISSUER, publicKey: await exportJWK(publicKey) };
};

const lookPage = ({ name, method, result }: Verification): string =>
  outsidePage(
    method === "face" ? "人脸核验" : "证件核验",
    `${result === "retry" ? '<p role="alert">画面不清晰，请重试。</p>' : ""}
<p>正在为 ${escaped(name.slice(0, 1))}** 核验身份。请选择摄像头“看到”的结果：</p>
<form method="post">
<button name="seen" value="self">本人，核验通过</button>
<button class="plain" name="seen" value="other">不是本人</button>
<button class="plain" name="seen" value="unclear">画面不清晰</button>
</form>`,
  );
