import { describe, expect, it } from "vitest";
import { dynamoFiles } from "#functions/applications/materials/adapters/dynamo-files.ts";
import { memoryFiles } from "#functions/applications/materials/adapters/memory-files.ts";
import { announce, type FileChange, settle } from "#functions/applications/materials/domain/file.ts";
import type { StoredFiles } from "#functions/applications/materials/domain/ports.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { applicant, cipher, granted, otherPerson, RECEIVED } from "#test/support/applications.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

let tables = 0;

const adapters: [string, () => Promise<StoredFiles>][] = [
  ["memory", async () => memoryFiles(cipher)],
  [
    "DynamoDB",
    async () => {
      const table = `files-${++tables}`;
      const client = ownDocuments();
      await createDeployedTable(client, table, (scope) => new ApplicationsData(scope, local));
      return dynamoFiles(client, { table, cipher });
    },
  ],
];

const announced = (name: string, by = applicant(), material?: string): FileChange =>
  granted(
    announce(
      derivedId(name),
      {
        applicant: by,
        declared: { name: `${name}.pdf`, mediaType: "application/pdf", bytes: 9, sha256: "0".repeat(64) },
        grade: "C",
        by: { client: "portal", channel: "portal" },
      },
      material ? { itemCode: "i", material, name: material, formats: [] } : undefined,
      { at: RECEIVED, key: `portal/${name}`, fingerprint: "f" },
    ),
  );

const at = (minute: number) => new Date(Date.parse(RECEIVED) + minute * 60_000).toISOString();

const clean = async (files: StoredFiles, name: string, minute: number, by = applicant(), material?: string) => {
  const first = announced(name, by, material);
  await files.save(first);
  const change = settle(first.state, undefined, at(minute));
  if (!change) throw new Error("settled before");
  await files.save(change);
  return first.state.id;
};

describe.each(adapters)("files in %s", (_, make) => {
  it("come back as they were written, and are written over only by whoever saw the last version", async () => {
    const files = await make();
    const change = announced("a");
    expect(await files.find(change.state.id)).toBeUndefined();
    await files.save(change);
    expect(await files.find(change.state.id)).toEqual(change.state);
    await expect(files.save(change)).rejects.toThrow(StaleVersionError);
    const next = settle(change.state, "malware", at(1));
    if (!next) throw new Error("settled before");
    await files.save(next);
    await expect(files.save(next)).rejects.toThrow(StaleVersionError);
    expect(await files.find(change.state.id)).toEqual(next.state);
  });

  it("are offered to their applicant alone, only when clean, the newest of a material first, page by page", async () => {
    const files = await make();
    const contracts: string[] = [];
    for (const n of [1, 2, 3, 4, 5]) contracts.unshift(await clean(files, `contract-${n}`, n, applicant(), "买卖合同"));
    const other = await clean(files, "card", 9, applicant(), "身份证");
    await clean(files, "theirs", 9, otherPerson, "买卖合同");
    await files.save(announced("unfinished", applicant(), "买卖合同"));

    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await files.ofApplicant(applicant(), "买卖合同", { limit: 2, cursor });
      if (page === "bad-cursor") throw new Error(page);
      expect(page.items.length).toBeLessThanOrEqual(2);
      all.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(all).toEqual(contracts);

    const everything = await files.ofApplicant(applicant(), undefined, { limit: 100 });
    if (everything === "bad-cursor") throw new Error(everything);
    expect(everything.items.map(({ id }) => id).sort()).toEqual([...contracts, other].sort());
    expect(everything.items.find(({ id }) => id === other)).toEqual({
      id: other,
      grade: "C",
      mediaType: "application/pdf",
      bytes: 9,
      since: at(9),
      itemCode: "i",
      material: "身份证",
      materialName: "身份证",
      channel: "portal",
    });
    expect(await files.ofApplicant(applicant(), undefined, { limit: 1, cursor: "nonsense" })).toBe("bad-cursor");

    // The card stands behind the contracts, outside of their range.
    const first = await files.ofApplicant(applicant(), undefined, { limit: 1 });
    if (first === "bad-cursor") throw new Error(first);
    expect(first.items[0]?.id).toBe(other);
    expect(await files.ofApplicant(applicant(), "买卖合同", { limit: 1, cursor: first.next })).toBe("bad-cursor");
  });

  it("remember each case that uses them once", async () => {
    const files = await make();
    const id = await clean(files, "reused", 1);
    const use = { application: derivedId("case"), number: "n", material: "m1", at: at(2), consent: "2026-11" };
    await files.noteUse(id, use);
    await files.noteUse(id, use);
    await files.noteUse(id, { ...use, application: derivedId("case-2") });
    expect(await files.usesOf(id)).toHaveLength(2);
    expect(await files.usesOf(id)).toContainEqual(use);
    expect(await files.find(id)).toMatchObject({ status: "clean" });
  });
});
