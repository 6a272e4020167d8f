import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import { type Endpoint, isManagedBy } from "../domain/endpoint.ts";
import type { EndpointStore } from "../domain/ports.ts";

interface Asking {
  readonly department?: string | undefined;
  readonly division?: DivisionCode | undefined;
}

/** Finds what the caller may see and change: anything else is, for it, not there. */
export const ownEndpoint =
  ({ find }: Pick<EndpointStore, "find">) =>
  async (
    { department, division }: Asking,
    id: string,
  ): Promise<Decision<Endpoint, "request.scope-missing" | "webhook.endpoint-not-found">> => {
    if (department === undefined) return refuse("request.scope-missing");
    const found = await find(department, id);
    return found && found.state.name !== "removed" && isManagedBy(found, division)
      ? accept(found)
      : refuse("webhook.endpoint-not-found");
  };
