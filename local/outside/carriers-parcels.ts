import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { type Answer, listen, type Running, readText, sendJson } from "./http-server.ts";
import { misbehaviours } from "./misbehaviour.ts";

/** How a parcel goes on, in the words of no carrier: each turns them into its own. */
const Move = z.object({
  state: z.enum([
    "collected",
    "in-transit",
    "out-for-delivery",
    "problem",
    "refused",
    "returning",
    "returned",
    "delivered",
  ]),
  text: z.string().default("快件状态更新"),
  place: z.string().default("佛山市"),
  /** Beijing time, as carriers write it; now unless told. */
  at: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    .optional(),
});
export type Move = Required<z.infer<typeof Move>>;

/** A push, and how the platform answered it. */
export interface Pushed {
  readonly number: string;
  readonly status: number;
  readonly answer: unknown;
}

/** What one push may do wrong. */
export type PushFault = "duplicate" | "out-of-order" | "forged" | "abort" | "truncated";

/** One request to the platform. */
export interface Letter {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Carrier {
  readonly port: number;
  /** The letters that tell of a parcel's whole journey, the newest last; `fault` is one of those it knows. */
  readonly letters: (number: string, moves: readonly Move[], fault: PushFault | undefined) => readonly Letter[];
  /** More than moving parcels: orders, subscriptions, withdrawals. */
  readonly also?: Readonly<Record<string, (request: Asked) => Promise<unknown>>>;
  /** What it has seen and done, for `GET /inbox`. */
  readonly seen?: () => Readonly<Record<string, unknown>>;
}

interface Asked {
  readonly body: string;
  readonly number: string;
  readonly moves: Move[];
  push(letter: Letter): Promise<void>;
}

const beijingNow = (): string => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");

const MODES_OF_CALLS = ["slow", "500", "refuse"] as const;
const MODES_OF_PUSHES = ["duplicate", "out-of-order", "forged", "abort", "truncated"] as const;

/**
 * A carrier that tells the platform of its parcels. `POST /parcels/{number}/events {state, text?, place?, at?}` moves one on and pushes;
 * `POST /misbehave` with one of the modes above; `GET /inbox` tells what it saw and how its pushes were answered.
 */
export const startCarrier = (carrier: Carrier): Promise<Running> => {
  const parcels = new Map<string, Move[]>();
  const pushes: Pushed[] = [];
  const calls = misbehaviours(MODES_OF_CALLS);
  const pushFaults = misbehaviours(MODES_OF_PUSHES);

  const movesOf = (number: string): Move[] => {
    const moves = parcels.get(number) ?? [];
    parcels.set(number, moves);
    return moves;
  };

  const push = async (number: string, { url, headers = {}, body }: Letter): Promise<void> => {
    const response = await fetch(url, { method: "POST", headers, body });
    const text = await response.text();
    pushes.push({ number, status: response.status, answer: parsed(text) });
  };

  const tell = async (number: string): Promise<void> => {
    const fault = pushFaults.next()?.mode;
    const letters = carrier.letters(number, movesOf(number), fault);
    const sent =
      fault === "truncated"
        ? letters.map((each) => ({ ...each, body: each.body.slice(0, each.body.length / 2) }))
        : letters;
    if (fault === "duplicate") await Promise.all([...sent, ...sent].map((letter) => push(number, letter)));
    else for (const letter of fault === "out-of-order" ? sent.toReversed() : sent) await push(number, letter);
  };

  const misbehave = (body: unknown): void => {
    const { mode } = z.object({ mode: z.string() }).loose().parse(body);
    const isCall = (MODES_OF_CALLS as readonly string[]).includes(mode);
    if (isCall || mode === "none") calls.set(body);
    if (!isCall) pushFaults.set(body);
  };

  const answer: Answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const [, , number = "", what] = pathname.split("/").map(decodeURIComponent);
    if (pathname === "/inbox")
      return sendJson(response, 200, { pushes, parcels: Object.fromEntries(parcels), ...carrier.seen?.() });
    if (request.method !== "POST") return sendJson(response, 404, {});
    const body = await readText(request);
    if (pathname === "/misbehave") {
      misbehave(JSON.parse(body));
      return sendJson(response, 200, {});
    }
    if (pathname.startsWith("/parcels/") && what === "events") {
      const move = Move.parse(JSON.parse(body || "{}"));
      movesOf(number).push({ ...move, at: move.at ?? beijingNow() });
      const before = pushes.length;
      await tell(number);
      return sendJson(response, 200, { pushes: pushes.slice(before) });
    }
    const also = carrier.also?.[pathname.startsWith("/parcels/") ? `/parcels/*/${what}` : pathname];
    if (!also) return sendJson(response, 404, {});
    const wrong = calls.next();
    if (wrong?.mode === "slow") await new Promise((resolve) => setTimeout(resolve, wrong.milliseconds));
    if (wrong?.mode === "500") return sendJson(response, 500, {});
    const asked = { body, number, moves: movesOf(number), push: (letter: Letter) => push(number, letter) };
    return sendJson(response, 200, await also(wrong?.mode === "refuse" ? { ...asked, body: "" } : asked));
  };
  return listen(carrier.port, answer);
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
