import type { Messages, PersonVerifier } from "../domain/outside-ports.ts";
import { httpPersonVerifier, noPersonVerifier } from "./http-person-verifier.ts";
import type { OutsideSettings } from "./outside-settings.ts";
import { noMessages, smsMessages } from "./sms-messages.ts";

/** The ports of functions/identity/domain/outside-ports.ts, as an operator has set them up. */
export const outsidePorts = ({
  sms,
  verifier,
}: Pick<OutsideSettings, "sms" | "verifier">): { readonly messages: Messages; readonly verifier: PersonVerifier } => ({
  messages: sms ? smsMessages(sms) : noMessages,
  verifier: verifier ? httpPersonVerifier(verifier) : noPersonVerifier,
});
