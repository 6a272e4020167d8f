import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readEmsPush } from "#functions/logistics/adapters/ems-push.ts";
import { readKuaidi100Push } from "#functions/logistics/adapters/kuaidi100-push.ts";
import { UnreadablePush } from "#functions/logistics/adapters/push-body.ts";
import { digestOf } from "#functions/logistics/adapters/sf-orders.ts";
import { readSfPush } from "#functions/logistics/adapters/sf-push.ts";
import { fromBeijing } from "#shared/kernel/written-time.ts";
import { formBytes } from "#shared/runtime/form-body.ts";

const salt = "salt-of-this-number";
const signed = (param: string, encoding: "utf8" | Buffer = "utf8"): Buffer => {
  const bytes = Buffer.isBuffer(encoding) ? encoding : Buffer.from(param);
  const sign = createHash("md5").update(bytes).update(salt).digest("hex").toUpperCase();
  const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  return Buffer.from(`param=${escaped}&sign=${sign}`);
};
const read = (body: Buffer) => readKuaidi100Push(body, () => [salt]);

/**
 * The values of the push sample in Kuaidi100's interface document (https://api.kuaidi100.com/document/5f0ffa8f2977d50a94e1023c,
 * "推送接口"), as also quoted by its partners' SDKs; written down anew.
 */
const kuaidi100Sample = {
  status: "polling",
  billstatus: "got",
  message: "",
  lastResult: {
    message: "ok",
    state: "0",
    status: "200",
    condition: "F00",
    ischeck: "0",
    com: "yuantong",
    nu: "V030344422",
    data: [
      {
        context: "上海分拨中心/装件入车扫描 ",
        time: "2012-08-28 16:33:19",
        ftime: "2012-08-28 16:33:19",
        status: "在途",
        areaCode: "310000000000",
        areaName: "上海市",
      },
      {
        context: "上海分拨中心/下车扫描 ",
        time: "2012-08-27 23:22:42",
        ftime: "2012-08-27 23:22:42",
        status: "在途",
        areaCode: "310000000000",
        areaName: "上海市",
      },
    ],
  },
};

describe("Kuaidi100's push", () => {
  it("is read as its document gives it", () => {
    const push = read(signed(JSON.stringify(kuaidi100Sample)));
    expect(push).toMatchObject({
      source: "kuaidi100",
      number: "V030344422",
      report: { kind: "full", correction: false },
    });
    expect(push?.report.events.map(({ at, state, text, place }) => [at, state, text, place])).toEqual([
      ["2012-08-27T15:22:42.000Z", "in-transit", "上海分拨中心/下车扫描", "上海市"],
      ["2012-08-28T08:33:19.000Z", "in-transit", "上海分拨中心/装件入车扫描", "上海市"],
    ]);
    expect(push?.aborted).toBeUndefined();
  });

  // The state table of the same document; 7 and 6 from the notes of its older edition.
  it.each([
    ["0", "in-transit"],
    ["1", "collected"],
    ["2", "problem"],
    ["3", "delivered"],
    ["4", "returned"],
    ["5", "out-for-delivery"],
    ["6", "returning"],
    ["7", "forwarded"],
    ["8", "customs"],
    ["14", "refused"],
    ["97", "in-transit"],
  ])("tells by state %s that the parcel is %s", (state, expected) => {
    const body = { ...kuaidi100Sample, lastResult: { ...kuaidi100Sample.lastResult, state } };
    expect(read(signed(JSON.stringify(body)))?.report.events.at(-1)?.state).toBe(expected);
  });

  it("tells of a watch given up, of a corrected carrier and of a corrected list", () => {
    const push = (more: object) => read(signed(JSON.stringify({ ...kuaidi100Sample, ...more })));
    expect(push({ status: "abort", message: "3天查询无记录", comNew: "" })).toMatchObject({ aborted: true });
    expect(push({ status: "abort", autoCheck: "0", comOld: "", comNew: "ems" })?.correctedCarrier).toBe("ems");
    expect(push({ status: "updateall" })?.report).toMatchObject({ correction: true });
  });

  it("bears a sign over param and salt, also over an empty salt", () => {
    const body = signed(JSON.stringify(kuaidi100Sample));
    expect(readKuaidi100Push(body, () => ["another salt"])).toBeUndefined();
    expect(readKuaidi100Push(body, () => ["another salt", salt])).toBeDefined();
    const param = JSON.stringify(kuaidi100Sample);
    const sign = createHash("md5").update(param).digest("hex").toUpperCase();
    const unsalted = Buffer.from(new URLSearchParams({ param, sign }).toString());
    expect(readKuaidi100Push(unsalted, () => [salt])).toBeUndefined();
    expect(readKuaidi100Push(unsalted, () => [""])).toBeDefined();
    const unsigned = Buffer.from(new URLSearchParams({ param }).toString());
    expect(readKuaidi100Push(unsigned, () => [salt])).toBeUndefined();
  });

  it("is not believed when one character of it was changed", () => {
    const body = signed(JSON.stringify(kuaidi100Sample)).toString().replace("%30%33%30", "%30%33%31");
    expect(read(Buffer.from(body))).toBeUndefined();
  });

  it("is read from a form in GBK, whichever bytes were signed", () => {
    const param = JSON.stringify(kuaidi100Sample);
    // 上海分拨中心/下车扫描 and the rest, in GBK by the WHATWG table of this runtime's decoder, inverted.
    const gbk = encodedInGbk(param);
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(gbk)).toThrow();
    expect(read(signed(param, gbk))?.report.events.at(-1)?.text).toBe("上海分拨中心/装件入车扫描");
    const sign = createHash("md5").update(param).update(salt).digest("hex").toUpperCase();
    const escaped = [...gbk].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    expect(read(Buffer.from(`sign=${sign}&param=${escaped}`))).toBeDefined();
  });

  it.each([
    ["nothing", ""],
    ["no param", "sign=ABC"],
    ["a truncated text", `param=${encodeURIComponent(JSON.stringify(kuaidi100Sample).slice(0, 80))}&sign=X`],
    ["JSON of another kind", `param=${encodeURIComponent("[1,2]")}&sign=X`],
    ["bytes that are no characters", "param=%ff%ff%00&sign=X"],
    ["a deep nest", `param=${encodeURIComponent("[".repeat(400) + "]".repeat(400))}&sign=X`],
  ])("is refused as unreadable: %s", (_, body) => {
    expect(() => read(Buffer.from(body))).toThrow(UnreadablePush);
  });
});

/** GBK bytes of a text: found by decoding every two-byte sequence once. */
const encodedInGbk = (text: string): Buffer => {
  const decoder = new TextDecoder("gbk");
  const table = new Map<string, readonly number[]>();
  for (let lead = 0x81; lead <= 0xfe; lead++)
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const character = decoder.decode(Uint8Array.of(lead, trail));
      if (character.length === 1 && !table.has(character)) table.set(character, [lead, trail]);
    }
  return Buffer.from(
    [...text].flatMap((each) => ((each.codePointAt(0) ?? 0) < 128 ? [each.charCodeAt(0)] : (table.get(each) ?? []))),
  );
};

/** SF's open platform, RoutePushService (路由推送接口-速运类API), section 2.5; written down anew. */
const sfSample = {
  Body: {
    WaybillRoute: [
      {
        mailno: "SF7444400031887",
        acceptAddress: "深圳市",
        reasonName: "",
        orderid: "202003225d33322239ddW1df5t3",
        acceptTime: "2020-05-11 16:56:54",
        remark: "顺丰速运 已收取快件",
        opCode: "50",
        id: "158918741444476",
        reasonCode: "",
      },
      {
        mailno: "SF7444400031887",
        acceptAddress: "郑州市",
        reasonName: "",
        orderid: "202003225d33322239ddW1df5t3",
        acceptTime: "2020-05-11 16:56:54",
        remark: "快件到达 【郑州园博中转场】",
        opCode: "31",
        id: "158918741457126",
        reasonCode: "",
      },
    ],
  },
};
const asBody = (json: unknown): Buffer => Buffer.from(JSON.stringify(json));

describe("SF's route push", () => {
  it("is read as its document gives it", () => {
    const { pushes, unreadable } = readSfPush(asBody(sfSample));
    expect(unreadable).toBe(0);
    expect(pushes).toHaveLength(1);
    expect(pushes[0]).toMatchObject({ source: "sf", number: "SF7444400031887", report: { kind: "increment" } });
    expect(pushes[0]?.report.events.map(({ key, at, state, place }) => [key, at, state, place])).toEqual([
      ["sf#158918741444476", "2020-05-11T08:56:54.000Z", "collected", "深圳市"],
      ["sf#158918741457126", "2020-05-11T08:56:54.000Z", "in-transit", "郑州市"],
    ]);
  });

  // 50, 30, 31, 44, 80, 70, 8000 of the design's notes; the others from memory of the platform's appendix of operation codes.
  it.each([
    ["50", "collected"],
    ["30", "in-transit"],
    ["31", "in-transit"],
    ["44", "out-for-delivery"],
    ["80", "delivered"],
    ["70", "problem"],
    ["8000", "problem"],
    ["99", "returning"],
    ["648", "returned"],
    ["12345", "in-transit"],
  ])("tells by operation code %s that the parcel is %s", (opCode, expected) => {
    const [route] = sfSample.Body.WaybillRoute;
    const { pushes } = readSfPush(asBody({ Body: { WaybillRoute: [{ ...route, opCode }] } }));
    expect(pushes[0]?.report.events[0]?.state).toBe(expected);
  });

  it("is parted by waybill, and what cannot be read of it does not spoil the rest", () => {
    const [one, two] = sfSample.Body.WaybillRoute;
    const routes = [
      one,
      { ...two, mailno: "SF0000000000001", id: 42 },
      { mailno: 3 },
      null,
      { ...one, acceptTime: "today" },
    ];
    const { pushes, unreadable } = readSfPush(asBody({ Body: { WaybillRoute: routes } }));
    expect(pushes.map(({ number }) => number)).toEqual(["SF7444400031887", "SF0000000000001"]);
    expect(unreadable).toBe(3);
  });

  it.each([["{"], ["{}"], ["[]"], ["null"], ['"x"'], ["<?xml version='1.0'?><Request/>"], ["\u0000"]])(
    "is refused as unreadable: %s",
    (body) => {
      expect(() => readSfPush(Buffer.from(body))).toThrow(UnreadablePush);
    },
  );

  it("is ordered by a digest as SF's signature guide defines it: base64 of MD5 over the URL-encoded text", () => {
    // Computed with OpenSSL: printf %s 'a+b%E9%A1%BA123key' | openssl md5 -binary | base64
    expect(digestOf("a b顺", "123", "key")).toBe("oEyncB/P6zlaMXHNFFtKOg==");
  });
});

/** EMS's push as its partners' integrations quote the document (field names, codes and the sample number); written down anew. */
const emsSample = {
  listexpressmail: [
    {
      serialnumber: "0000000000000000001",
      mailnum: "LK434266003CN",
      procdate: "20130702",
      proctime: "000100",
      orgfullname: "广州",
      action: "60",
      description: "物流描述信息",
      effect: "1",
      properdelivery: "",
      notproperdelivery: "",
    },
  ],
};

describe("EMS's push", () => {
  it("is read as its document gives it", () => {
    const { pushes, unreadable } = readEmsPush(asBody(emsSample));
    expect(unreadable).toEqual([]);
    expect(pushes).toEqual([
      {
        source: "ems",
        number: "LK434266003CN",
        report: {
          kind: "increment",
          events: [
            {
              key: "2013-07-01T16:01:00.000Z#60",
              at: "2013-07-01T16:01:00.000Z",
              state: "collected",
              text: "物流描述信息",
              place: "广州",
              code: "60",
              source: "ems",
            },
          ],
          voided: [],
        },
      },
    ]);
  });

  it.each([
    ["00", "collected"],
    ["10", "delivered"],
    ["20", "problem"],
    ["30", "in-transit"],
    ["40", "in-transit"],
    ["41", "in-transit"],
    ["50", "out-for-delivery"],
    ["51", "out-for-delivery"],
    ["60", "collected"],
    ["77", "in-transit"],
  ])("tells by action %s that the parcel is %s", (action, expected) => {
    const [mail] = emsSample.listexpressmail;
    const { pushes } = readEmsPush(asBody({ listexpressmail: [{ ...mail, action }] }));
    expect(pushes[0]?.report.events[0]?.state).toBe(expected);
  });

  it("takes back by effect 0 the event of the same number, date, time and action, and by nothing else", () => {
    const [mail] = emsSample.listexpressmail;
    const told = readEmsPush(asBody({ listexpressmail: [{ ...mail, effect: "1", serialnumber: "7" }] })).pushes[0];
    const back = readEmsPush(asBody({ listexpressmail: [{ ...mail, effect: "0", serialnumber: "8" }] })).pushes[0];
    expect(back?.report).toEqual({ kind: "increment", events: [], voided: [told?.report.events[0]?.key] });
  });

  it("keeps who signed, and why it could not be delivered", () => {
    const [mail] = emsSample.listexpressmail;
    const list = [
      { ...mail, action: "10", properdelivery: "本人收" },
      { ...mail, action: "20", notproperdelivery: "收件人不在指定地址" },
    ];
    const [push] = readEmsPush(asBody({ listexpressmail: list })).pushes;
    expect(push?.report.events.map(({ signedBy, text }) => [signedBy, text])).toEqual([
      ["本人收", "物流描述信息 本人收"],
      [undefined, "物流描述信息 收件人不在指定地址"],
    ]);
  });

  it("names the numbers it could not be read of", () => {
    const [mail] = emsSample.listexpressmail;
    const list = [mail, { ...mail, mailnum: "EA000000001CN", procdate: "20130231" }, 7];
    const { pushes, unreadable } = readEmsPush(asBody({ listexpressmail: list }));
    expect(pushes).toHaveLength(1);
    expect(unreadable).toEqual(["EA000000001CN", ""]);
  });
});

describe("carriers' times", () => {
  it.each([
    ["2026-11-22 16:33:19", "2026-11-22T08:33:19.000Z"],
    ["2026-11-22 00:00:00", "2026-11-21T16:00:00.000Z"],
    ["20261122 235959", "2026-11-22T15:59:59.000Z"],
    ["2026/11/22 08:05", "2026-11-22T00:05:00.000Z"],
    ["2026-02-30 10:00:00", undefined],
    ["2026-11-22 25:00:00", undefined],
    ["yesterday", undefined],
    ["", undefined],
  ])("%s is %s", (written, expected) => {
    expect(fromBeijing(written)).toBe(expected);
  });
});

describe("forms", () => {
  it("are read byte by byte", () => {
    const fields = formBytes(Buffer.from("a=1+2%2B%E4%B8%80&b&c="));
    expect([...(fields ?? [])].map(([name, value]) => [name, value.toString()])).toEqual([
      ["a", "1 2+一"],
      ["b", ""],
      ["c", ""],
    ]);
  });

  it.each([["a=%zz"], ["a=%4"], ["a=1&a=2"], ["=none"], [""]])(
    "that can be read in more than one way are not: %j",
    (body) => {
      expect(formBytes(Buffer.from(body))).toBeUndefined();
    },
  );
});
