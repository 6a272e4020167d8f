import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { fenFromYuan } from "#shared/kernel/fen.ts";
import { jsonOf, type Wire } from "#shared/runtime/provider-call.ts";
import { type BillLine, ProviderUnavailable } from "../domain/ports.ts";
import { BillDamaged, download, hashChecked, linesOf } from "./bill-download.ts";
import type { TreasurySettings } from "./provider-settings.ts";
import { treasuryCalls } from "./treasury.ts";
import { understood } from "./understood.ts";

const Bill = z.object({ url: z.url(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const HEADINGS = "kind,number,trade,amount,state";

const OUTCOMES: Readonly<Record<string, BillLine["outcome"]>> = {
  processing: "pending",
  refused: "failed",
  returned: "failed",
};

/** The treasury's bill of a day: CSV in UTF-8, yuan, late fees not included; assumed [M] as all of its interface. */
async function* readTreasuryBill(lines: AsyncIterable<string>): AsyncGenerator<BillLine> {
  let isFirst = true;
  for await (const line of lines) {
    if (isFirst) {
      if (line !== HEADINGS) throw new BillDamaged("other headings");
      isFirst = false;
    } else if (line !== "") {
      const [kind = "", number = "", trade = "", amount = "", state = ""] = line.split(",");
      if (kind !== "payment" && kind !== "refund") throw new BillDamaged("a line of an unknown kind");
      yield { kind, number, trade, amount: fenFromYuan(amount), outcome: OUTCOMES[state] ?? "done" };
    }
  }
  if (isFirst) throw new BillDamaged("the bill is empty");
}

export const treasuryBill =
  (
    settings: TreasurySettings,
    { wire, slow, now }: { readonly wire: Wire; readonly slow: Wire; readonly now: Clock },
  ) =>
  async (date: string): Promise<AsyncIterable<BillLine> | "not-ready" | "none"> => {
    const answer = await treasuryCalls(settings, wire, now).call("GET", `/bills/${date}`);
    if (answer.status === 404) return "none";
    if (answer.status === 409) return "not-ready";
    if (answer.status !== 200) throw new ProviderUnavailable(`bills: ${answer.status}`);
    const { url, sha256 } = understood(Bill, jsonOf(answer.body));
    return readTreasuryBill(linesOf(hashChecked(await download(slow, url), "sha256", sha256)));
  };
