import { registerPerson, startPhoneChallenge } from "#shared/contracts/http/identity.ts";
import type { ApiAnswer, DepartmentApi } from "../outside/department-api.ts";
import type { Inbox } from "../outside/sms-gateway.ts";
import { until } from "../until.ts";
import { DEMO_PASSWORD, type Resident } from "./residents.ts";

const TEXT_VERSION = "demo-1";

/**
 * Registers residents as a channel does that has its own pages: the code comes by text message, is read off the phone and typed
 * in. Throws when one is refused.
 * @param sms the gateway's address
 */
export const registerResidents = async (
  api: DepartmentApi,
  sms: string,
  residents: readonly Resident[],
): Promise<void> => {
  await Promise.all(
    residents.map(async (resident, index) => {
      const { name, idNumber, phone, subject } = resident;
      // Addresses for documentation, RFC 5737: each resident has a device of their own.
      const source = `192.0.2.${index + 1}`;
      const before = (await messagesTo(sms, phone)).length;
      const { challenge } = done(
        await api(startPhoneChallenge, {
          key: `demo-challenge-${subject}`,
          body: { phone, purpose: "register", source },
        }),
      );
      const code = await until(
        `the code for ${subject} arrives`,
        async () => {
          const codes = (await messagesTo(sms, phone)).slice(before);
          return codes.at(-1)?.params.code;
        },
        { seconds: 120 },
      );
      done(
        await api(registerPerson, {
          key: `demo-register-${subject}`,
          body: {
            name,
            idNumber,
            phone,
            password: DEMO_PASSWORD,
            challenge,
            code,
            consents: [
              { purpose: "account", textVersion: TEXT_VERSION },
              { purpose: "sensitive-data", textVersion: TEXT_VERSION },
            ],
            source,
          },
        }),
      );
    }),
  );
};

const messagesTo = async (sms: string, phone: string): Promise<Inbox["messages"]> =>
  ((await (await fetch(`${sms}/inbox?phone=${phone}`)).json()) as Inbox).messages;

const done = <S>(answer: ApiAnswer<S>): S => {
  if (!answer.ok) throw new Error(`a demo resident was refused: ${answer.code}`);
  return answer.value;
};
