import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import { yuanFromFen } from "#shared/kernel/fen.ts";
import { escaped, hidden, outsidePage, sendPage, sendTo } from "./html.ts";
import { readText, sendJson } from "./http-server.ts";
import { misbehaviours } from "./misbehaviour.ts";

/** Something to be paid, as a provider keeps it. */
export interface Trade {
  /** The merchant's number. */
  readonly number: string;
  /** The provider's number. */
  readonly trade: string;
  readonly amount: number;
  readonly description: string;
  /** All that the merchant gave with the number: it may come again only with the same. */
  readonly terms: string;
  readonly notifyUrl: string;
  returnUrl?: string | undefined;
  state: "open" | "paid" | "closed";
  paidAt?: string;
  readonly refunds: Map<string, TradeRefund>;
}

export interface TradeRefund {
  readonly number: string;
  readonly trade: string;
  readonly amount: number;
  readonly notifyUrl: string;
  readonly acceptedAt: string;
  state: "processing" | "done" | "closed" | "abnormal";
  doneAt?: string;
}

/** What is posted to the merchant. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Protocol {
  /** What people call the provider. */
  readonly title: string;
  payment(trade: Trade): Post;
  refund(trade: Trade, refund: TradeRefund): Post;
  /** The same with a signature that does not verify. */
  forged(post: Post): Post;
  /** Whether the merchant has taken it. */
  isTaken(status: number, text: string): boolean;
}

/** Seconds between tries; the real ones take hours. */
const RETRIES = [0.3, 1, 2, 4, 8, 15];

const CALLS = ["500", "slow", "down"] as const;
const CALLBACKS = ["lost-callback", "late-callback", "duplicate", "parallel", "forged", "out-of-order"] as const;
const REFUNDS = ["refund-closed", "refund-abnormal", "refund-pending"] as const;

const Mode = z.object({ mode: z.enum(["none", ...CALLS, ...CALLBACKS, ...REFUNDS]) });
const Pay = z.object({ at: z.iso.datetime().optional() });

/**
 * What all payment providers of the demo city share: the ledger, a page to pay on, callbacks with retries, and misbehaving.
 * `GET /ledger` tells what money moved, for whoever checks the books.
 */
export const paymentDesk = (protocol: Protocol, base: () => string) => {
  const trades = new Map<string, Trade>();
  const calls = misbehaviours(CALLS);
  const notices = misbehaviours(CALLBACKS);
  const endings = misbehaviours(REFUNDS);
  const sending = new Set<Promise<void>>();
  let counter = 0;
  let isStopped = false;
  let held: (() => Promise<void>)[] = [];
  const callbacks = { sent: 0, taken: 0, refused: 0 };

  const post = async (url: string, { headers, body }: Post): Promise<boolean> => {
    callbacks.sent += 1;
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { ...headers },
        body,
        signal: AbortSignal.timeout(5_000),
      });
      const taken = protocol.isTaken(answer.status, await answer.text());
      callbacks[taken ? "taken" : "refused"] += 1;
      return taken;
    } catch {
      callbacks.refused += 1;
      return false;
    }
  };

  /** Until it is taken, or the last try has failed; each try is signed anew. */
  const tell = async (url: string, make: () => Post): Promise<void> => {
    for (const seconds of [0, ...RETRIES]) {
      await pause(seconds * 1000);
      if (isStopped || (await post(url, make()))) return;
    }
  };

  const notify = (url: string, make: () => Post): void => {
    const wrong = notices.next();
    const send = async (): Promise<void> => {
      switch (wrong?.mode) {
        case "lost-callback":
          return;
        case "late-callback":
          await pause(wrong.milliseconds);
          return tell(url, make);
        case "duplicate":
          await tell(url, make);
          return tell(url, make);
        case "parallel":
          await Promise.all([tell(url, make), tell(url, make), tell(url, make)]);
          return;
        case "forged":
          await post(url, protocol.forged(make()));
          return tell(url, make);
        default:
          return tell(url, make);
      }
    };
    if (wrong?.mode === "out-of-order") return void held.push(send);
    const waiting = held.splice(0);
    // What was held back comes after what came later.
    const work = send().then(async () => {
      for (const each of waiting) await each();
    });
    sending.add(work);
    void work.finally(() => sending.delete(work));
  };

  const tradeNumber = (): string => `42000${String(Date.now())}${String(++counter).padStart(8, "0")}`;

  const desk = {
    trades,
    create(
      order: Pick<Trade, "number" | "amount" | "description" | "terms" | "notifyUrl" | "returnUrl">,
    ): Trade | "differs" {
      const known = trades.get(order.number);
      if (known) return known.terms === order.terms ? known : "differs";
      const trade: Trade = { ...order, trade: tradeNumber(), state: "open", refunds: new Map() };
      trades.set(order.number, trade);
      return trade;
    },
    payUrl: (number: string): string => `${base()}/pay/${encodeURIComponent(number)}`,
    /** The payer pays. False when it cannot be paid any more. */
    pay(number: string, at = new Date().toISOString()): boolean {
      const trade = trades.get(number);
      if (trade?.state !== "open") return false;
      trade.state = "paid";
      trade.paidAt = at;
      notify(trade.notifyUrl, () => protocol.payment(trade));
      return true;
    },
    /** False when it is paid. */
    close(trade: Trade): boolean {
      if (trade.state === "open") trade.state = "closed";
      return trade.state === "closed";
    },
    refund(trade: Trade, ask: { number: string; amount: number; notifyUrl: string }): TradeRefund | undefined {
      const known = trade.refunds.get(ask.number);
      if (known) return known.amount === ask.amount ? known : undefined;
      const given = [...trade.refunds.values()].filter(({ state }) => state !== "closed");
      const left = trade.amount - given.reduce((sum, { amount }) => sum + amount, 0);
      if (trade.state !== "paid" || ask.amount > left || ask.amount <= 0) return undefined;
      const refund: TradeRefund = {
        ...ask,
        trade: tradeNumber(),
        acceptedAt: new Date().toISOString(),
        state: "processing",
      };
      trade.refunds.set(ask.number, refund);
      return refund;
    },
    /** The refund comes to its end, well unless told otherwise, and the merchant is told. */
    finish(trade: Trade, refund: TradeRefund): void {
      if (refund.state !== "processing") return;
      const wrong = endings.next();
      if (wrong?.mode === "refund-pending") return;
      refund.state =
        wrong?.mode === "refund-closed" ? "closed" : wrong?.mode === "refund-abnormal" ? "abnormal" : "done";
      refund.doneAt = new Date().toISOString();
      notify(refund.notifyUrl, () => protocol.refund(trade, refund));
    },
    /** Movements of a day, by the provider's own rule: payments when paid, refunds when accepted; its day may end before midnight. */
    ofDay(date: string, endsEarlierBy = 0): { payments: Trade[]; refunds: [Trade, TradeRefund][] } {
      const isOf = (at: string | undefined) =>
        at !== undefined &&
        new Date(Date.parse(at) + 8 * 3_600_000 + endsEarlierBy).toISOString().slice(0, 10) === date;
      const all = [...trades.values()];
      return {
        payments: all.filter(({ paidAt }) => isOf(paidAt)),
        refunds: all.flatMap((trade) =>
          [...trade.refunds.values()]
            .filter(({ acceptedAt }) => isOf(acceptedAt))
            .map((refund): [Trade, TradeRefund] => [trade, refund]),
        ),
      };
    },
    /** Does something wrong with a call, if it was told to. True when the answer is given already. */
    async upset(response: ServerResponse): Promise<boolean> {
      const wrong = calls.next();
      if (wrong?.mode === "slow") await pause(wrong.milliseconds);
      if (wrong?.mode === "down") {
        response.destroy();
        return true;
      }
      if (wrong?.mode === "500") {
        sendJson(response, 500, { code: "SYSTEM_ERROR" });
        return true;
      }
      return false;
    },
    /** Pages and levers for people and tests. True when the request was one of them. */
    async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
      const number = /^\/pay\/([\w-]+)$/.exec(url.pathname)?.[1];
      if (number && request.method === "GET") {
        sendPage(response, 200, payPage(protocol.title, trades.get(number)));
        return true;
      }
      if (number && request.method === "POST") {
        const text = await readText(request);
        const isForm = /urlencoded/.test(String(request.headers["content-type"]));
        const done = desk.pay(number, isForm || text === "" ? undefined : Pay.parse(JSON.parse(text)).at);
        const back = trades.get(number)?.returnUrl;
        if (!isForm) sendJson(response, done ? 200 : 409, {});
        else if (back) sendTo(response, back);
        else sendPage(response, 200, payPage(protocol.title, trades.get(number)));
        return true;
      }
      if (url.pathname === "/misbehave") {
        const asked: unknown = JSON.parse(await readText(request));
        const { mode } = Mode.parse(asked);
        for (const [known, part] of [
          [CALLS, calls],
          [CALLBACKS, notices],
          [REFUNDS, endings],
        ] as const)
          if (mode === "none" || known.some((each) => each === mode)) part.set(asked);
        sendJson(response, 200, {});
        return true;
      }
      if (url.pathname === "/ledger") {
        const all = [...trades.values()];
        const refunds = all.flatMap((trade) => [...trade.refunds.values()]);
        sendJson(response, 200, {
          payments: all.filter(({ state }) => state === "paid").map(({ number: n, amount }) => ({ number: n, amount })),
          refunds: refunds
            .filter(({ state }) => state === "done")
            .map(({ number: n, amount }) => ({ number: n, amount })),
          callbacks,
        });
        return true;
      }
      return false;
    },
    async stop(): Promise<void> {
      isStopped = true;
      held = [];
      await Promise.allSettled(sending);
    },
  };
  return desk;
};

const payPage = (title: string, trade: Trade | undefined): string => {
  if (!trade) return outsidePage(title, "<p>没有这笔订单。</p>");
  const state = { open: "待支付", paid: "已支付", closed: "已关闭" }[trade.state];
  const button =
    trade.state === "open" ? `<form method="post">${hidden({ pay: "1" })}<button>确认支付</button></form>` : "";
  return outsidePage(
    title,
    `<p>${escaped(trade.description)}</p><p><strong>¥${yuanFromFen(trade.amount)}</strong> <small>${state}</small></p>${button}
<p><small>商户订单号 ${escaped(trade.number)}</small></p>`,
  );
};
