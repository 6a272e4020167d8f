import { deliveryEndpoints } from "#functions/webhooks/http/deliveries.ts";
import { manageEndpoints } from "#functions/webhooks/http/manage-endpoint.ts";
import { type RequestParts, requestTo, type Said, said } from "./http-request.ts";
import { DEPARTMENT, type webhooksStage } from "./webhooks-stage.ts";

/** An id as the routes take it. */
export const SYSTEM = "01KB0M6A4B5C6D7E8F9G0H1J2K";

type Parts = Pick<RequestParts, "body" | "params" | "headers"> & { readonly key?: string };

/**
 * Through the public face, as the department of an endpoint does it. Throws when that is refused, or when the process that
 * answers ends: what it calls counts among the calls of the stage.
 */
export const ask = async (
  stage: ReturnType<typeof webhooksStage>,
  operation: string,
  { key, params, headers, ...rest }: Parts = {},
): Promise<Said> => {
  const deps = { ...stage.ports, vault: stage.vault, guard: { allows: async () => true } };
  const found = [...manageEndpoints(deps), ...deliveryEndpoints(deps)].find(
    ({ contract }) => contract.operation === operation,
  );
  if (!found) throw new Error(`no ${operation}`);
  const verdict = { client: "market", scopes: "webhooks:manage", department: DEPARTMENT };
  const sent = { ...headers, ...(key !== undefined && { "idempotency-key": key }) };
  const request = requestTo(found.contract, { verdict, params: { id: SYSTEM, ...params }, headers: sent, ...rest });
  const answer = said(await found.handle(request).finally(stage.process.revive));
  if (answer.status >= 300) throw new Error(`${operation}: ${answer.status} ${answer.text}`);
  return answer;
};
