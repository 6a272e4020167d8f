import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import type { Settings } from "#functions/logistics/adapters/settings.ts";
import { saltFor, saltsFor } from "#functions/logistics/adapters/tracker-salt.ts";
import type { CarrierCode } from "#functions/logistics/domain/carriers.ts";
import { afterSubscription } from "#functions/logistics/domain/follow-parcel.ts";
import { carrierCallbacks } from "#functions/logistics/http/callbacks.ts";
import { logisticsEndpoints } from "#functions/logistics/http/index.ts";
import { takeParked } from "#functions/logistics/steps/take-push.ts";
import { sendShipment } from "#shared/contracts/http/logistics.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { request, requestTo, said } from "#test/support/http-request.ts";
import {
  byTracker,
  cipher,
  logisticsStage,
  NUMBERS,
  personalWords,
  requested,
  START,
  sentBy,
} from "#test/support/logistics.ts";

const PUSH_SECRET = "a-secret-in-the-path-of-32-chars";
const settings: Settings = {
  sf: { pushSecret: PUSH_SECRET, allowedAddresses: ["192.0.2.0/24", "2001:db8::/32"] },
  ems: { authenticate: "EMS-AUTHENTICATE", versions: ["1.0.7"] },
};

const stage = async (carrier: keyof typeof NUMBERS | "none" = "none") => {
  const { deps, published, told } = logisticsStage();
  if (carrier !== "none") {
    const following = carrier === "yto" ? byTracker : ({ by: "carrier" } as const);
    const first = requested({ payment: "on-delivery", carrier: carrier as CarrierCode });
    await deps.shipments.save(first);
    const sent = sentBy(carrier, following);
    await deps.waybills.claim(NUMBERS[carrier], sent.id);
    await deps.shipments.save({ state: { ...sent, version: 2 }, at: sent.requestedAt, events: [] });
    const followed = carrier === "yto" && afterSubscription({ ...sent, version: 2 }, "followed", sent.requestedAt);
    if (followed) await deps.shipments.save(followed);
  }
  const answer = carrierCallbacks({ ...deps, settings, saltsOf: (number) => saltsFor(cipher, number) });
  const id = requested().state.id;
  return {
    deps,
    published,
    told,
    id,
    parcel: async () => (await deps.shipments.find(id)) ?? expect.fail("no shipment"),
    post: async (
      path: string,
      body: unknown,
      { headers, method = "POST", source }: { headers?: Record<string, string>; method?: string; source?: string } = {},
    ) => {
      const event = request({
        method,
        path: `/callbacks/logistics/${path}`,
        body,
        routeKey: "ANY",
        ...(headers && { headers }),
      });
      if (source) event.requestContext.http.sourceIp = source;
      return said(await answer(event));
    },
  };
};

const sfBatch = (...routes: readonly object[]) => ({
  Body: {
    WaybillRoute: routes.map((route, n) => ({
      mailno: NUMBERS.sf,
      acceptTime: "2026-11-24 10:00:00",
      acceptAddress: "佛山市",
      remark: "已收取快件",
      opCode: "50",
      id: `1589187414444${n}`,
      ...route,
    })),
  },
});
const sf = `sf/${PUSH_SECRET}`;

const emsList = (...mails: readonly object[]) => ({
  listexpressmail: mails.map((mail) => ({
    serialnumber: "1",
    mailnum: NUMBERS.ems,
    procdate: "20261124",
    proctime: "100000",
    orgfullname: "佛山",
    action: "00",
    description: "收寄",
    effect: "1",
    ...mail,
  })),
});
const emsHeaders = { authenticate: "EMS-AUTHENTICATE", version: "1.0.7" };

const kuaidi = (
  more: object = {},
  { nu = NUMBERS.yto as string, state = "0", data = [entry(1, "在途")], salt = saltFor(cipher, nu) } = {},
) => {
  const param = JSON.stringify({ status: "polling", lastResult: { state, com: "yuantong", nu, data }, ...more });
  const sign = createHash("md5")
    .update(param + salt)
    .digest("hex")
    .toUpperCase();
  return new URLSearchParams({ param, sign }).toString();
};
function entry(hour: number, status: string) {
  return {
    context: `第${hour}步`,
    time: `2026-11-24 ${String(hour).padStart(2, "0")}:00:00`,
    ftime: `2026-11-24 ${String(hour).padStart(2, "0")}:00:00`,
    status,
  };
}

const GOOD = {
  kuaidi100: { result: true, returnCode: "200", message: "成功" },
  sf: { return_code: "0000", return_msg: "成功" },
  ems: { response: { success: "1", failmailnums: "", remark: "" } },
};

describe("what carriers push is taken and answered exactly", () => {
  it("by Kuaidi100", async () => {
    const { post, parcel, told } = await stage("yto");
    const answer = await post(
      "kuaidi100",
      kuaidi({ status: "shutdown" }, { state: "3", data: [entry(9, "签收"), entry(1, "揽收")] }),
    );
    expect([answer.status, answer.body]).toEqual([200, GOOD.kuaidi100]);
    expect((await parcel()).status).toBe("delivered");
    expect(told().at(-1)).toBe("shipment.delivered.v1");
  });

  it("by SF, with more than one waybill in a batch", async () => {
    const { post, parcel, deps } = await stage("sf");
    const answer = await post(
      sf,
      sfBatch({}, { opCode: "44", acceptTime: "2026-11-24 15:00:00" }, { mailno: "SF0000000000001" }),
    );
    expect([answer.status, answer.body]).toEqual([200, GOOD.sf]);
    expect((await parcel()).status).toBe("sent");
    expect(await deps.waybills.parked("SF0000000000001")).toHaveLength(1);
  });

  it("by EMS, a delivery that it takes back included", async () => {
    const { post, parcel, told } = await stage("ems");
    const delivery = { action: "10", properdelivery: "本人收", proctime: "160000" };
    const answer = await post("ems", emsList({}, delivery), { headers: emsHeaders });
    expect([answer.status, answer.body]).toEqual([200, GOOD.ems]);
    expect((await parcel()).status).toBe("delivered");
    await post("ems", emsList({ ...delivery, effect: "0" }), { headers: emsHeaders });
    expect(await parcel()).toMatchObject({ status: "sent", attentions: ["delivery-withdrawn"] });
    expect(told()).toContain("shipment.attention-needed.v1");
  });
});

describe("what is told again changes nothing", () => {
  it.each([
    ["yto", "kuaidi100", () => kuaidi(), {}],
    ["sf", sf, () => sfBatch({}, { opCode: "80" }), {}],
    ["ems", "ems", () => emsList({}, { action: "10" }), { headers: emsHeaders }],
  ] as const)("of %s: one after the other, and twelve at once", async (carrier, path, body, how) => {
    const { post, parcel, told } = await stage(carrier);
    const answers = await Promise.all(Array.from({ length: 12 }, () => post(path, body(), how)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { version } = await parcel();
    const events = told().length;
    await post(path, body(), how);
    expect((await parcel()).version).toBe(version);
    expect(told()).toHaveLength(events);
    expect(told().filter((type) => type === "shipment.delivered.v1").length).toBeLessThanOrEqual(1);
  });
});

describe("what is told before the number is known", () => {
  it("is accepted, parked sealed, and taken when the number is entered", async () => {
    const { post, deps, told } = await stage();
    await deps.shipments.save(requested({ payment: "on-delivery" }));
    expect((await post("ems", emsList({}, { action: "10" }), { headers: emsHeaders })).body).toEqual(GOOD.ems);
    const lambda = httpLambda(logisticsEndpoints(deps));
    const { id } = requested().state;
    const verdict = {
      client: "d",
      scopes: "shipments:manage",
      department: "11440606MB2D26310W",
      division: "440606",
      staff: "s",
    } as const;
    const body = { by: { how: "waybill", carrier: "ems", number: NUMBERS.ems } };
    const sent = said(
      await lambda(requestTo(sendShipment, { params: { id }, body, verdict, headers: { "idempotency-key": "k" } })),
    );
    expect(sent.body).toMatchObject({ status: "sent", waybill: NUMBERS.ems });
    await takeParked(deps, id, NUMBERS.ems);
    expect((await deps.shipments.find(id))?.status).toBe("delivered");
    await takeParked(deps, id, NUMBERS.ems);
    expect(told().filter((type) => type === "shipment.delivered.v1")).toHaveLength(1);
  });

  it("is taken once: a list told since stays, however often the shipment is looked at", async () => {
    const { post, deps, id, told } = await stage();
    await deps.shipments.save(requested({ payment: "on-delivery", carrier: "yto" }));
    await post("kuaidi100", kuaidi({ status: "updateall" }, { data: [entry(1, "揽收")] }));
    await post("kuaidi100", kuaidi({ status: "abort" }, { data: [entry(1, "揽收")] }));
    await deps.waybills.claim(NUMBERS.yto, id);
    await deps.shipments.save({ state: { ...sentBy("yto", byTracker), version: 2 }, at: START, events: [] });
    const parcel = async () => (await deps.shipments.find(id)) ?? expect.fail("no shipment");
    await takeParked(deps, id, NUMBERS.yto);
    expect(await parcel()).toMatchObject({ attentions: ["tracking-aborted"], parcel: { track: { events: [{}] } } });
    await post("kuaidi100", kuaidi({}, { state: "3", data: [entry(9, "签收"), entry(1, "揽收")] }));
    const before = await parcel();
    expect(before.status).toBe("delivered");
    await takeParked(deps, id, NUMBERS.yto);
    expect(await parcel()).toEqual(before);
    expect(told().filter((type) => type === "shipment.delivered.v1")).toHaveLength(1);
    expect(told().filter((type) => type === "shipment.attention-needed.v1")).toHaveLength(1);
  });

  it("is not lost when the number is entered while it is being parked", async () => {
    const { deps, id, post, parcel } = await stage("ems");
    let asked = 0;
    const find = deps.waybills.find;
    vi.spyOn(deps.waybills, "find").mockImplementation(async (number) => (asked++ === 0 ? undefined : find(number)));
    await post("ems", emsList({ action: "10" }), { headers: emsHeaders });
    expect((await parcel()).status).toBe("delivered");
    expect(await deps.waybills.find(NUMBERS.ems)).toBe(id);
  });

  it("is bounded: a flood for one number ends, and is told to operators", async () => {
    const { post, deps } = await stage();
    const logged = vi.spyOn(logger, "error").mockImplementation(() => {});
    for (let n = 0; n < 120; n++) await post(sf, sfBatch({ id: `flood-${n}` }));
    expect(await deps.waybills.parked(NUMBERS.sf)).toHaveLength(100);
    expect(logged.mock.calls.map(([code]) => code)).toContain("push.parking-full");
    logged.mockRestore();
  });
});

describe("forgers", () => {
  it("who cannot sign change nothing at Kuaidi100's door", async () => {
    const { post, parcel } = await stage("yto");
    const { version } = await parcel();
    for (const salt of ["", "guess", saltFor(cipher, NUMBERS.ems), saltFor(cipher, NUMBERS.yto).toLowerCase()]) {
      const answer = await post("kuaidi100", kuaidi({}, { state: "3", salt }));
      expect([answer.status, answer.body.result]).toEqual([403, false]);
    }
    expect((await parcel()).version).toBe(version);
  });

  it("who hold a right sign of another parcel cannot use it for this one", async () => {
    const { post, parcel } = await stage("yto");
    const other = new URLSearchParams(kuaidi({}, { nu: "YT0000000000001" }));
    const mine = new URLSearchParams(kuaidi({}, { state: "3" }));
    const mixed = new URLSearchParams({ param: mine.get("param") ?? "", sign: other.get("sign") ?? "" });
    expect((await post("kuaidi100", mixed.toString())).status).toBe(403);
    expect((await parcel()).status).toBe("sent");
  });

  it.each([
    ["a guessed secret", "sf/guess", undefined],
    ["no secret", "sf", undefined],
    ["a secret one character short", `sf/${PUSH_SECRET.slice(0, -1)}`, undefined],
    ["another address", sf, "198.51.100.7"],
    ["another address, IPv6", sf, "2001:db9::1"],
  ])("come to SF's door with %s and are told that there is none", async (_what, path, source) => {
    const { post, parcel } = await stage("sf");
    const answer = await post(path, sfBatch({ opCode: "80" }), source ? { source } : {});
    expect(answer.status).toBe(404);
    expect((await parcel()).status).toBe("sent");
  });

  it("cannot speak at SF's door while no address is allowed", async () => {
    const { deps } = await stage("sf");
    const closed = carrierCallbacks({
      ...deps,
      settings: { sf: { pushSecret: PUSH_SECRET, allowedAddresses: [] } },
      saltsOf: () => [],
    });
    const event = request({ method: "POST", path: `/callbacks/logistics/${sf}`, body: sfBatch({}), routeKey: "ANY" });
    expect(said(await closed(event)).status).toBe(404);
  });

  it.each([
    [{}, 401],
    [{ authenticate: "EMS-AUTHENTICATF", version: "1.0.7" }, 401],
    [{ authenticate: "EMS-AUTHENTICATE", version: "9" }, 400],
  ])("come to EMS's door with %j", async (headers, status) => {
    const { post, parcel } = await stage("ems");
    const answer = await post("ems", emsList({ action: "10" }), { headers });
    expect([answer.status, answer.body.response.success]).toEqual([status, "0"]);
    expect((await parcel()).status).toBe("sent");
  });

  it("of one carrier cannot speak of another's parcels", async () => {
    const { post, parcel } = await stage("ems");
    expect((await post(sf, sfBatch({ mailno: NUMBERS.ems, opCode: "80" }))).body).toEqual(GOOD.sf);
    expect((await parcel()).status).toBe("sent");
  });
});

describe("what is merely wrong is never answered with a fault", () => {
  const bodies: readonly (readonly [string, unknown, Record<string, string>?])[] = [
    ["nothing", undefined],
    ["an empty text", ""],
    ["truncated JSON", '{"Body":{"WaybillRoute":[{"mailno":"SF1'],
    ["JSON of another kind", "[1,2,3]"],
    ["null", "null"],
    ["XML", "<?xml version='1.0'?><Request service='RoutePushService'/>"],
    ["bytes that are no characters", Buffer.from([0xff, 0xfe, 0x00, 0xff])],
    ["a deep nest", "[".repeat(5000)],
    ["a deep nest that ends", "[".repeat(5000) + "]".repeat(5000)],
    ["half a megabyte", "x".repeat(600_000)],
    ["another content type", '{"a":1}', { "content-type": "image/png" }],
    ["a form with an odd escape", "param=%E0%A4%A&sign=%"],
    ["a prototype", '{"__proto__":{"Body":1},"Body":{"WaybillRoute":[{"__proto__":1}]}}'],
    ["a flood of entries", JSON.stringify({ Body: { WaybillRoute: Array.from({ length: 500 }, () => ({})) } })],
  ];
  for (const [name, path, headers] of [
    ["Kuaidi100", "kuaidi100", {}],
    ["SF", sf, {}],
    ["EMS", "ems", emsHeaders],
    ["nobody", "toString", {}],
  ] as const)
    it.each(bodies.map(([what, body, more]) => ({ what, body, more: { ...more } })))(
      `at ${name}'s door: $what`,
      async ({ body, more }) => {
        const { post } = await stage();
        const { status } = await post(path, body, { headers: { ...headers, ...more } });
        expect(status).toBeLessThan(500);
      },
    );

  it("entries that cannot be read do not spoil the others; EMS is told which", async () => {
    const { post, parcel } = await stage("ems");
    const answer = await post("ems", emsList({}, { mailnum: "EA000000001CN", procdate: "never" }), {
      headers: emsHeaders,
    });
    expect(answer.body.response).toEqual({ success: "0", failmailnums: "EA000000001CN", remark: "部分邮件未处理" });
    expect((await parcel()).version).toBe(3);
  });

  it.each([["kuaidi100"], [sf], ["ems"]])("a GET at %s", async (path) => {
    const { post } = await stage();
    expect((await post(path, undefined, { method: "GET", headers: emsHeaders })).status).toBe(405);
  });
});

describe("faults of our own", () => {
  const broken = async (carrier: "sf" | "ems" | "yto") => {
    const world = await stage(carrier);
    vi.spyOn(world.deps.shipments, "save").mockRejectedValue(new StaleVersionError("always"));
    const logged = vi.spyOn(logger, "error").mockImplementation(() => {});
    return { ...world, logged };
  };

  it.each([
    ["yto", "kuaidi100", () => kuaidi(), {}, 500, { result: false, returnCode: "500", message: "系统异常" }],
    ["sf", sf, () => sfBatch({}), {}, 200, { return_code: "1000", return_msg: "系统异常" }],
    [
      "ems",
      "ems",
      () => emsList({}),
      { headers: emsHeaders },
      200,
      { response: { success: "0", failmailnums: NUMBERS.ems, remark: "部分邮件未处理" } },
    ],
  ] as const)("have %s send it again", async (carrier, path, body, how, status, expected) => {
    const { post, logged } = await broken(carrier);
    const answer = await post(path, body(), how);
    expect([answer.status, answer.body]).toEqual([status, expected]);
    expect(logged.mock.calls[0]?.[0]).toBe("callback.failed");
    vi.restoreAllMocks();
  });
});

it("nothing of what carriers write, and no number, stands in a log or an event", async () => {
  const lines: unknown[] = [];
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(logger, level).mockImplementation((...args: unknown[]) => void lines.push(args));
  const { post, published } = await stage("ems");
  const words = personalWords();
  await post("ems", emsList({ action: "10", description: words.join(), properdelivery: words[0] }), {
    headers: emsHeaders,
  });
  await post("ems", emsList({ mailnum: "EA999999999CN", description: words.join() }), { headers: emsHeaders });
  await post("kuaidi100", kuaidi({}, { salt: "forged" }));
  expect(lines.length).toBeGreaterThan(0);
  const seen = JSON.stringify([lines, published()]);
  for (const word of [...words, NUMBERS.ems, "EA999999999CN"]) expect(seen).not.toContain(word);
  vi.restoreAllMocks();
});
