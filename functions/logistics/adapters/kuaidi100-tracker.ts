import * as z from "zod";
import { ProviderUnavailable } from "#shared/kernel/provider-unavailable.ts";
import { callProvider, jsonOf, type Wire } from "#shared/runtime/provider-call.ts";
import type { Tracker } from "../domain/ports.ts";
import type { Settings } from "./settings.ts";

const Answer = z.object({
  result: z.union([z.boolean(), z.string()]).optional(),
  returnCode: z.union([z.string(), z.number()]).transform(String),
});

/** 501: it is subscribed already, and goes on being followed. */
const FOLLOWED = ["200", "501"];
/** Not this parcel: the number or the carrier is one it does not follow. Everything else is its fault or our account's. */
const REFUSED = ["700", "701", "702"];

/** Subscribes at Kuaidi100: a form of schema=json and param. */
export const kuaidi100Tracker = ({
  settings: { url, key, callbackUrl },
  pushTo,
  saltOf,
  wire,
}: {
  readonly settings: NonNullable<Settings["kuaidi100"]>;
  readonly pushTo: string;
  readonly saltOf: (number: string) => string;
  readonly wire: Wire;
}): Tracker => ({
  async subscribe({ code, number, phone }) {
    const param = {
      company: code,
      number,
      key,
      parameters: { callbackurl: callbackUrl ?? pushTo, salt: saltOf(number), resultv2: "4", phone },
    };
    const { status, body } = await callProvider(wire, url, {
      method: "POST",
      body: new URLSearchParams({ schema: "json", param: JSON.stringify(param) }),
    });
    if (status !== 200) throw new ProviderUnavailable(`Kuaidi100 answered HTTP ${status}`);
    const { returnCode } = Answer.parse(jsonOf(body));
    if (FOLLOWED.includes(returnCode)) return "followed";
    if (REFUSED.includes(returnCode)) return "refused";
    throw new ProviderUnavailable(`Kuaidi100 answered ${returnCode}`);
  },
});
