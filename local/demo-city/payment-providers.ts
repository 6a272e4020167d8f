import { startAlipay } from "../outside/alipay.ts";
import { startTreasury } from "../outside/treasury.ts";
import { startUnionPay } from "../outside/unionpay.ts";
import { startWechatPay } from "../outside/wechat-pay.ts";

export interface PaymentProviders {
  readonly addresses: {
    readonly wechatPay: string;
    readonly alipay: string;
    readonly unionPay: string;
    readonly treasury: string;
  };
  /** What an operator writes into the secret `Payments/Providers`. */
  readonly settings: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Whoever takes money in the demo city, each with keys of its own. */
export const startPaymentProviders = async (): Promise<PaymentProviders> => {
  const starting = [
    startWechatPay({ port: 0 }),
    startAlipay({ port: 0 }),
    startUnionPay({ port: 0 }),
    startTreasury({ port: 0 }),
  ] as const;
  const [wechat, alipay, unionpay, nontax] = await Promise.all(starting).catch(async (error: unknown) => {
    for (const server of await Promise.allSettled(starting))
      if (server.status === "fulfilled") await server.value.stop();
    throw error;
  });
  return {
    addresses: { wechatPay: wechat.url, alipay: alipay.url, unionPay: unionpay.url, treasury: nontax.url },
    settings: {
      wechat: wechat.merchant,
      alipay: alipay.merchant,
      unionpay: unionpay.merchant,
      nontax: nontax.merchant,
    },
    async stop() {
      for (const server of [wechat, alipay, unionpay, nontax]) await server.stop();
    },
  };
};
