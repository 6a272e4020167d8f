import { createHash, randomUUID } from "node:crypto";
import * as z from "zod";
import { ProviderUnavailable } from "#shared/kernel/provider-unavailable.ts";
import { callProvider, jsonOf, type Wire } from "#shared/runtime/provider-call.ts";
import type { CarrierOrders } from "../domain/ports.ts";
import type { Address } from "../domain/shipment.ts";
import type { Settings } from "./settings.ts";

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
/** The orderId was ordered before [M]: the first waybill is asked for (EXP_RECE_SEARCH_ORDER_RESP [M]). */
const ORDERED_BEFORE = "8016";

const contactOf = (contactType: 1 | 2, { name, phone, region, street }: Address) => ({
  contactType,
  contact: name,
  ...(phone.startsWith("1") ? { mobile: phone } : { tel: phone }),
  country: "CN",
  // Without province and city the address itself has to begin with them.
  address: `${region}${street}`,
});

interface Said {
  readonly code: string;
  readonly number: string | undefined;
}

/**
 * Places orders with SF (EXP_RECE_CREATE_ORDER): msgDigest = base64(MD5(urlencode(msgData + timestamp + checkword))). The same
 * orderId again brings the first waybill, so that a repeat orders nothing twice.
 */
export const sfOrders = (
  orders: NonNullable<NonNullable<Settings["sf"]>["orders"]> | undefined,
  wire: Wire,
): CarrierOrders => {
  const ask = async (settings: NonNullable<typeof orders>, serviceCode: string, message: object): Promise<Said> => {
    const msgData = JSON.stringify(message);
    const timestamp = String(Date.now());
    const { status, body } = await callProvider(wire, settings.url, {
      method: "POST",
      body: new URLSearchParams({
        partnerID: settings.partnerId,
        requestID: randomUUID(),
        serviceCode,
        timestamp,
        msgDigest: digestOf(msgData, timestamp, settings.checkword),
        msgData,
      }),
    });
    if (status !== 200) throw new ProviderUnavailable(`SF answered HTTP ${status}`);
    const { apiResultCode, apiResultData } = understood(Envelope, jsonOf(body));
    if (apiResultCode !== "A1000") throw new ProviderUnavailable(`SF answered ${apiResultCode}`);
    const { errorCode, msgData: data } = understood(Result, jsonOf(apiResultData ?? "{}"));
    if (!errorCode || ITS_FAULT.test(errorCode)) throw new ProviderUnavailable(`SF answered ${errorCode}`);
    return {
      code: errorCode,
      number: data?.waybillNoInfoList?.find(({ waybillType }) => waybillType === 1)?.waybillNo,
    };
  };
  return {
    takes: (carrier) => carrier === "sf" && orders !== undefined,
    async place(carrier, { reference, from, to, paidBy }) {
      if (carrier !== "sf" || !orders) throw new Error(`no orders are placed with ${carrier}`);
      const first = await ask(orders, "EXP_RECE_CREATE_ORDER", {
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
      const said =
        first.code === ORDERED_BEFORE
          ? await ask(orders, "EXP_RECE_SEARCH_ORDER_RESP", { searchType: "1", orderId: reference, language: "zh-CN" })
          : first;
      if (said.code !== "S0000") return { refused: said.code };
      if (!said.number) throw new ProviderUnavailable("SF gave no waybill");
      return { number: said.number };
    },
  };
};

/** What is not SF's answer is no answer. */
const understood = <T>(schema: z.ZodType<T>, json: unknown): T => {
  const read = schema.safeParse(json);
  if (!read.success) throw new ProviderUnavailable("the answer is not SF's");
  return read.data;
};

/** Java's URLEncoder, which SF signs with, leaves only letters, digits and .-*_ as they are. */
const javaEncoded = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");

export const digestOf = (msgData: string, timestamp: string, checkword: string): string =>
  createHash("md5")
    .update(javaEncoded(msgData + timestamp + checkword))
    .digest("base64");
