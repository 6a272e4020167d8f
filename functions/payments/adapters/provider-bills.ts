import type { Clock } from "#shared/kernel/clock.ts";
import type { Wire } from "#shared/runtime/provider-call.ts";
import { providerNames } from "../domain/attempt.ts";
import { lastDayOver } from "../domain/day.ts";
import type { BillLine, Bills } from "../domain/ports.ts";
import { alipayBill } from "./alipay-bill.ts";
import type { ProviderSettings } from "./provider-settings.ts";
import { treasuryBill } from "./treasury-bill.ts";
import { unionPayBill } from "./unionpay-bill.ts";
import { wechatBill } from "./wechat-bill.ts";

async function* noLines(): AsyncGenerator<BillLine> {}

/** @param deps.slow for the files themselves, which may be large */
export const providerBills = (
  settings: ProviderSettings,
  deps: { readonly wire: Wire; readonly slow: Wire; readonly now: Clock },
): Bills => {
  const bills = {
    ...(settings.wechat && { wechat: wechatBill(settings.wechat, deps) }),
    ...(settings.alipay && { alipay: alipayBill(settings.alipay, deps) }),
    ...(settings.unionpay && { unionpay: unionPayBill(settings.unionpay, deps) }),
    ...(settings.nontax && { nontax: treasuryBill(settings.nontax, deps) }),
  };
  return {
    providers: providerNames.filter((name) => bills[name] !== undefined),
    async fetch(provider, date) {
      const bill = await bills[provider]?.(date);
      if (bill === undefined || bill === "not-ready") return "not-ready";
      if (bill !== "none") return bill;
      // Some say the same of a bill that is late. A day without trade is believed a day later.
      return date >= lastDayOver(deps.now()) ? "not-ready" : noLines();
    },
  };
};
