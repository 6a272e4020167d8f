import { startChatBinding } from "#shared/contracts/http/notifications/messages.ts";
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
const CODE_BYTES = 4;

/** The codes a key may give: the first of them that is nobody else's. Who has not our keys cannot work them out. */
const codesOf = (hash: Buffer): string[] =>
  Array.from({ length: hash.length / CODE_BYTES }, (_, i) =>
    String(hash.readUInt32BE(i * CODE_BYTES) % CODES).padStart(8, "0"),
  );

/** The same key gives the same code, good until the same moment. */
export const startChatBindingEndpoint = ({ accounts, cipher, now }: Deps): Endpoint =>
  endpoint(startChatBinding, async ({ caller, key }) => {
    if (caller.staff === undefined) return refuse("message.staff-only");
    const hash = Buffer.from(cipher.lookup(`${caller.staff}\n${key}`, "chat-code"), "base64url");
    for (const code of codesOf(hash)) {
      const expiresAt = await accounts.offer(code, caller.staff, later(now(), GOOD_SECONDS));
      if (expiresAt !== undefined) return accept({ code, expiresAt });
    }
    throw new Error("every code of this key is somebody else's");
  });
