import { createHash } from "node:crypto";
import * as z from "zod";
import { type Letter, type Move, startCarrier } from "./carriers-parcels.ts";
import type { Running } from "./http-server.ts";

const OP_CODES: Readonly<Record<Move["state"], string>> = {
  collected: "50",
  "in-transit": "30",
  "out-for-delivery": "44",
  problem: "70",
  refused: "70",
  returning: "99",
  returned: "648",
  delivered: "80",
};

const Order = z.object({
  orderId: z.string().max(64),
  contactInfoList: z.array(z.object({ contactType: z.int(), address: z.string() })).length(2),
});

/** SF (顺丰): `POST /std/service` takes orders; its pushes are batches of single events, without a signature. */
export const startSf = ({
  pushUrl,
  partnerId,
  checkword,
  port,
}: {
  /** With the secret in its path. */
  readonly pushUrl: string;
  readonly partnerId: string;
  readonly checkword: string;
  readonly port: number;
}): Promise<Running> => {
  const orders = new Map<string, string>();
  /** SF's own numbers of its events. */
  const ids = new Map<Move, string>();
  const idOf = (move: Move): string => {
    const id = ids.get(move) ?? `${Date.now()}${String(ids.size).padStart(4, "0")}`;
    ids.set(move, id);
    return id;
  };

  const batch = (number: string, moves: readonly Move[], url: string): Letter => ({
    url,
    headers: { "content-type": "application/json;charset=UTF-8" },
    body: JSON.stringify({
      Body: {
        WaybillRoute: moves.map((move) => ({
          mailno: number,
          acceptAddress: move.place,
          reasonName: "",
          orderid: [...orders].find(([, waybill]) => waybill === number)?.[0] ?? "",
          acceptTime: move.at,
          remark: move.text,
          opCode: OP_CODES[move.state],
          id: idOf(move),
          reasonCode: "",
        })),
      },
    }),
  });

  return startCarrier({
    port,
    letters(number, moves, fault) {
      const url = fault === "forged" ? pushUrl.replace(/[^/]+$/, "guessed-secret-guessed-secret") : pushUrl;
      if (fault === "out-of-order") return moves.slice(-2).map((move) => batch(number, [move], url));
      return [batch(number, moves.slice(-1), url)];
    },
    also: {
      "/std/service": async ({ body }) => {
        const form = Object.fromEntries(new URLSearchParams(body));
        const { msgData = "", timestamp = "", msgDigest } = form;
        const encoded = encodeURIComponent(msgData + timestamp + checkword)
          .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
          .replaceAll("%20", "+");
        if (form.partnerID !== partnerId || msgDigest !== createHash("md5").update(encoded).digest("base64"))
          return { apiResultCode: "A1006", apiErrorMsg: "数字签名无效", apiResultData: "" };
        const order = Order.safeParse(JSON.parse(msgData)).data;
        if (!order)
          return { apiResultCode: "A1000", apiResultData: JSON.stringify({ success: false, errorCode: "S0002" }) };
        const number = orders.get(order.orderId) ?? `SF${Date.now()}`.padEnd(15, "0").slice(0, 15);
        orders.set(order.orderId, number);
        const data = { orderId: order.orderId, waybillNoInfoList: [{ waybillType: 1, waybillNo: number }] };
        return {
          apiResultCode: "A1000",
          apiResultData: JSON.stringify({ success: true, errorCode: "S0000", msgData: data }),
        };
      },
    },
    seen: () => ({ orders: Object.fromEntries(orders) }),
  });
};
