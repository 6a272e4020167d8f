import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { subscribes } from "../domain/endpoint.ts";
import type { EndpointStore, WakeQueue } from "../domain/ports.ts";

interface Deps {
  readonly endpoints: Pick<EndpointStore, "ofDepartment">;
  readonly wakes: WakeQueue;
}

/** Has every endpoint that subscribes to any of the events look at the feed: one message each, however many they are. */
export const endpointWaker =
  ({ endpoints, wakes }: Deps) =>
  async (department: string, events: readonly AnyEvent[]): Promise<void> => {
    const subscribers = (await endpoints.ofDepartment(department)).filter((endpoint) =>
      events.some((event) => subscribes(endpoint, event)),
    );
    if (subscribers.length === 0) return;
    await wakes.send(
      "quick",
      subscribers.map(({ id }) => ({ department, endpoint: id, delaySeconds: 0 })),
    );
  };
