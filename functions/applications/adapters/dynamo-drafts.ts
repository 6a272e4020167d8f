import { DeleteCommand, type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "#shared/kernel/clock.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Drafts } from "../domain/ports.ts";
import { BY_APPLICANT, casePages } from "./case-pages.ts";
import { DRAFT, draftKey, draftOf, draftRow, draftSummaryOf } from "./draft-row.ts";
import { applicantKey } from "./sealing.ts";

export const dynamoDrafts = (
  client: DynamoDBDocumentClient,
  { table, cipher, now }: { readonly table: string; readonly cipher: FieldCipher; readonly now: Clock },
): Drafts => ({
  async find(id) {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: draftKey(id), ConsistentRead: true }));
    const draft = Item && draftOf(cipher, Item);
    // The table takes its time to delete what has ended.
    return draft && draft.expiresAt > now() ? draft : undefined;
  },
  save: (draft) => putAggregate(client, table, draftRow(cipher, draft), []),
  async remove(id) {
    await client.send(new DeleteCommand({ TableName: table, Key: draftKey(id) }));
  },
  ofApplicant: (applicant, request) =>
    casePages(client, table).ofRange({
      index: BY_APPLICANT,
      range: { partition: applicantKey(cipher, applicant, "drafts"), newestFirst: true },
      request,
      read: draftSummaryOf,
      sk: DRAFT,
    }),
});
