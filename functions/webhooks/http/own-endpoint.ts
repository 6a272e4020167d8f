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
  async ({ department, division }: Asking, id: string): Promise<Endpoint | undefined> => {
    const found = department === undefined ? undefined : await find(department, id);
    return found && found.state.name !== "removed" && isManagedBy(found, division) ? found : undefined;
  };
