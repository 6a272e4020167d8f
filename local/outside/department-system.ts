import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { createEndpoint, deleteEndpoint, listEndpoints } from "#shared/contracts/http/webhooks/endpoints.ts";
import { type ApiAccess, type DepartmentApi, departmentApi } from "./department-api.ts";
import { type Action, type CaseOfficers, caseWork } from "./department-case-work.ts";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { type Misbehaviour, misbehaviours } from "./misbehaviour.ts";

export interface DepartmentSystemOptions extends Omit<ApiAccess, "scopes"> {
  /** Told to the platform as the endpoint's description, by which a later start finds it again. */
  readonly name: string;
  /** Staff numbers; the one who accepts is not the one who approves. */
  readonly officers: CaseOfficers;
  /** Handles every case to its end; otherwise it only receives. */
  readonly decideAutomatically: boolean;
  /** 0 for a free port. */
  readonly port: number;
}

/** What the system can show of its work: `GET /received`. */
export interface Received {
  /** In order of arrival; each once. */
  readonly events: readonly { readonly at: string; readonly event: AnyEvent }[];
  readonly duplicates: number;
  /** Requests whose signature did not verify. */
  readonly refused: number;
  /** Requests it was told to treat badly. */
  readonly misbehaved: number;
  readonly actions: readonly Action[];
}

const scopes = ["applications:read", "applications:decide", "applications:personal", "webhooks:manage"];

/**
 * A department's own case system (部门业务系统), for demonstrations and tests. It knows the platform's public contracts only:
 * it registers its webhook, verifies what comes with a library of its own, and answers through the API.
 */
export const startDepartmentSystem = async (options: DepartmentSystemOptions): Promise<Running> => {
  const stopping = new AbortController();
  const api = departmentApi({ ...options, scopes }, stopping.signal);
  const misbehaviour = misbehaviours(["down", "slow", "500", "410", "bad-answer"]);
  const events = new Map<string, { at: string; event: AnyEvent }>();
  const work = caseWork(api, options.officers);
  let webhook: Webhook | undefined;
  let duplicates = 0;
  let refused = 0;
  let misbehaved = 0;

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readText(request);
    const wrong = misbehaviour.next();
    if (wrong) misbehaved += 1;
    if (wrong && answerBadly(wrong, response)) return;
    if (!webhook) return sendJson(response, 503, { error: "not registered yet" });

    const event = verified(webhook, body, request);
    if (!event) {
      refused += 1;
      return sendJson(response, 401, { error: "the signature does not verify" });
    }
    if (events.has(event.id)) duplicates += 1;
    else {
      // Nothing is kept on disk here, so it is acknowledged only when it has been acted on.
      if (options.decideAutomatically) await work.handle(event);
      events.set(event.id, { at: new Date().toISOString(), event });
    }
    if (wrong?.mode === "slow") await pause(wrong.milliseconds);
    response.writeHead(204).end();
  };

  const server = await listen(options.port, async (request, response) => {
    switch (`${request.method} ${request.url}`) {
      case "POST /events":
        return receive(request, response);
      case "GET /received": {
        const received: Received = {
          events: [...events.values()],
          duplicates,
          refused,
          misbehaved,
          actions: work.done,
        };
        return sendJson(response, 200, received);
      }
      case "POST /misbehave":
        misbehaviour.set(JSON.parse(await readText(request)));
        return sendJson(response, 200, {});
      default:
        return sendJson(response, 404, {});
    }
  });
  try {
    webhook = new Webhook(await register(api, options.name, `${server.url}/events`));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: server.url,
    async stop() {
      stopping.abort();
      await server.stop();
    },
  };
};

const verified = (webhook: Webhook, body: string, request: IncomingMessage): AnyEvent | undefined => {
  try {
    const event = AnyEvent.parse(webhook.verify(body, request.headers as Record<string, string>));
    return event.id === request.headers["webhook-id"] ? event : undefined;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return undefined;
    throw error;
  }
};

/** True when that was the answer. */
const answerBadly = ({ mode }: Misbehaviour<string>, response: ServerResponse): boolean => {
  switch (mode) {
    case "down":
      response.destroy();
      return true;
    case "bad-answer":
      response.socket?.end("not HTTP at all\r\n\r\n");
      return true;
    case "500":
    case "410":
      sendJson(response, Number(mode), {});
      return true;
    default:
      return false;
  }
};

/** The signing secret of this system's one endpoint. A later start at the same address is told the same one again. */
const register = async (api: DepartmentApi, name: string, url: string): Promise<string> => {
  const removeOwn = async (which: (known: { url: string; enabled: boolean }) => boolean) => {
    const list = await api(listEndpoints, { query: { limit: "100" } });
    if (!list.ok) throw new Error(`the platform does not list endpoints: ${list.code}`);
    for (const { id } of list.value.items.filter((known) => known.description === name && which(known)))
      await api(deleteEndpoint, { path: { id } });
  };
  const create = (key: string) =>
    api(createEndpoint, { key, body: { url, types: ["gov.yimen.application.*"], description: name } });

  await removeOwn((known) => known.url !== url || !known.enabled);
  const first = await create(
    `register-${createHash("sha256").update(`${name} ${url}`).digest("base64url").slice(0, 40)}`,
  );
  if (first.ok) return first.value.secret;
  if (first.code !== "request.key-reused") throw new Error(`the platform refuses the endpoint: ${first.code}`);
  await removeOwn(() => true);
  const second = await create(`register-${randomUUID()}`);
  if (!second.ok) throw new Error(`the platform refuses the endpoint: ${second.code}`);
  return second.value.secret;
};
