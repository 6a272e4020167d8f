import { listEndpoints } from "#shared/contracts/http/webhooks.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import type { EndpointStore } from "../domain/ports.ts";
import { viewOf } from "./create-endpoint.ts";

/** A department has at most 50: they are read at once and cut into pages here. */
export const listEndpointsEndpoint = ({ endpoints }: { readonly endpoints: EndpointStore }) =>
  endpoint(listEndpoints, async ({ caller, query }) => {
    if (!caller.department) return refuse("request.scope-missing");
    const after = query.cursor === undefined ? "" : positionOf(query.cursor)?.after;
    if (typeof after !== "string") return refuse("request.bad-cursor");

    const all = (await endpoints.ofDepartment(caller.department)).filter(({ id }) => id > after);
    const items = all.slice(0, query.limit).map(viewOf);
    const last = items.at(-1);
    return accept({ items, ...(last && all.length > items.length && { next: cursorOf({ after: last.id }) }) });
  });
