import { type Caller, isOfDepartment } from "#shared/contracts/http/caller.ts";
import type { RequestRefusal } from "#shared/contracts/http/problems.ts";
import { type Clock, legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import type { Request } from "#shared/runtime/endpoint.ts";
import type { CheckDeps } from "../check-item.ts";
import {
  type Actor,
  type Asked,
  type ItemRecord,
  type Receipt,
  type RecordChange,
  receiptOf,
} from "../domain/item-record.ts";

export interface Deps extends CheckDeps {
  readonly now: Clock;
}

export const actorOf = ({ client, staff }: Caller): Actor => ({ client, ...(staff !== undefined && { staff }) });

/** Two clients may choose the same key. */
export const keyedBy = (
  operation: string,
  { caller, key, path, body }: Request<unknown, unknown, unknown>,
): { readonly key: string; readonly print: string } => ({
  key: `${caller.client}/${key}`,
  print: fingerprint([operation, path, body]),
});

export const askedOf = (
  now: Clock,
  caller: Caller,
  reason: string | undefined,
  key?: { readonly key: string; readonly print: string },
): Asked => {
  const at = now();
  return {
    at,
    today: legalDate(at),
    by: actorOf(caller),
    ...(reason !== undefined && { reason }),
    ...(key && { key }),
  };
};

/** Finds a record its keeper may act on. */
export const kept = async (
  { items }: Pick<Deps, "items">,
  { caller, path }: Request<{ code: string }, unknown, unknown>,
): Promise<Decision<ItemRecord, "item.not-found" | "item.not-yours">> => {
  const record = await items.find(path.code);
  if (!record) return refuse("item.not-found");
  return isOfDepartment(caller, record) ? accept(record) : refuse("item.not-yours");
};

/**
 * Runs one keyed command on one item: answers a repeat as before, holds the caller to the revision it saw, decides, and writes
 * once.
 */
export const acting = async <E extends string>(
  deps: Deps,
  operation: string,
  request: Request<{ code: string }, unknown, { reason?: string | undefined }>,
  decide: (record: ItemRecord, asked: Asked) => Promise<Decision<RecordChange, E>> | Decision<RecordChange, E>,
): Promise<Decision<Receipt, E | "item.not-found" | "item.not-yours" | RequestRefusal>> => {
  const found = await kept(deps, request);
  if (!found.ok) return found;
  const record = found.value;

  const key = keyedBy(operation, request);
  const before = record.keys.find((known) => known.key === key.key);
  if (before) return before.print === key.print ? accept(before.receipt) : refuse("request.key-reused");
  if (request.ifMatch !== undefined && request.ifMatch !== record.revision) return refuse("request.stale");

  const decision = await decide(record, askedOf(deps.now, request.caller, request.body.reason, key));
  if (!decision.ok) return decision;
  await deps.items.save(decision.value);
  return accept(receiptOf(decision.value.after));
};
