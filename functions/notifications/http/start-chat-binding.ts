import { startChatBinding } from "#shared/contracts/http/messages.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { later } from "../domain/pace.ts";
import type { ChatAccounts } from "../domain/ports.ts";

interface Deps {
  readonly accounts: Pick<ChatAccounts, "offer">;
  readonly cipher: Pick<FieldCipher, "lookup">;
  readonly now: Clock;
}

const GOOD_SECONDS = 600;
const CODES = 100_000_000;

/** The same key gives the same code, which nobody can work out who has not our keys. */
export const startChatBindingEndpoint = ({ accounts, cipher, now }: Deps): Endpoint =>
  endpoint(startChatBinding, async ({ caller, key }) => {
    if (caller.staff === undefined) return refuse("message.staff-only");
    const bytes = Buffer.from(cipher.lookup(`${caller.staff}\n${key}`, "chat-code"), "base64url");
    const code = String(bytes.readUInt32BE(0) % CODES).padStart(8, "0");
    const expiresAt = later(now(), GOOD_SECONDS);
    await accounts.offer(code, caller.staff, expiresAt);
    return accept({ code, expiresAt });
  });
