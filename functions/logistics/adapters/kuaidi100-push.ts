import { createHash, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { fromBeijing } from "#shared/kernel/written-time.ts";
import { formBytes } from "#shared/runtime/form-body.ts";
import { waybillOf } from "../domain/carriers.ts";
import type { Push } from "../domain/follow-parcel.ts";
import type { ParcelState, TrackEvent } from "../domain/track.ts";
import { carrierText } from "./carrier-text.ts";
import { decoded, parsedJson, UnreadablePush } from "./push-body.ts";

/** Kuaidi100's states (https://api.kuaidi100.com/document/5f0ffa8f2977d50a94e1023c); what it may add later is "in transit". */
const STATES: Readonly<Record<string, ParcelState>> = {
  "0": "in-transit",
  "1": "collected",
  "2": "problem",
  "3": "delivered",
  "4": "returned",
  "5": "out-for-delivery",
  "6": "returning",
  "7": "forwarded",
  "8": "customs",
  "14": "refused",
};

/** The name it gives each entry of the list when asked to with resultv2 [M: only those marked in its samples]. */
const NAMES: readonly (readonly [RegExp, ParcelState])[] = [
  [/退签|退回签收/, "returned"],
  [/拒签|拒收/, "refused"],
  [/签收|代收/, "delivered"],
  [/揽收|收件/, "collected"],
  [/派件|派送|投柜/, "out-for-delivery"],
  [/疑难|异常/, "problem"],
  [/退回/, "returning"],
  [/转单|转投/, "forwarded"],
  [/清关/, "customs"],
];

const text = z.union([z.string(), z.number()]).transform(String);

const Entry = z.object({
  context: z.string().nullish(),
  time: z.string().nullish(),
  ftime: z.string().nullish(),
  status: text.nullish(),
  statusCode: text.nullish(),
  areaName: z.string().nullish(),
});

const Param = z.object({
  status: z.string(),
  message: z.string().nullish(),
  autoCheck: text.nullish(),
  comNew: z.string().nullish(),
  lastResult: z.object({
    state: text.nullish(),
    com: z.string().nullish(),
    nu: text,
    data: z.array(z.unknown()).nullish(),
  }),
});

const entryState = (entry: z.infer<typeof Entry>): ParcelState => {
  // Its finer codes begin with the state's own digit(s): 301 is a kind of 3, 1401 of 14.
  const code = entry.statusCode ?? "";
  const coarse = STATES[code] ?? STATES[code.slice(0, -2)];
  return coarse ?? NAMES.find(([name]) => name.test(entry.status ?? ""))?.[1] ?? "in-transit";
};

/** The list comes newest first; its newest entry bears the state of the whole. */
const eventsOf = (data: readonly unknown[], state: ParcelState | undefined): readonly TrackEvent[] =>
  data
    .flatMap((each): TrackEvent[] => {
      const entry = Entry.safeParse(each).data;
      const at = entry && fromBeijing(entry.ftime || entry.time || "");
      if (!entry || !at) return [];
      const words = carrierText(entry.context ?? "");
      return [
        {
          key: `${at}#${createHash("sha256").update(words).digest("base64url").slice(0, 16)}`,
          at,
          state: entryState(entry),
          text: words,
          ...(entry.areaName && { place: carrierText(entry.areaName) }),
          code: entry.statusCode ?? entry.status ?? "",
          source: "kuaidi100",
        },
      ];
    })
    .map((event, index, all) =>
      state !== undefined && event.at === newestOf(all) && index === all.findIndex(({ at }) => at === event.at)
        ? { ...event, state }
        : event,
    )
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.key < b.key ? -1 : 1));

const newestOf = (events: readonly TrackEvent[]): string =>
  events.reduce((newest, { at }) => (at > newest ? at : newest), "");

const pushOf = (json: unknown): Push => {
  const param = Param.safeParse(json);
  if (!param.success) throw new UnreadablePush("not a push of Kuaidi100");
  const { status, comNew, lastResult } = param.data;
  const number = waybillOf(lastResult.nu);
  if (!/^[A-Z0-9-]{4,40}$/.test(number)) throw new UnreadablePush("no waybill number");
  const state = lastResult.state ? (STATES[lastResult.state] ?? "in-transit") : undefined;
  return {
    source: "kuaidi100",
    number,
    report: {
      kind: "full",
      events: eventsOf(lastResult.data ?? [], state),
      correction: status === "updateall",
    },
    ...(status === "abort" && { aborted: true }),
    ...(comNew && { correctedCarrier: comNew.toLowerCase() }),
  };
};

const signatureOf = (param: Buffer, salt: string): Buffer =>
  Buffer.from(createHash("md5").update(param).update(salt).digest("hex").toUpperCase());

/**
 * Reads a push: a form of `param`, a JSON text, and `sign` = UPPER(MD5(param + salt)). Undefined when no salt makes that sign.
 * Throws UnreadablePush.
 * @param saltsOf the salts with which a number may have been subscribed
 */
export const readKuaidi100Push = (body: Buffer, saltsOf: (number: string) => readonly string[]): Push | undefined => {
  const fields = formBytes(body);
  if (!fields) throw new UnreadablePush("not a form");
  const param = fields.get("param");
  if (!param) throw new UnreadablePush("no param");
  const said = decoded(param);
  const push = pushOf(parsedJson(said));
  const given = Buffer.from((fields.get("sign") ?? Buffer.alloc(0)).toString("latin1").trim().toUpperCase());
  // The sign is made over what was meant; a form in GBK may have been signed before it was encoded.
  const candidates = saltsOf(push.number).flatMap((salt) => [
    signatureOf(param, salt),
    signatureOf(Buffer.from(said), salt),
  ]);
  return candidates.some((sign) => sign.length === given.length && timingSafeEqual(sign, given)) ? push : undefined;
};
