import { type Letter, type Move, startCarrier } from "./carriers-parcels.ts";
import type { Running } from "./http-server.ts";

const ACTIONS: Readonly<Record<Move["state"], string>> = {
  collected: "00",
  "in-transit": "40",
  "out-for-delivery": "51",
  problem: "20",
  refused: "20",
  returning: "30",
  returned: "20",
  delivered: "10",
};

/** EMS: pushes single events; `POST /parcels/{number}/withdrawals` takes back the newest (effect 0). */
export const startEms = ({
  pushUrl,
  authenticate,
  version,
  port,
}: {
  readonly pushUrl: string;
  readonly authenticate: string;
  readonly version: string;
  readonly port: number;
}): Promise<Running> => {
  let serial = 0;
  const list = (number: string, moves: readonly Move[], effect: "0" | "1", forged = false): Letter => ({
    url: pushUrl,
    headers: {
      "content-type": "application/json;charset=UTF-8",
      authenticate: forged ? "WJW00000000000000" : authenticate,
      version,
    },
    body: JSON.stringify({
      listexpressmail: moves.map(({ state, text, place, at }) => ({
        serialnumber: String(++serial).padStart(20, "0"),
        mailnum: number,
        procdate: at.slice(0, 10).replaceAll("-", ""),
        proctime: at.slice(11).replaceAll(":", ""),
        orgfullname: place,
        action: ACTIONS[state],
        description: text,
        effect,
        properdelivery: state === "delivered" ? "本人收" : "",
        notproperdelivery: ACTIONS[state] === "20" ? text : "",
      })),
    }),
  });

  return startCarrier({
    port,
    letters: (number, moves, fault) =>
      fault === "out-of-order"
        ? moves.slice(-2).map((move) => list(number, [move], "1"))
        : [list(number, moves.slice(-1), "1", fault === "forged")],
    also: {
      "/parcels/*/withdrawals": async ({ number, moves, push }) => {
        const last = moves.pop();
        if (last) await push(list(number, [last], "0"));
        return { withdrawn: last ?? null };
      },
    },
  });
};
