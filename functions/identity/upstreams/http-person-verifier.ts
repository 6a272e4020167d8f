import { errors, importJWK, jwtVerify } from "jose";
import * as z from "zod";
import { newId } from "#shared/kernel/ids.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { PersonVerifier } from "../domain/outside-ports.ts";
import type { Verifier } from "./outside-settings.ts";
import { type SignedCallTimes, signedCall } from "./signed-call.ts";

const TICKET = /^[\w-]{16,128}$/;

const Begun = z.object({ ticket: z.string().regex(TICKET), url: z.url({ protocol: /^https?$/ }) });
const Outcome = z.union([
  z.object({ status: z.literal("pending") }),
  z.object({ status: z.literal("done"), result: z.string() }),
]);
const Result = z.object({
  ticket: z.string(),
  /** `retry`: nothing could be seen; the person may try again on the same ticket. */
  result: z.enum(["matched", "not-matched", "retry"]),
  method: z.enum(["face", "document"]),
  iat: z.int(),
});

/** A result is believed for as long as a step-up may last. */
const RESULT_AGE = "30m";

/**
 * Face and document verification at a service of its own (实人核验服务). Its results are signed by its key, not by the secret we
 * share: neither we nor anybody on the way could have made one.
 */
export const httpPersonVerifier = (verifier: Verifier, times: SignedCallTimes = {}): PersonVerifier => {
  const now = times.now ?? Date.now;
  const key = importJWK({ ...verifier.publicKey, alg: "ES256" }, "ES256");

  const read = async (ticket: string, jws: string): Promise<z.infer<typeof Result> | undefined> => {
    try {
      const { payload } = await jwtVerify(jws, await key, {
        issuer: verifier.issuer,
        audience: verifier.appId,
        algorithms: ["ES256"],
        maxTokenAge: RESULT_AGE,
        clockTolerance: 60,
        currentDate: new Date(now()),
      });
      const result = Result.parse(payload);
      return result.ticket === ticket ? result : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  };

  return {
    async begin({ name, idNumber, method, returnTo }) {
      const body = { name, idNumber, method, returnTo };
      const request = { method: "POST", path: "/verifications", body, idempotencyKey: newId() } as const;
      const answer = await signedCall(verifier, request, times);
      if (!answer || answer.status === 429 || answer.status >= 500) return { result: "unavailable" };
      if (answer.status === 422) return { result: "refused" };
      const begun = Begun.safeParse(answer.json);
      if (answer.status !== 201 || !begun.success)
        throw new Error(`the person verifier answered HTTP ${answer.status} to a new verification`);
      return { result: "begun", ...begun.data };
    },

    async outcome(ticket) {
      if (!TICKET.test(ticket)) return { result: "rejected" };
      const request = { method: "GET", path: `/verifications/${ticket}`, idempotencyKey: newId() } as const;
      const answer = await signedCall(verifier, request, times);
      if (!answer || answer.status === 429 || answer.status >= 500) return { result: "unavailable" };
      if (answer.status === 404) return { result: "rejected" };
      const outcome = Outcome.safeParse(answer.json);
      if (answer.status !== 200 || !outcome.success)
        throw new Error(`the person verifier answered HTTP ${answer.status} to a ticket`);
      if (outcome.data.status === "pending") return { result: "pending" };
      const result = await read(ticket, outcome.data.result);
      if (!result) {
        logger.warn("person-verifier.result-untrusted");
        return { result: "unavailable" };
      }
      if (result.result === "retry") return { result: "pending" };
      if (result.result === "not-matched") return { result: "rejected" };
      return { result: "verified", method: result.method, at: new Date(result.iat * 1000).toISOString() };
    },
  };
};

/** For a city without such a service. */
export const noPersonVerifier: PersonVerifier = {
  begin: async () => ({ result: "unavailable" }),
  outcome: async () => ({ result: "unavailable" }),
};
