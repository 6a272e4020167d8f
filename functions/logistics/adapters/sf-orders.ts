import { createHash, randomUUID } from "node:crypto";
import * as z from "zod";
import type { CarrierOrders } from "../domain/ports.ts";
import type { Address } from "../domain/shipment.ts";
import type { Settings } from "./settings.ts";

const TIMEOUT_MS = 8_000;

class CarrierError extends Error {
  override readonly name = "CarrierError";
}

const Envelope = z.object({ apiResultCode: z.string(), apiResultData: z.string().nullish() });
const Result = z.object({
  success: z.union([z.boolean(), z.string()]).nullish(),
  errorCode: z.string().nullish(),
  msgData: z
    .object({
      waybillNoInfoList: z.array(z.object({ waybillType: z.coerce.number(), waybillNo: z.string() })).nullish(),
    })
    .nullish(),
});

/** Its own troubles [M]: "try again", not "no". */
const ITS_FAULT = /^(S000[1-3]|8057|20\d\d\d)$/;

const contactOf = (contactType: 1 | 2, { name, phone, region, street }: Address) => ({
  contactType,
  contact: name,
  ...(phone.startsWith("1") ? { mobile: phone } : { tel: phone }),
  country: "CN",
  // Without province and city the address itself has to begin with them.
  address: `${region}${street}`,
});

/**
 * Places orders with SF (EXP_RECE_CREATE_ORDER): msgDigest = base64(MD5(urlencode(msgData + timestamp + checkword))). The same
 * orderId again is answered with the first waybill, so that a repeat orders nothing twice.
 */
export const sfOrders = (orders: NonNullable<NonNullable<Settings["sf"]>["orders"]> | undefined): CarrierOrders => ({
  takes: (carrier) => carrier === "sf" && orders !== undefined,
  async place(carrier, { reference, from, to, paidBy }) {
    if (carrier !== "sf" || !orders) throw new CarrierError(`no orders are placed with ${carrier}`);
    const msgData = JSON.stringify({
      language: "zh-CN",
      orderId: reference,
      cargoDetails: [{ name: "政务服务材料" }],
      contactInfoList: [contactOf(1, from), contactOf(2, to)],
      payMethod: paidBy === "sender" ? 1 : 2,
      ...(paidBy === "sender" && orders.monthlyCard && { monthlyCard: orders.monthlyCard }),
      expressTypeId: orders.expressType,
      isReturnRoutelabel: 0,
      isUnifiedWaybillNo: 1,
      isGenWaybillNo: 1,
      isDocall: 1,
    });
    const timestamp = String(Date.now());
    const response = await fetch(orders.url, {
      method: "POST",
      body: new URLSearchParams({
        partnerID: orders.partnerId,
        requestID: randomUUID(),
        serviceCode: "EXP_RECE_CREATE_ORDER",
        timestamp,
        msgDigest: digestOf(msgData, timestamp, orders.checkword),
        msgData,
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: "error",
    });
    if (!response.ok) throw new CarrierError(`SF answered HTTP ${response.status}`);
    const { apiResultCode, apiResultData } = Envelope.parse(await response.json());
    if (apiResultCode !== "A1000") throw new CarrierError(`SF answered ${apiResultCode}`);
    const { errorCode, msgData: data } = Result.parse(JSON.parse(apiResultData ?? "{}"));
    const number = data?.waybillNoInfoList?.find(({ waybillType }) => waybillType === 1)?.waybillNo;
    if (errorCode === "S0000" && number) return { number };
    if (!errorCode || ITS_FAULT.test(errorCode)) throw new CarrierError(`SF answered ${errorCode}`);
    return { refused: errorCode };
  },
});

/** Java's URLEncoder, which SF signs with, leaves only letters, digits and .-*_ as they are. */
const javaEncoded = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");

export const digestOf = (msgData: string, timestamp: string, checkword: string): string =>
  createHash("md5")
    .update(javaEncoded(msgData + timestamp + checkword))
    .digest("base64");
