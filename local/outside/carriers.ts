import { randomBytes } from "node:crypto";
import { startEms } from "./carriers-ems.ts";
import { startKuaidi100 } from "./carriers-kuaidi100.ts";
import { startSf } from "./carriers-sf.ts";

const newSecret = (): string => randomBytes(32).toString("base64url");

/**
 * Whoever carries parcels, and who tracks them, each with secrets of their own.
 * @param city where the platform is, without a trailing slash
 */
export const startCarriers = async (city: string) => {
  const callbacks = `${city}/callbacks/logistics`;
  const [key, pushSecret] = [newSecret(), newSecret()];
  const account = { partnerId: "YIMEN440600", checkword: newSecret() };
  const push = { authenticate: newSecret(), version: "1.0.7" };

  const kuaidi100 = await startKuaidi100({ key, port: 0 });
  const sf = await startSf({ ...account, pushUrl: `${callbacks}/sf/${pushSecret}`, port: 0 });
  const ems = await startEms({ ...push, pushUrl: `${callbacks}/ems`, port: 0 });
  return {
    addresses: { kuaidi100: kuaidi100.url, sf: sf.url, ems: ems.url },
    /** What an operator writes into the secret `Logistics/Outside`. */
    settings: {
      kuaidi100: { url: `${kuaidi100.url}/poll`, key },
      sf: {
        pushSecret,
        allowedAddresses: ["127.0.0.0/8", "::1"],
        orders: { ...account, url: `${sf.url}/std/service` },
      },
      ems: { authenticate: push.authenticate, versions: [push.version] },
    },
    async stop(): Promise<void> {
      for (const server of [kuaidi100, sf, ems]) await server.stop();
    },
  };
};
