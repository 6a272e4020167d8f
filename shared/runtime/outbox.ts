import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import type { AnyEvent, EventContract } from "#shared/contracts/events/envelope.ts";
import type { Instant } from "#shared/kernel/clock.ts";
import { correlationId } from "./correlation.ts";
import { packedEvents } from "./packed-events.ts";

/** The stored version is not the one the change was decided on: someone else was faster. */
export class StaleVersionError extends Error {
  override readonly name = "StaleVersionError";
}

/**
 * Whether a write only met what it was conditional on, or another transaction at the same rows. One that was throttled, or
 * refused for another reason, has lost no race: it is a fault.
 */
export const isRace = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException ||
  (error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).every(({ Code = "None" }) =>
      ["None", "ConditionalCheckFailed", "TransactionConflict"].includes(Code),
    ));

const ATTEMPTS_AT_A_RACE = 4;

/** Another writer was faster: read and decide again, on what it left. Throws the last StaleVersionError after four attempts. */
export const untilNoRace = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StaleVersionError) || attempt === ATTEMPTS_AT_A_RACE) throw error;
    }
  }
};

export interface Change {
  readonly source: `/${string}`;
  /** The aggregate's id. */
  readonly subject: string;
  readonly version: number;
  readonly at: Instant;
  readonly extensions?: Partial<Pick<AnyEvent, "department" | "division" | "itemcode">>;
}

/** A contract and the data of one occurrence of it. */
export interface Occurrence {
  readonly contract: EventContract;
  readonly data: unknown;
}

/** The events of one change, complete and checked against their contracts before they are written. */
export const eventsOf = (change: Change, occurrences: readonly Occurrence[]): AnyEvent[] =>
  occurrences.map(({ contract, data }, index) => {
    const event = {
      specversion: "1.0",
      id: `${change.subject}.${change.version}.${index}`,
      source: change.source,
      type: contract.type,
      time: change.at,
      subject: change.subject,
      datacontenttype: "application/json",
      sequence: change.version,
      ...(correlationId() && { correlationid: correlationId() }),
      ...change.extensions,
      data,
    };
    return contract.schema.parse(event) as AnyEvent;
  });

/** A row of an aggregate: its state and its version. */
interface AggregateRow {
  readonly pk: string;
  readonly sk: string;
  readonly version: number;
  readonly [attribute: string]: unknown;
}

/**
 * The one way an aggregate is written: its new state, its version and the events of this change in one conditional put.
 * The table's stream is the outbox. Throws StaleVersionError when the stored version is not `version - 1`.
 * @param alongside rows without events that must come about with the change or not at all; they make it a transaction
 * @param packed the outbox takes a fifth of the room: for rows of which every kilobyte counts
 */
export const putAggregate = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  row: AggregateRow,
  events: readonly AnyEvent[],
  alongside: readonly { readonly pk: string; readonly sk: string; readonly [attribute: string]: unknown }[] = [],
  { packed = false }: { readonly packed?: boolean } = {},
): Promise<void> => {
  const put = {
    TableName: tableName,
    Item: events.length > 0 ? { ...row, outbox: packed ? packedEvents.pack(events) : events } : row,
    ...(row.version === 1
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : {
          ConditionExpression: "version = :previous",
          ExpressionAttributeValues: { ":previous": row.version - 1 },
        }),
  };
  try {
    if (alongside.length === 0) await client.send(new PutCommand(put));
    else
      await client.send(
        new TransactWriteCommand({
          TransactItems: [{ Put: put }, ...alongside.map((Item) => ({ Put: { TableName: tableName, Item } }))],
        }),
      );
  } catch (error) {
    if (isRace(error)) throw new StaleVersionError(row.pk, { cause: error });
    throw error;
  }
};
