import * as applications from "./applications.ts";
import * as catalogue from "./catalogue.ts";
import type { EventContract } from "./envelope.ts";
import * as identity from "./identity.ts";
import * as logistics from "./logistics.ts";
import * as notifications from "./notifications.ts";
import * as payments from "./payments.ts";
import * as webhooks from "./webhooks.ts";

const isEvent = (value: unknown): value is EventContract =>
  typeof value === "object" && value !== null && "type" in value && "example" in value;

/** Every event the platform publishes, by capability and type; modules list their exports in no order to rely on. */
export const events: readonly EventContract[] = [
  identity,
  catalogue,
  applications,
  payments,
  logistics,
  webhooks,
  notifications,
].flatMap((contracts) =>
  Object.values<unknown>(contracts)
    .filter(isEvent)
    .sort((a, b) => (a.type < b.type ? -1 : 1)),
);
