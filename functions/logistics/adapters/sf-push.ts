import * as z from "zod";
import { fromBeijing } from "#shared/kernel/written-time.ts";
import { waybillOf } from "../domain/carriers.ts";
import type { Push } from "../domain/follow-parcel.ts";
import type { ParcelState, TrackEvent } from "../domain/track.ts";
import { carrierText } from "./carrier-text.ts";
import { decoded, parsedJson, UnreadablePush } from "./push-body.ts";

/**
 * SF's operation codes. 50, 30, 31, 44, 80, 70 and 8000 as in the design's notes; 99 "to be sent back" and 648 "sent back" are of the
 * published appendix [M]; whatever else it says, the parcel is on its way.
 */
const OP_CODES: Readonly<Record<string, ParcelState>> = {
  "50": "collected",
  "54": "collected",
  "30": "in-transit",
  "31": "in-transit",
  "36": "in-transit",
  "44": "out-for-delivery",
  "204": "out-for-delivery",
  "125": "out-for-delivery",
  "80": "delivered",
  "8000": "problem",
  "70": "problem",
  "33": "problem",
  "99": "returning",
  "648": "returned",
};

const text = z.union([z.string(), z.number()]).transform(String);

const Route = z.object({
  mailno: text,
  acceptTime: z.string(),
  acceptAddress: z.string().nullish(),
  remark: z.string().nullish(),
  opCode: text,
  id: text,
  reasonName: z.string().nullish(),
});

const Batch = z.object({ Body: z.object({ WaybillRoute: z.array(z.unknown()).max(100) }) });

const eventOf = (route: z.infer<typeof Route>): TrackEvent | undefined => {
  const at = fromBeijing(route.acceptTime);
  if (!at || !route.id) return undefined;
  const words = [route.remark, route.reasonName].filter(Boolean).join(" ");
  return {
    key: `sf#${route.id.slice(0, 40)}`,
    at,
    state: OP_CODES[route.opCode] ?? "in-transit",
    text: carrierText(words),
    ...(route.acceptAddress && { place: carrierText(route.acceptAddress) }),
    code: route.opCode.slice(0, 20),
    source: "sf",
  };
};

/**
 * Reads a batch (RoutePushService, JSON): one push for each waybill in it. Entries that cannot be read are counted, the others
 * stand. Throws UnreadablePush when nothing of it can be.
 */
export const readSfPush = (body: Buffer): { readonly pushes: readonly Push[]; readonly unreadable: number } => {
  const batch = Batch.safeParse(parsedJson(decoded(body)));
  if (!batch.success) throw new UnreadablePush("not a batch of routes");
  const byNumber = new Map<string, TrackEvent[]>();
  let unreadable = 0;
  for (const each of batch.data.Body.WaybillRoute) {
    const route = Route.safeParse(each).data;
    const event = route && eventOf(route);
    const number = waybillOf(route?.mailno ?? "");
    if (!event || !/^[A-Z0-9-]{4,40}$/.test(number)) unreadable += 1;
    else byNumber.set(number, [...(byNumber.get(number) ?? []), event]);
  }
  const pushes = [...byNumber].map(
    ([number, events]): Push => ({ source: "sf", number, report: { kind: "increment", events, voided: [] } }),
  );
  return { pushes, unreadable };
};
