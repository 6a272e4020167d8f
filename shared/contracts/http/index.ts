import * as materials from "./applications/materials.ts";
import * as receipts from "./applications/receipts.ts";
import * as applications from "./applications.ts";
import * as exchanging from "./catalogue/exchanging.ts";
import * as finding from "./catalogue/finding.ts";
import * as managing from "./catalogue/managing.ts";
import * as identity from "./identity.ts";
import * as logistics from "./logistics.ts";
import * as messages from "./notifications/messages.ts";
import * as tasks from "./notifications/tasks.ts";
import * as payments from "./payments.ts";
import * as platform from "./platform.ts";
import type { Route } from "./route.ts";
import * as endpoints from "./webhooks/endpoints.ts";
import * as feed from "./webhooks/feed.ts";

const isRoute = (value: unknown): value is Route =>
  typeof value === "object" && value !== null && "operation" in value && "refusals" in value;

/** By operation: the order in which a module lists its exports differs between Node, bundlers and test runners. */
const routesOf = (contracts: Record<string, unknown>): readonly Route[] =>
  Object.values(contracts)
    .filter(isRoute)
    .sort((a, b) => (a.operation < b.operation ? -1 : 1));

/** Every route of the API by the capability that answers it. */
export const routes = {
  platform: routesOf(platform),
  identity: routesOf(identity),
  catalogue: routesOf(finding),
  catalogueManagement: routesOf(managing),
  catalogueExchange: routesOf(exchanging),
  applications: routesOf(applications),
  materials: routesOf({ ...materials, ...receipts }),
  logistics: routesOf(logistics),
  payments: routesOf(payments),
  webhooks: routesOf(endpoints),
  notifications: routesOf({ ...tasks, ...messages }),
  feed: routesOf(feed),
} as const;
