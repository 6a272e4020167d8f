import type { Clock } from "#shared/kernel/clock.ts";
import type { Wire } from "#shared/runtime/provider-call.ts";
import type { FiscalReceipts, Providers } from "../domain/ports.ts";
import { alipay } from "./alipay.ts";
import type { ProviderSettings } from "./provider-settings.ts";
import { treasury, treasuryReceipts } from "./treasury.ts";
import { unionPay } from "./unionpay.ts";
import { wechatPay } from "./wechat-pay.ts";

/**
 * The providers that an operator has set up.
 * @param apiUrl where providers reach the platform, without a trailing slash
 */
export const offeredProviders = (
  settings: ProviderSettings,
  { apiUrl, wire, now }: { readonly apiUrl: string; readonly wire: Wire; readonly now: Clock },
): Providers => {
  const at = (name: string) => ({ wire, now, callbackUrl: `${apiUrl}/callbacks/payments/${name}` });
  return {
    ...(settings.wechat && { wechat: wechatPay(settings.wechat, at("wechat")) }),
    ...(settings.alipay && { alipay: alipay(settings.alipay, at("alipay")) }),
    ...(settings.unionpay && { unionpay: unionPay(settings.unionpay, at("unionpay")) }),
    ...(settings.nontax && { nontax: treasury(settings.nontax, at("nontax")) }),
  };
};

export const offeredReceipts = (
  { nontax }: Pick<ProviderSettings, "nontax">,
  deps: { readonly wire: Wire; readonly now: Clock },
): FiscalReceipts | undefined => nontax && treasuryReceipts(nontax, deps);
