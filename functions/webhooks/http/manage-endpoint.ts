import {
  changeEndpoint,
  deleteEndpoint,
  disableEndpoint,
  enableEndpoint,
  listEndpoints,
  readEndpoint,
  rotateSecret,
  testEndpoint,
} from "#shared/contracts/http/webhooks/endpoints.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { type Endpoint as Answering, endpoint } from "#shared/runtime/endpoint.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { later } from "../domain/delivery.ts";
import {
  changeSettings,
  disableByDepartment,
  type Endpoint,
  enable,
  isManagedBy,
  remove,
  rotateKeys,
  sendTest,
} from "../domain/endpoint.ts";
import type { FeedLog } from "../domain/feed-ports.ts";
import { isPaused, revive } from "../domain/lane.ts";
import type { AddressGuard, EndpointStore, LaneStore, SecretVault, WakeQueue } from "../domain/ports.ts";
import { keysMadeBy } from "../domain/signing.ts";
import { viewOf } from "./endpoint-view.ts";
import { ownEndpoint } from "./own-endpoint.ts";

export interface EndpointDeps {
  readonly endpoints: EndpointStore;
  readonly lanes: LaneStore;
  readonly log: FeedLog;
  readonly wakes: WakeQueue;
  readonly vault: SecretVault;
  readonly guard: AddressGuard;
  readonly now: Clock;
}

const OVERLAP_HOURS = 24;

/** What a department does with its own endpoints; those of another, or of another division, are not found. */
export const manageEndpoints = (deps: EndpointDeps): readonly Answering[] => {
  const { endpoints, lanes, log, wakes, vault, guard, now } = deps;

  const find = ownEndpoint(endpoints);
  const wake = ({ id, department }: Endpoint) => wakes.send("quick", [{ department, endpoint: id, delaySeconds: 0 }]);
  /** Forgets how it fared before, and has it looked at now. */
  const startAnew = async (changed: Endpoint): Promise<void> => {
    // Here, and not by repeating the whole request, which would find the change made and nothing left to do.
    await untilNoRace(async () => {
      const lane = await lanes.find(changed.id);
      if (lane) await lanes.save(revive(lane));
    });
    await wake(changed);
  };

  return [
    /** A department has at most 50: they are read at once and cut into pages here. */
    endpoint(listEndpoints, async ({ caller, query }) => {
      if (!caller.department) return refuse("request.scope-missing");
      const after = query.cursor === undefined ? "" : positionOf(query.cursor)?.after;
      if (typeof after !== "string") return refuse("request.bad-cursor");
      const all = (await endpoints.ofDepartment(caller.department)).filter(
        (each) => each.id > after && isManagedBy(each, caller.division),
      );
      const items = all.slice(0, query.limit).map((each) => viewOf(each, now()));
      const last = items.at(-1);
      return accept({ items, ...(last && all.length > items.length && { next: cursorOf({ after: last.id }) }) });
    }),

    endpoint(readEndpoint, async ({ caller, path }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = own.value;
      const lane = await lanes.find(found.id);
      const tail = await log.tail(found.department);
      return accept({
        ...viewOf(found, now()),
        behind: Math.max(0, tail - Math.max(lane?.position ?? 0, found.startsAfter)),
        failedInARow: lane?.failures ?? 0,
        ...(lane && isPaused(lane, now()) && lane.pausedUntil !== undefined && { pausedUntil: lane.pausedUntil }),
      });
    }),

    endpoint(changeEndpoint, async ({ caller, path, body, ifMatch }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = own.value;
      if (body.url !== undefined && !(await guard.allows(body.url))) return refuse("webhook.url-not-allowed");
      const decision = changeSettings(found, body, ifMatch);
      if (!decision.ok) return decision;
      const { endpoint: changed } = decision.value;
      if (changed !== found) await endpoints.save(decision.value);
      // Also when it is there already: the process that wrote it may have ended before it did this.
      if (body.url !== undefined) await startAnew(changed);
      // What is held for the sake of the order is to go now.
      else if (body.ordered === false) await wake(changed);
      return accept(viewOf(changed, now()));
    }),

    endpoint(enableEndpoint, async ({ caller, path, body, key }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = own.value;
      const from = body?.from === "now" ? await log.tail(found.department) : undefined;
      const decision = enable(found, { key, fingerprint: fingerprint(["enable", body ?? {}]) }, from);
      if (!decision.ok) return decision;
      const { endpoint: changed } = decision.value;
      if (changed !== found) await endpoints.save(decision.value);
      await startAnew(changed);
      return accept(viewOf(changed, now()));
    }),

    endpoint(disableEndpoint, async ({ caller, path, key }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = own.value;
      const decision = disableByDepartment(found, { key, fingerprint: fingerprint(["disable"]) }, now());
      if (!decision.ok) return decision;
      if (decision.value.endpoint !== found) await endpoints.save(decision.value);
      return accept(viewOf(decision.value.endpoint, now()));
    }),

    endpoint(rotateSecret, async ({ caller, path, body, key }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = own.value;
      const request = { key, fingerprint: fingerprint(["rotate", body ?? {}]) };
      const until = later(now(), (body?.overlapHours ?? OVERLAP_HOURS) * 3600);
      const decision = rotateKeys(found, request, vault.create(found.id, key), until, now());
      if (!decision.ok) return decision;
      const { endpoint: changed } = decision.value;
      // Rotated away since: what this request made is not shown any more.
      const keys = keysMadeBy(changed.keys, key, now());
      if (!keys) return refuse("request.key-reused");
      if (changed !== found) await endpoints.save(decision.value);
      return accept({ ...viewOf(changed, now()), secret: vault.secretOf(changed.id, keys) });
    }),

    endpoint(testEndpoint, async ({ caller, path, key }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = own.value;
      const decision = sendTest(found, { key, fingerprint: fingerprint(["test"]) });
      if (!decision.ok) return decision;
      if (decision.value.endpoint !== found) await endpoints.save(decision.value);
      // As shared/runtime/outbox.ts makes the ids of a change's events.
      return accept({ event: `${found.id}.${decision.value.version}.0` });
    }),

    endpoint(deleteEndpoint, async ({ caller, path }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = own.value;
      const decision = remove(found, now());
      if (!decision.ok) return decision;
      await endpoints.remove(decision.value);
      return accept(undefined);
    }),
  ];
};
