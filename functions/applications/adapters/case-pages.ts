import { type DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { CaseSummary, WorklistView } from "../domain/ports.ts";
import { CASE, deskPrefix, pageEndOf, rangeEndOf, summaryOf, takenPrefix, worklistKey } from "./application-row.ts";

export interface Index {
  readonly name: string;
  readonly partition: string;
  readonly sort: string;
}

export const BY_APPLICANT: Index = { name: "by-applicant", partition: "applicantKey", sort: "receivedKey" };
export const WORKLIST: Index = { name: "worklist", partition: "worklistKey", sort: "deskKey" };
export const DUE: Index = { name: "due", partition: "dueShard", sort: "wake" };

/** A contiguous part of a partition. */
export interface Bounds {
  /** Only what begins with this, or stands before it, or not after it. */
  readonly beginsWith?: string;
  readonly before?: string;
  readonly upTo?: string;
}

interface Range extends Bounds {
  readonly partition: string;
  readonly newestFirst?: boolean;
}

/** Whether a row of that sort key stands in the range: the database takes no start key from outside it. */
export const isInside = ({ beginsWith, before, upTo }: Bounds, at: string): boolean =>
  (beginsWith === undefined || at.startsWith(beginsWith)) &&
  (before === undefined || at < before) &&
  (upTo === undefined || at <= upTo);

interface Position {
  readonly pk: string;
  readonly at: string;
}

/** However sparse a list is, a page of it costs no more queries than this; what is left is told by `next`. */
export const RANGES_AT_ONCE = 8;

interface RangePage<T> {
  readonly index: Index;
  readonly range: Range;
  readonly request: PageRequest;
  readonly read: (row: Record<string, unknown>) => T;
  /** The sort key of the rows that the index holds; cases', if left out. */
  readonly sk?: string;
}

/** Pages of the indexes of one table. */
export const casePages = (client: DynamoDBDocumentClient, table: string) => {
  /** One query of one contiguous range of one index partition: it reads what it returns. */
  const query = async (
    index: Index,
    { partition, newestFirst = false, beginsWith, before, upTo }: Range,
    { after, limit, sk = CASE }: { readonly after: Position | undefined; readonly limit: number; readonly sk?: string },
  ): Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly end: Position | undefined }> => {
    const bound = beginsWith ?? before ?? upTo;
    const condition =
      beginsWith !== undefined
        ? " AND begins_with(#sort, :bound)"
        : before !== undefined
          ? " AND #sort < :bound"
          : " AND #sort <= :bound";
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: index.name,
        KeyConditionExpression: `#partition = :partition${bound === undefined ? "" : condition}`,
        ExpressionAttributeNames: {
          "#partition": index.partition,
          ...(bound !== undefined && { "#sort": index.sort }),
        },
        ExpressionAttributeValues: { ":partition": partition, ...(bound !== undefined && { ":bound": bound }) },
        ScanIndexForward: !newestFirst,
        Limit: limit,
        ...(after && {
          ExclusiveStartKey: { pk: after.pk, sk, [index.partition]: partition, [index.sort]: after.at },
        }),
      }),
    );
    const end = LastEvaluatedKey && { pk: String(LastEvaluatedKey.pk), at: String(LastEvaluatedKey[index.sort]) };
    return { rows: Items, end };
  };

  return {
    async ofRange<T>({ index, range, request, read, sk = CASE }: RangePage<T>): Promise<Page<T> | BadCursor> {
      const { cursor, limit } = request;
      const after = cursor === undefined ? undefined : pageEndOf(cursor);
      if (cursor !== undefined && !(after && isInside(range, after.at))) return "bad-cursor";
      const { rows, end } = await query(index, range, { after, limit, sk });
      return { items: rows.map(read), ...(end && { next: cursorOf({ ...end }) }) };
    },
    /**
     * A page that goes on in the next range where one ends: nothing is read that is not shown, and mostly it is one query. Where
     * little stands in many ranges it may come short, or empty, and still be followed by another.
     */
    async ofRanges(
      index: Index,
      ranges: readonly Range[],
      { cursor, limit }: PageRequest,
    ): Promise<Page<CaseSummary> | BadCursor> {
      const from = beginningOf(ranges, cursor);
      if (!from) return "bad-cursor";
      const items: CaseSummary[] = [];
      let { after } = from;
      for (let at = from.range; at < ranges.length; at++, after = undefined) {
        const range = ranges[at];
        if (!range) break;
        if (at === from.range + RANGES_AT_ONCE) return { items, next: cursorOf({ range: at }) };
        const { rows, end } = await query(index, range, { after, limit: limit - items.length });
        items.push(...rows.map(summaryOf));
        if (end) return { items, next: cursorOf({ range: at, ...end }) };
        if (items.length === limit)
          return { items, ...(at + 1 < ranges.length && { next: cursorOf({ range: at + 1 }) }) };
      }
      return { items };
    },
  };
};

/** Where a page of these ranges begins; undefined for a cursor that no list of them has given. */
export const beginningOf = (
  ranges: readonly Range[],
  cursor: string | undefined,
): { readonly range: number; readonly after?: Position | undefined } | undefined => {
  if (cursor === undefined) return { range: 0 };
  const { range, pk, at } = rangeEndOf(cursor) ?? {};
  if (range === undefined || (pk === undefined) !== (at === undefined)) return undefined;
  if (pk === undefined || at === undefined) return { range };
  const within = ranges[range];
  return within && isInside(within, at) ? { range, after: { pk, at } } : undefined;
};

/** The one range of each division that a view shows. */
export const rangesOf = (department: string, divisions: readonly string[], view: WorklistView): readonly Range[] =>
  divisions.map((division) => ({ partition: worklistKey(department, division), ...boundsOf(view) }));

const boundsOf = (view: WorklistView): Bounds => {
  switch (view.list) {
    case "open":
      return {};
    case "mine":
      return { beginsWith: takenPrefix(view.officer) };
    case "unassigned":
      // What waits for someone outside stands last, and nobody can take it.
      return view.desk ? { beginsWith: deskPrefix(view.desk) } : { before: deskPrefix("waiting") };
  }
};
