import { beforeAll, expect, it } from "vitest";
import { dynamoFiles } from "#functions/applications/materials/adapters/dynamo-files.ts";
import { announce, settle } from "#functions/applications/materials/domain/file.ts";
import { dynamoReceipts } from "#functions/applications/receipts/adapters/dynamo-receipts.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { applicant, cipher, granted, otherPerson, RECEIVED } from "#test/support/applications.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { explain, type Read } from "#test/support/explain.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

let reads: Read[];
let files: ReturnType<typeof dynamoFiles>;
let receipts: ReturnType<typeof dynamoReceipts>;
const CASES = [derivedId("case", "1"), derivedId("case", "2")];

beforeAll(async () => {
  const client = ownDocuments();
  await createDeployedTable(client, "file-queries", (scope) => new ApplicationsData(scope, local));
  files = dynamoFiles(client, { table: "file-queries", cipher });
  receipts = dynamoReceipts(client, "file-queries");
  for (const by of [applicant(), otherPerson])
    for (const material of ["买卖合同", "身份证"])
      for (let serial = 0; serial < 6; serial++) {
        const id = derivedId(by.name, material, `${serial}`);
        const first = granted(
          announce(
            id,
            {
              applicant: by,
              declared: { name: "a.pdf", mediaType: "application/pdf", bytes: 9, sha256: "0".repeat(64) },
              grade: "C",
              by: { client: "portal", channel: "portal" },
            },
            { itemCode: "i", material, name: material, formats: [] },
            { at: RECEIVED, key: id, fingerprint: "f" },
          ),
        );
        await files.save(first);
        // Every third is never found clean, and is not in the way of those that are.
        const change = serial % 3 === 0 ? undefined : settle(first.state, undefined, RECEIVED);
        if (change) await files.save(change);
        for (const of of CASES) await files.noteUse(id, { application: of, number: "n", material: "m1", at: RECEIVED });
      }
  for (const of of CASES)
    for (let version = 1; version <= 7; version++)
      await receipts.note(of, {
        id: `${of}.${version}.0`,
        kind: "acceptance",
        title: "受理通知书",
        issuedAt: RECEIVED,
        bytes: 1,
        sha256: "0",
      });
  reads = explain(client);
});

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly next?: string | undefined;
}

it.each<[string, number, (page: { cursor?: string | undefined; limit: number }) => Promise<Page | "bad-cursor">]>([
  ["an applicant's files", 8, (page) => files.ofApplicant(applicant(), undefined, page)],
  ["their files of one material", 4, (page) => files.ofApplicant(applicant(), "买卖合同", page)],
  ["the receipts of a case", 7, (page) => receipts.ofCase(CASES[0] ?? "", page)],
])("a page of %s is one query that reads what it returns", async (_what, many, list) => {
  for (const limit of [1, 3, 100]) {
    const found: string[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      reads.length = 0;
      const page = await list({ cursor, limit });
      if (page === "bad-cursor") throw new Error(page);
      expect(reads).toEqual([{ command: "QueryCommand", returned: page.items.length, scanned: page.items.length }]);
      found.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(new Set(found).size).toBe(many);
    expect(found).toHaveLength(many);
  }
});
