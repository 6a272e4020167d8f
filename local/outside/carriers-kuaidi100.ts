import { createHash } from "node:crypto";
import * as z from "zod";
import { type Letter, type Move, startCarrier } from "./carriers-parcels.ts";
import type { Running } from "./http-server.ts";

const STATES: Readonly<Record<Move["state"], readonly [state: string, name: string]>> = {
  collected: ["1", "揽收"],
  "in-transit": ["0", "在途"],
  "out-for-delivery": ["5", "派件"],
  problem: ["2", "疑难"],
  refused: ["14", "拒签"],
  returning: ["6", "退回"],
  returned: ["4", "退签"],
  delivered: ["3", "签收"],
};

const Param = z.object({
  company: z.string().min(1),
  number: z.string().min(6).max(32),
  key: z.string(),
  parameters: z.object({ callbackurl: z.url(), salt: z.string(), phone: z.string().optional() }),
});
type Subscription = z.infer<typeof Param>;

/** Kuaidi100 (快递100): `POST /poll` takes subscriptions; its pushes carry the full list, the newest first, and are signed. */
export const startKuaidi100 = ({ key, port }: { readonly key: string; readonly port: number }): Promise<Running> => {
  const subscriptions = new Map<string, Subscription>();

  const letter = (number: string, moves: readonly Move[], status: string, forged: boolean): Letter[] => {
    const subscription = subscriptions.get(number);
    if (!subscription) return [];
    const newest = moves.at(-1);
    const param = JSON.stringify({
      status,
      billstatus: "",
      message: status === "abort" ? "3天查询无记录" : "",
      autoCheck: "0",
      comOld: "",
      comNew: "",
      lastResult: {
        message: "ok",
        state: newest ? STATES[newest.state][0] : "0",
        status: "200",
        ischeck: newest?.state === "delivered" ? "1" : "0",
        com: subscription.company,
        nu: number,
        data: moves.toReversed().map(({ state, text, place, at }) => ({
          context: text,
          time: at,
          ftime: at,
          status: STATES[state][1],
          areaName: place,
        })),
      },
    });
    const salt = forged ? "guessed" : subscription.parameters.salt;
    const sign = createHash("md5")
      .update(param + salt)
      .digest("hex")
      .toUpperCase();
    return [
      {
        url: subscription.parameters.callbackurl,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ sign, param }).toString(),
      },
    ];
  };

  return startCarrier({
    port,
    letters(number, moves, fault) {
      if (fault === "abort") return letter(number, [], "abort", false);
      const whole = letter(
        number,
        moves,
        moves.at(-1)?.state === "delivered" ? "shutdown" : "polling",
        fault === "forged",
      );
      return fault === "out-of-order" ? [...letter(number, moves.slice(0, -1), "polling", false), ...whole] : whole;
    },
    also: {
      "/poll": async ({ body }) => {
        const form = new URLSearchParams(body);
        const param = Param.safeParse(JSON.parse(form.get("param") ?? "{}")).data;
        if (!param || form.get("schema") !== "json")
          return { result: false, returnCode: "700", message: "订阅数据有误" };
        if (param.key !== key) return { result: false, returnCode: "600", message: "您不是合法的订阅者" };
        if (param.company === "shunfeng" && !param.parameters.phone)
          return { result: false, returnCode: "408", message: "缺少电话号码" };
        const known = subscriptions.has(param.number);
        subscriptions.set(param.number, param);
        return known
          ? { result: false, returnCode: "501", message: "重复订阅" }
          : { result: true, returnCode: "200", message: "提交成功" };
      },
    },
    seen: () => ({ subscriptions: [...subscriptions.values()].map(({ company, number }) => ({ company, number })) }),
  });
};
