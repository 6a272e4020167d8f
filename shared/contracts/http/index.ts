import * as applications from "./applications.ts";
import * as catalogue from "./catalogue.ts";
import * as catalogueExchange from "./catalogue-exchange.ts";
import * as feed from "./feed.ts";
import * as identity from "./identity.ts";
import * as items from "./items.ts";
import * as logistics from "./logistics.ts";
import * as materials from "./materials.ts";
import * as messages from "./messages.ts";
import * as payments from "./payments.ts";
import * as platform from "./platform.ts";
import type { Route } from "./route.ts";
import * as tasks from "./tasks.ts";
import * as webhooks from "./webhooks.ts";

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
  catalogue: routesOf(items),
  catalogueManagement: routesOf(catalogue),
  catalogueExchange: routesOf(catalogueExchange),
  applications: routesOf(applications),
  materials: routesOf(materials),
  logistics: routesOf(logistics),
  payments: routesOf(payments),
  webhooks: routesOf(webhooks),
  notifications: routesOf({ ...tasks, ...messages }),
  feed: routesOf(feed),
} as const;
