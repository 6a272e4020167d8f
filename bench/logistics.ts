import { createHash } from "node:crypto";
import { dynamoShipments } from "#functions/logistics/adapters/dynamo-shipments.ts";
import { dynamoWaybills } from "#functions/logistics/adapters/dynamo-waybills.ts";
import { saltFor } from "#functions/logistics/adapters/tracker-salt.ts";
import { takePush } from "#functions/logistics/domain/follow-parcel.ts";
import { hasParcel, type Shipment } from "#functions/logistics/domain/shipment.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { beijingDigits, beijingText } from "#shared/kernel/written-time.ts";
import { granted, patience, sentBy } from "#test/support/logistics.ts";
import { inBenchCity } from "./bench-city.ts";
import { findKnee, openLoad } from "./load.ts";
import { publish, quantile, row, setting, TIMES_HEAD } from "./measure.ts";

const DUPLICATES = 0.2;
const FORGERIES = 0.05;
/** `SECONDS=5 RATE=20 npm run bench logistics` for a short look without looking for the knee. */
const SECONDS = setting("SECONDS", 30);
const GIVEN_RATE = setting("RATE", undefined);
const authenticate = "EMS-AUTHENTICATE-OF-THE-BENCH";
const START = Date.parse("2026-11-24T02:00:00Z");

/** What each carrier says of a journey: Kuaidi100's name, EMS's action, ours. */
const STEPS = [
  { name: "揽收", state: "1", action: "00", ours: "collected" },
  { name: "派件", state: "5", action: "51", ours: "out-for-delivery" },
  { name: "签收", state: "3", action: "10", ours: "delivered" },
] as const;
const at = (step: number): string => new Date(START + step * 3_600_000).toISOString();

const FOLLOWED = { by: "kuaidi100", state: "followed", code: "yuantong", subscriptions: [] } as const;

interface Parcel {
  readonly id: string;
  readonly by: "ems" | "kuaidi100";
  readonly number: string;
  /** Steps of the journey that were told. */
  readonly told: Set<number>;
}

const settings = { kuaidi100: { url: "http://127.0.0.1:9", key: "k" }, ems: { authenticate } };

const part = { capability: "Logistics", outside: "Outside", settings } as const;
await inBenchCity(part, async ({ url, client, table, cipher }) => {
  const shipments = dynamoShipments(client, { table, cipher, patience });
  const waybills = dynamoWaybills(client, { table, cipher, now: systemClock });

  let made = 0;
  /** A parcel on its way, as a clerk leaves it; every other one is followed by the tracker. */
  const seed = async (): Promise<Parcel> => {
    const serial = String(made).padStart(9, "0");
    const by = made++ % 2 === 0 ? "ems" : "kuaidi100";
    const number = by === "ems" ? `EA${serial}CN` : `YT0000${serial}`;
    const id = derivedId("bench", number);
    const sent: Shipment = by === "ems" ? sentBy("ems") : sentBy("yto", FOLLOWED);
    if (!hasParcel(sent)) throw new Error("it was not sent");
    const state: Shipment = { ...sent, id, application: id, version: 1, parcel: { ...sent.parcel, waybill: number } };
    await waybills.claim(number, id);
    await shipments.save({ state, at: sent.requestedAt, events: [] });
    return { id, by, number, told: new Set() };
  };
  const seeded = async (count: number): Promise<Parcel[]> => {
    const parcels: Parcel[] = [];
    while (parcels.length < count)
      parcels.push(...(await Promise.all(Array.from({ length: Math.min(50, count - parcels.length) }, seed))));
    return parcels;
  };

  const emsPush = (number: string, step: number, isForged: boolean) => ({
    headers: { "content-type": "application/json", authenticate: isForged ? `${authenticate}?` : authenticate },
    body: JSON.stringify({
      listexpressmail: [
        {
          serialnumber: String(step),
          mailnum: number,
          procdate: beijingDigits(at(step)).slice(0, 8),
          proctime: beijingDigits(at(step)).slice(8),
          orgfullname: "佛山",
          action: STEPS[step]?.action,
          description: STEPS[step]?.name,
          effect: "1",
        },
      ],
    }),
  });
  const kuaidiPush = (number: string, step: number, isForged: boolean) => {
    const entries = STEPS.slice(0, step + 1).map(({ name }, n) => ({
      context: `快件${name}`,
      time: beijingText(at(n)),
      ftime: beijingText(at(n)),
      status: name,
    }));
    const lastResult = { state: STEPS[step]?.state, com: "yuantong", nu: number, data: entries.reverse() };
    const param = JSON.stringify({ status: step === 2 ? "shutdown" : "polling", message: "", lastResult });
    const salt = isForged ? "a guess" : saltFor(cipher, number);
    const sign = createHash("md5").update(param).update(salt).digest("hex").toUpperCase();
    return {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ param, sign }).toString(),
    };
  };
  const GOOD = {
    ems: { response: { success: "1", failmailnums: "", remark: "" } },
    kuaidi100: { result: true, returnCode: "200", message: "成功" },
  };

  let forged = 0;
  let wrong = 0;
  const post = async ({ number, by, told }: Parcel, step: number, isForged: boolean): Promise<void> => {
    const push = by === "ems" ? emsPush(number, step, isForged) : kuaidiPush(number, step, isForged);
    const answer = await fetch(`${url}/callbacks/logistics/${by}`, { method: "POST", ...push });
    const text = await answer.text();
    const refusal = by === "ems" ? 401 : 403;
    if (isForged ? answer.status !== refusal : answer.status !== 200 || text !== JSON.stringify(GOOD[by])) wrong += 1;
    if (isForged) forged += 1;
    else told.add(step);
    if (answer.status >= 500) throw new Error(`answered ${answer.status}`);
  };
  /** Three pushes a parcel, one after the other. Of 100, 5 are forged and 20 repeat the one before of the same parcel, or it itself. */
  const mixed = (parcels: readonly Parcel[]) => (index: number) => {
    const share = (index * 37) % 100;
    const isForged = share < FORGERIES * 100;
    const isRepeat = !isForged && share < (FORGERIES + DUPLICATES) * 100;
    const parcel = parcels[Math.floor(index / STEPS.length) % parcels.length];
    if (!parcel) throw new Error("no parcel");
    const step = index % STEPS.length;
    return post(parcel, isRepeat ? Math.max(0, step - 1) : step, isForged);
  };

  // Its own, beside ours: the same write without a function before it.
  const aloneTimes: number[] = [];
  for (const { id, number } of (await seeded(200)).filter(({ by }) => by === "ems")) {
    const shipment = await shipments.find(id);
    if (!shipment) throw new Error("not seeded");
    const event = {
      key: `${at(2)}#10`,
      at: at(2),
      state: "delivered",
      text: "签收",
      code: "10",
      source: "ems",
    } as const;
    const push = { source: "ems", number, report: { kind: "increment", events: [event], voided: [] } } as const;
    const change = granted(takePush(shipment, push, systemClock()));
    if (!change) throw new Error("nothing new");
    const begun = performance.now();
    await shipments.save(change);
    aloneTimes.push(performance.now() - begun);
  }

  for (const parcel of await seeded(20)) await post(parcel, 0, false);
  const trials = GIVEN_RATE === undefined ? await seeded(3_000) : [];
  const knee = GIVEN_RATE === undefined ? (await findKnee(20, mixed(trials), console.log)).knee : undefined;
  const rate = GIVEN_RATE ?? (knee ?? 20) * 0.7;
  const parcels = await seeded(Math.ceil((rate * SECONDS) / STEPS.length));
  const result = await openLoad({ rate, seconds: SECONDS }, mixed(parcels));

  let exact = 0;
  let delivered = 0;
  for (const { id, by, told } of parcels) {
    const shipment = await shipments.find(id);
    if (!shipment || !hasParcel(shipment)) continue;
    // The tracker resends the full list; EMS tells single events, and each makes one version.
    const steps = by === "ems" ? [...told].sort() : [...Array(Math.max(-1, ...told) + 1).keys()];
    const expected = steps.map((step) => STEPS[step]?.ours);
    const isTrack = shipment.parcel.track.events.map(({ state }) => state).join() === expected.join();
    const isOnce = by === "ems" ? shipment.version === 1 + told.size : shipment.version <= 1 + told.size;
    if (isTrack && isOnce && (shipment.status === "delivered") === told.has(2)) exact += 1;
    if (shipment.status === "delivered") delivered += 1;
  }
  const isExact = exact === parcels.length && wrong === 0;

  publish("logistics", "Pushes of carriers under load", [
    `${SECONDS} s at ${rate.toFixed(0)} pushes a second${knee === undefined ? "" : `, 70 % of the knee (${knee.toFixed(0)}/s)`}, half EMS's and half Kuaidi100's, 20 % of them repeats, 5 % forged; through the gateway, the callback function and DynamoDB Local.`,
    "",
    ...TIMES_HEAD,
    row("a push, from when it should have been sent to its answer", result.times),
    row("the same write on DynamoDB Local alone, one at a time", aloneTimes),
    "",
    `p99 of the answer: ${quantile(result.times, 0.99).toFixed(0)} ms. Failed: ${result.failed}. Forgeries refused: ${forged}. Answers other than they should be: ${wrong}.`,
    "",
    `Tracks: ${exact} of ${parcels.length} parcels have exactly the journey that was told, each event once; ${delivered} delivered; ${isExact ? "exact" : "NOT EXACT"}.`,
  ]);
  if (!isExact) process.exitCode = 1;
});
