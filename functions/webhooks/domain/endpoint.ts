import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { type DivisionCode, isWithin } from "#shared/kernel/divisions.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import type { FeedEvent, Position } from "./feed.ts";
import { type KeySet, rotated, type SigningKeys } from "./signing.ts";
import { takes } from "./subscription.ts";

/**
 * `disabled`: by its department, because its system said that it is gone (410), or because it failed for days.
 * `removed`: the department took it away.
 */
type EndpointState =
  | { readonly name: "enabled"; readonly failingSince?: Instant | undefined }
  | { readonly name: "disabled"; readonly at: Instant; readonly reason: DisabledBecause }
  | { readonly name: "removed"; readonly at: Instant };

export type DisabledBecause = "department" | "gone" | "failing";

/** What a department chooses. */
export interface EndpointSettings {
  readonly url: string;
  /** Event types; one that ends in `.*` takes all that begin so. */
  readonly types: readonly string[];
  readonly items?: readonly string[] | undefined;
  readonly divisions?: readonly DivisionCode[] | undefined;
  readonly description?: string | undefined;
  /** Staff number of whoever answers for the endpoint. */
  readonly contact?: string | undefined;
  /** An event of a case waits until the one before it has arrived or is given up. */
  readonly ordered: boolean;
  /** Requests a second at most. */
  readonly ratePerSecond: number;
}

/** A keyed request that was carried out. */
interface Receipt {
  readonly key: string;
  readonly fingerprint: string;
  /** The endpoint's version that it made. */
  readonly version: number;
}

/** Where a department (部门) receives its events. */
export interface Endpoint extends EndpointSettings {
  readonly id: string;
  readonly version: number;
  /** Unified social credit code of the department. */
  readonly department: string;
  /** Of the client that registered it: no event of another division goes there. Left out: all of the department. */
  readonly division?: DivisionCode | undefined;
  readonly keys: KeySet;
  /** Of the request that created it: the same key with another body is another request. */
  readonly fingerprint: string;
  readonly createdAt: Instant;
  readonly state: EndpointState;
  /** It receives what stands behind this position of the feed. */
  readonly startsAfter: Position;
  readonly receipts: readonly Receipt[];
}

export const ENDPOINTS_AT_MOST = 50;
const RECEIPTS_AT_MOST = 20;

/** What is told of a change. */
export type EndpointNews =
  | { readonly news: "test" }
  | { readonly news: "failing"; readonly since: Instant }
  | { readonly news: "recovered"; readonly since: Instant }
  | { readonly news: "disabled"; readonly reason: "gone" | "failing" }
  | { readonly news: "enabled" | "stopped" | "removed" };

export interface Changed {
  readonly endpoint: Endpoint;
  readonly news: readonly EndpointNews[];
}

export type Registration = EndpointSettings &
  Pick<Endpoint, "id" | "department" | "division" | "keys" | "fingerprint" | "startsAfter">;

export const register = (registration: Registration, now: Instant): Endpoint => ({
  ...registration,
  version: 1,
  createdAt: now,
  state: { name: "enabled" },
  receipts: [],
});

/** The answer to a repeated registration: what it created, unless it asks for something else or that is removed again. */
export const repeatRegistration = (
  existing: Endpoint,
  fingerprint: string,
): Decision<Endpoint, "request.key-reused"> =>
  existing.fingerprint === fingerprint && existing.state.name !== "removed"
    ? accept(existing)
    : refuse("request.key-reused");

/** A keyed request, by what it shares with its repeats. */
export interface Keyed {
  readonly key: string;
  readonly fingerprint: string;
}

/** The receipt of an earlier request with this key; refused when that asked for something else. */
const receiptOf = (
  endpoint: Endpoint,
  { key, fingerprint }: Keyed,
): Decision<Receipt | undefined, "request.key-reused"> => {
  const receipt = endpoint.receipts.find((each) => each.key === key);
  return receipt && receipt.fingerprint !== fingerprint ? refuse("request.key-reused") : accept(receipt);
};

/**
 * One keyed command: a repeat changes nothing and tells the version of the first.
 * `change` says what becomes of the endpoint, or refuses.
 */
const once = <E extends string>(
  endpoint: Endpoint,
  request: Keyed,
  change: (endpoint: Endpoint) => Decision<{ next: Partial<Endpoint>; news?: readonly EndpointNews[] }, E>,
): Decision<Changed & { readonly version: number }, E | "request.key-reused"> => {
  const earlier = receiptOf(endpoint, request);
  if (!earlier.ok) return earlier;
  if (earlier.value) return accept({ endpoint, news: [], version: earlier.value.version });
  const decision = change(endpoint);
  if (!decision.ok) return decision;
  const version = endpoint.version + 1;
  const receipts = [...endpoint.receipts, { ...request, version }].slice(-RECEIPTS_AT_MOST);
  return accept({
    endpoint: { ...endpoint, ...decision.value.next, version, receipts },
    news: decision.value.news ?? [],
    version,
  });
};

/** What a change leaves out stays; `null` takes an optional setting away. */
export type SettingsChange = { readonly [K in keyof EndpointSettings]?: EndpointSettings[K] | null | undefined };

/**
 * One who has seen the version before is refused, unless it all stands as he asks: then he repeats what he did not hear the
 * answer to (RFC 9110, 13.1.1).
 */
export const changeSettings = (
  endpoint: Endpoint,
  change: SettingsChange,
  seen: number | undefined,
): Decision<Changed, "request.stale"> => {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const next: Partial<EndpointSettings> = Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined]));
  if (seen !== undefined && seen !== endpoint.version) {
    const stands = Object.fromEntries(given.map(([name]) => [name, endpoint[name as keyof EndpointSettings]]));
    const repeated = seen === endpoint.version - 1 && given.length > 0 && fingerprint(next) === fingerprint(stands);
    return repeated ? accept({ endpoint, news: [] }) : refuse("request.stale");
  }
  return accept({ endpoint: { ...endpoint, ...next, version: endpoint.version + 1 }, news: [] });
};

/** Whether there is something to tell of its being enabled: it was switched off, or its failing is told and not ended. */
const isOffOrFailing = ({ state }: Endpoint): boolean =>
  state.name === "enabled" ? state.failingSince !== undefined : state.name === "disabled";

/** @param startsAfter when it is to go on from there; left out, from where it had stopped, so that nothing is missed */
export const enable = (endpoint: Endpoint, request: Keyed, startsAfter: Position | undefined) =>
  once(endpoint, request, () =>
    accept({
      next: { state: { name: "enabled" }, startsAfter: Math.max(endpoint.startsAfter, startsAfter ?? 0) },
      news: isOffOrFailing(endpoint) ? [{ news: "enabled" as const }] : [],
    }),
  );

export const disableByDepartment = (endpoint: Endpoint, request: Keyed, now: Instant) =>
  once(endpoint, request, ({ state }) =>
    accept({
      next: { state: { name: "disabled", at: now, reason: "department" } },
      news: state.name === "disabled" && state.reason === "department" ? [] : [{ news: "stopped" as const }],
    }),
  );

export const sendTest = (endpoint: Endpoint, request: Keyed) =>
  once(endpoint, request, ({ state }) =>
    state.name === "enabled"
      ? accept({ next: {}, news: [{ news: "test" as const }] })
      : refuse("webhook.endpoint-disabled"),
  );

/** @param until when the keys before it are no longer signed with */
export const rotateKeys = (endpoint: Endpoint, request: Keyed, next: SigningKeys, until: Instant, now: Instant) =>
  once(endpoint, request, ({ keys }) => {
    const decision = rotated(keys, next, until, now);
    return decision.ok ? accept({ next: { keys: decision.value } }) : decision;
  });

export const remove = (endpoint: Endpoint, now: Instant): Decision<Changed, "webhook.endpoint-not-found"> =>
  endpoint.state.name === "removed"
    ? refuse("webhook.endpoint-not-found")
    : accept({
        endpoint: { ...endpoint, version: endpoint.version + 1, state: { name: "removed", at: now } },
        news: [{ news: "removed" }],
      });

const ifEnabled = (endpoint: Endpoint, next: EndpointState, news: EndpointNews): Changed | undefined =>
  endpoint.state.name === "enabled"
    ? { endpoint: { ...endpoint, version: endpoint.version + 1, state: next }, news: [news] }
    : undefined;

/** Undefined when it is not enabled any more. */
export const disable = (endpoint: Endpoint, reason: "gone" | "failing", now: Instant): Changed | undefined =>
  ifEnabled(endpoint, { name: "disabled", at: now, reason }, { news: "disabled", reason });

/** Undefined when it has been told. */
export const tellFailing = (endpoint: Endpoint, since: Instant): Changed | undefined =>
  endpoint.state.name === "enabled" && endpoint.state.failingSince === undefined
    ? ifEnabled(endpoint, { name: "enabled", failingSince: since }, { news: "failing", since })
    : undefined;

/** Undefined when nobody was told that it fails. */
export const tellRecovered = (endpoint: Endpoint): Changed | undefined =>
  endpoint.state.name === "enabled" && endpoint.state.failingSince !== undefined
    ? ifEnabled(endpoint, { name: "enabled" }, { news: "recovered", since: endpoint.state.failingSince })
    : undefined;

/** Whether a client of the endpoint's department may see and change it; one of a division only those of that division and below. */
export const isManagedBy = (endpoint: Pick<Endpoint, "division">, division: DivisionCode | undefined): boolean =>
  division === undefined || (endpoint.division !== undefined && isWithin(endpoint.division, division));

const TEST_EVENT = "gov.yimen.webhook.test.v1";
const OWN_SOURCE = "/webhooks";

type Addressed = Pick<FeedEvent, "type" | "division" | "itemcode" | "source" | "subject">;

/**
 * Whether an event of the department may be sent to this endpoint at all, whatever it subscribes to. A test goes to the endpoint
 * it was asked for and to no other.
 */
export const mayReceive = (endpoint: Endpoint, event: Addressed): boolean => {
  if (event.type === TEST_EVENT && event.subject !== endpoint.id) return false;
  return endpoint.division === undefined || takes({ divisions: [endpoint.division] }, event);
};

/**
 * Whether an event of the department goes to this endpoint by itself. A test does, whatever it subscribes to.
 * Other news of an endpoint never go to itself, nor to one that fails: failures must not feed on their own reports.
 */
export const subscribes = (endpoint: Endpoint, event: Addressed, failing = false): boolean => {
  if (endpoint.state.name !== "enabled" || !mayReceive(endpoint, event)) return false;
  if (event.type === TEST_EVENT) return true;
  if (event.source === OWN_SOURCE && (failing || event.subject === endpoint.id)) return false;
  return takes(endpoint, event);
};
