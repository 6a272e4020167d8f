import * as z from "zod";
import { fromBeijing } from "#shared/kernel/written-time.ts";
import { waybillOf } from "../domain/carriers.ts";
import type { Push } from "../domain/follow-parcel.ts";
import type { ParcelState, TrackEvent } from "../domain/track.ts";
import { carrierText } from "./carrier-text.ts";
import { decoded, parsedJson, UnreadablePush } from "./push-body.ts";

/** EMS's actions; what it may add later is "in transit". */
const ACTIONS: Readonly<Record<string, ParcelState>> = {
  "00": "collected",
  "10": "delivered",
  "20": "problem",
  "30": "in-transit",
  "40": "in-transit",
  "41": "in-transit",
  "50": "out-for-delivery",
  "51": "out-for-delivery",
  "60": "collected",
};

const text = z.union([z.string(), z.number()]).transform((value) => String(value).trim());

const Mail = z.object({
  mailnum: text,
  procdate: text.pipe(z.string().regex(/^\d{8}$/)),
  proctime: text.pipe(z.string().regex(/^\d{1,6}$/)),
  orgfullname: z.string().nullish(),
  action: text,
  description: z.string().nullish(),
  effect: text.nullish(),
  properdelivery: text.nullish(),
  notproperdelivery: text.nullish(),
});

const List = z.object({ listexpressmail: z.array(z.unknown()).max(500) });

export interface EmsList {
  readonly pushes: readonly Push[];
  /** Numbers of entries that could not be read, to be told back; "" where not even the number could be. */
  readonly unreadable: readonly string[];
}

const eventOf = (mail: z.infer<typeof Mail>): TrackEvent | undefined => {
  const at = fromBeijing(`${mail.procdate} ${mail.proctime.padStart(6, "0")}`);
  if (!at) return undefined;
  const action = mail.action.padStart(2, "0").slice(0, 10);
  const reason = action === "20" ? mail.notproperdelivery : action === "10" ? mail.properdelivery : undefined;
  const words = carrierText([mail.description, reason].filter(Boolean).join(" "));
  return {
    // An event is named by number, date, time and action: that is how one is withdrawn.
    key: `${at}#${action}`,
    at,
    state: ACTIONS[action] ?? "in-transit",
    text: words,
    ...(mail.orgfullname && { place: carrierText(mail.orgfullname) }),
    code: action,
    source: "ems",
    ...(action === "10" && mail.properdelivery && { signedBy: carrierText(mail.properdelivery) }),
  };
};

/** Reads a list, one push for each number in it. `effect` 0 takes back. Throws UnreadablePush when nothing of it can be read. */
export const readEmsPush = (body: Buffer): EmsList => {
  const list = List.safeParse(parsedJson(decoded(body)));
  if (!list.success) throw new UnreadablePush("not a list of mail");
  const byNumber = new Map<string, { events: TrackEvent[]; voided: string[] }>();
  const unreadable: string[] = [];
  for (const each of list.data.listexpressmail) {
    const mail = Mail.safeParse(each).data;
    const event = mail && eventOf(mail);
    const number = waybillOf(mail?.mailnum ?? "");
    if (!event || !/^[A-Z0-9-]{4,40}$/.test(number)) {
      unreadable.push(
        /^[A-Z0-9-]{1,40}$/.exec(waybillOf(String((each as { mailnum?: unknown })?.mailnum ?? "")))?.[0] ?? "",
      );
      continue;
    }
    const known = byNumber.get(number) ?? { events: [], voided: [] };
    if (mail.effect === "0") known.voided.push(event.key);
    else known.events.push(event);
    byNumber.set(number, known);
  }
  const pushes = [...byNumber].map(
    ([number, report]): Push => ({ source: "ems", number, report: { kind: "increment", ...report } }),
  );
  return { pushes, unreadable };
};
