import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { BadCursor, Page } from "#shared/kernel/page.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Application } from "../domain/application.ts";
import type { Applications, CaseSummary } from "../domain/ports.ts";
import { cloudEventsOf, readingEventsOf } from "./application-events.ts";
import { CASE, dueKey, rowOf, stateOf, summaryOf, wakeKeys } from "./application-row.ts";
import { BY_APPLICANT, casePages, DUE, rangesOf, WORKLIST } from "./case-pages.ts";
import { creditKeys, creditRow } from "./credit-row.ts";
import { applicantKeys } from "./sealing.ts";

/** Pages of the same list from several partitions, as one. */
const newestOf = (pages: readonly (Page<CaseSummary> | BadCursor)[], limit: number): Page<CaseSummary> | BadCursor => {
  const good = pages.filter((each) => each !== "bad-cursor");
  const [only, ...others] = good;
  if (good.length < pages.length || !only) return "bad-cursor";
  if (others.length === 0) return only;
  const position = ({ receivedAt, id }: CaseSummary) => `${receivedAt}#${id}`;
  const all = good.flatMap(({ items }) => items).sort((a, b) => (position(a) < position(b) ? 1 : -1));
  const items = all.slice(0, limit);
  const last = items.at(-1);
  const more = all.length > limit || good.some(({ next }) => next !== undefined);
  return { items, ...(last && more && { next: cursorOf({ pk: last.id, at: position(last) }) }) };
};

export const dynamoApplications = (
  client: DynamoDBDocumentClient,
  { table, cipher }: { readonly table: string; readonly cipher: FieldCipher },
): Applications => {
  const pages = casePages(client, table);
  const find = async (id: string): Promise<Application | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: { pk: id, sk: CASE }, ConsistentRead: true }),
    );
    return Item && stateOf(cipher, Item);
  };
  return {
    find,
    async save(change) {
      const { state } = change;
      const row = rowOf(cipher, state);
      const events = cloudEventsOf(change);
      const record = change.brokenCommitment ? [creditRow(cipher, state)] : [];
      await putAggregate(client, table, row, events, record, { packed: true });
    },
    async ofApplicant(applicant, request) {
      // One key but during a rotation of keys; then the newest of all of them make the page.
      const keys = applicantKeys(cipher, applicant);
      const found = await Promise.all(
        keys.map((partition) =>
          pages.ofRange({ index: BY_APPLICANT, range: { partition, newestFirst: true }, request, read: summaryOf }),
        ),
      );
      return newestOf(found, request.limit);
    },
    worklist: (department, divisions, view, request) =>
      pages.ofRanges(WORKLIST, rangesOf(department, divisions, view), request),
    due: (shard, until, request) =>
      pages.ofRange({
        index: DUE,
        range: { partition: dueKey(shard), ...(until !== undefined && { upTo: until }) },
        request,
        read: ({ pk, wake }) => ({ id: String(pk), wake: String(wake) }),
      }),
    async reschedule({ id, version }, wake) {
      const keys = wakeKeys(id, wake);
      try {
        await client.send(
          new UpdateCommand({
            TableName: table,
            Key: { pk: id, sk: CASE },
            // The events of the last change have been read from the stream already; they must not be told again.
            UpdateExpression:
              "wake" in keys ? "SET #wake = :wake, #shard = :shard REMOVE #outbox" : "REMOVE #wake, #shard, #outbox",
            ConditionExpression: "#version = :version",
            ExpressionAttributeNames: {
              "#wake": DUE.sort,
              "#shard": DUE.partition,
              "#outbox": "outbox",
              "#version": "version",
            },
            ExpressionAttributeValues: {
              ":version": version,
              ...("wake" in keys && { ":wake": keys.wake, ":shard": keys.dueShard }),
            },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    async recordReading(reading) {
      const { id, application, at, client: by, officer, purpose } = reading;
      await putAggregate(
        client,
        table,
        { pk: application.id, sk: `reading#${id}`, version: 1, at, client: by, officer, purpose },
        readingEventsOf(reading),
      );
    },
    async hasBrokenCommitment(applicant) {
      const found = await Promise.all(
        creditKeys(cipher, applicant).map((pk) =>
          client.send(
            new QueryCommand({
              TableName: table,
              KeyConditionExpression: "pk = :pk",
              ExpressionAttributeValues: { ":pk": pk },
              // Whoever has just been told of a revocation does not promise again in the same second.
              ConsistentRead: true,
            }),
          ),
        ),
      );
      // Hardly ever any: a case says itself whether its revocation stands.
      for (const { application } of found.flatMap(({ Items = [] }) => Items))
        if ((await find(String(application)))?.phase.status === "revoked") return true;
      return false;
    },
  };
};
