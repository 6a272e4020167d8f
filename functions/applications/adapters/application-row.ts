import { createHash } from "node:crypto";
import * as z from "zod";
import { positionOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { Application } from "../domain/application.ts";
import { dueBy } from "../domain/deadlines.ts";
import { type Desk, deskOf, desks } from "../domain/desk.ts";
import { issuedIn } from "../domain/licences.ts";
import { type CaseSummary, DUE_SHARDS } from "../domain/ports.ts";
import { State, Status } from "./application-state.ts";
import { applicantKey, seal, unseal } from "./sealing.ts";

export const CASE = "case";

const Summary = z.object({
  pk: z.string(),
  number: z.string(),
  itemCode: z.string().optional(),
  itemName: z.string(),
  licenceType: z.string().optional(),
  licenceUntil: z.string().optional(),
  status: Status,
  stage: z.enum(["handling", "review", "approval"]).optional(),
  receivedKey: z.string(),
  dueBy: z.string().optional(),
  provisional: z.boolean().optional(),
  claimedBy: z.string().optional(),
});

/** The attributes a list shows; the indexes project exactly these. */
export const summaryOf = (row: unknown): CaseSummary => {
  const { pk, receivedKey, dueBy: date, provisional, ...shown } = Summary.parse(row);
  return {
    id: pk,
    ...shown,
    receivedAt: receivedKey.split("#")[0] ?? "",
    ...(date && { dueBy: { date, provisional: provisional ?? false } }),
  };
};

const Position = z.object({ pk: z.string().min(1), at: z.string().min(1) });

/** Where a page of cases ended; undefined for a cursor that no list has given. */
export const pageEndOf = (cursor: string): z.infer<typeof Position> | undefined =>
  Position.safeParse(positionOf(cursor)).data;

const RangeEnd = Position.partial().extend({ range: z.int().min(0) });

/** Where a list that goes through several ranges stopped: the range, and where in it unless at its beginning. */
export const rangeEndOf = (cursor: string): z.infer<typeof RangeEnd> | undefined =>
  RangeEnd.safeParse(positionOf(cursor)).data;

/** One partition for each house and division: no status and no day has one of its own. */
export const worklistKey = (department: string, division: string): string => `${department}/${division}`;

/** Free cases stand by desk and day, those that are taken after them, by officer. */
export const deskPrefix = (desk: Desk): string => `${desks.indexOf(desk)}${desk}#`;
const TAKEN = "~";
export const takenPrefix = (officer: string): string => `${TAKEN}${officer.toLowerCase()}#`;

/** Evenly over all shards, whatever the ids have in common. */
const dueShardOf = (id: string): number => createHash("sha256").update(id).digest().readUInt32BE() % DUE_SHARDS;
export const dueKey = (shard: number): string => `due#${shard}`;

const worklistKeys = (state: Application) => {
  const desk = deskOf(state);
  // While a fee holds the issue no deadline runs: the case stands among those that wait by the day it would have.
  const due = dueBy(state) ?? ("deliverBy" in state.phase ? state.phase.deliverBy : undefined);
  if (!desk || !due) return {};
  const { department, division } = state.item;
  const free = `${deskPrefix(desk)}${due.date}#${state.id}`;
  return {
    worklistKey: worklistKey(department.uscc, division),
    deskKey: state.claimedBy ? takenPrefix(state.claimedBy) + free : free,
  };
};

/** What the due index stands on; nothing once the calendar has no more to say. */
export const wakeKeys = (id: string, wake: string | undefined) =>
  wake === undefined ? {} : { dueShard: dueKey(dueShardOf(id)), wake };

/**
 * A case as one row. In the clear stands only what lists show and indexes need; all else, compressed, is one sealed
 * attribute, so that a case with a 3 KB form stays below 4 write units.
 */
export const rowOf = (cipher: FieldCipher, { wake, ...state }: Application) => {
  const due = dueBy(state);
  return {
    pk: state.id,
    sk: CASE,
    version: state.version,
    number: state.number,
    itemCode: state.item.code,
    itemName: state.item.name,
    ...issuedIn(state),
    status: state.phase.status,
    ...("stage" in state.phase && { stage: state.phase.stage }),
    ...(due && { dueBy: due.date, ...(due.provisional && { provisional: true }) }),
    ...(state.claimedBy && { claimedBy: state.claimedBy }),
    applicantKey: applicantKey(cipher, state.applicant),
    receivedKey: `${state.receivedAt}#${state.id}`,
    ...worklistKeys(state),
    ...wakeKeys(state.id, wake),
    ...seal(cipher, state.id, state),
  };
};

const Row = z.object({
  pk: z.string(),
  keyId: z.string(),
  sealed: z.instanceof(Uint8Array),
  wake: z.string().optional(),
});

/** Throws when the row was altered or moved. */
export const stateOf = (cipher: FieldCipher, row: unknown): Application => {
  const { pk, keyId, sealed, wake } = Row.parse(row);
  const state: Application = State.parse(unseal(cipher, pk, { keyId, sealed }));
  return wake === undefined ? state : { ...state, wake };
};
