import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { expect, it } from "vitest";
import { dynamoApplications } from "#functions/applications/adapters/dynamo-applications.ts";
import { dynamoDrafts } from "#functions/applications/adapters/dynamo-drafts.ts";
import { beginDraft } from "#functions/applications/domain/drafts.ts";
import { rotateKeys } from "#functions/applications/rotate-keys.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { dynamoSealedRows } from "#shared/runtime/sealed-rows.ts";
import { applicant, caseIn, granted, otherPerson, RECEIVED, rules, submitted } from "#test/support/applications.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";
import { ciphers, rotateAll } from "#test/support/rotation.ts";

it("brings cases, drafts and broken promises from the old key to the new one, in slices, and tells nothing", async () => {
  const client = ownDocuments();
  const table = "rotation";
  await createDeployedTable(client, table, (scope) => new ApplicationsData(scope, local));
  const at = (cipher: typeof ciphers.before) => ({
    applications: dynamoApplications(client, { table, cipher }),
    drafts: dynamoDrafts(client, { table, cipher, now: () => RECEIVED }),
  });
  const old = at(ciphers.before);
  for (let serial = 0; serial < 12; serial++)
    await old.applications.save(submitted(rules(), { id: derivedId("case", `${serial}`) }));
  const revoked = { ...caseIn("revoked"), id: derivedId("revoked"), applicant: otherPerson };
  await old.applications.save({
    state: { ...revoked, version: 1 },
    at: RECEIVED,
    events: [
      {
        type: "submitted",
        acceptBy: { date: "2026-11-27", provisional: false, from: "2026-11-22", days: 5 },
        deliverable: true,
      },
    ],
    brokenCommitment: true,
  });
  const draft = granted(
    beginDraft(
      {
        id: derivedId("draft"),
        itemCode: rules().code,
        applicant: applicant(),
        content: { form: { a: 1 } },
        client: "portal",
        fingerprint: "f",
      },
      RECEIVED,
    ),
  );
  await old.drafts.save(draft);

  const rotate = rotateKeys({ rows: dynamoSealedRows(client, table), cipher: ciphers.during });
  const all = () => rotateAll(rotate);
  // Found under either key while it lasts.
  expect(await at(ciphers.during).applications.hasBrokenCommitment(otherPerson)).toBe(true);
  const done = await all();
  expect(done).toMatchObject({ rewritten: 15, left: 0 });
  expect(done.slices).toBeGreaterThan(3);
  expect(await all()).toMatchObject({ rewritten: 0, left: 0 });

  const now = at(ciphers.after);
  const page = await now.applications.ofApplicant(applicant(), { limit: 100 });
  expect(page !== "bad-cursor" && page.items).toHaveLength(12);
  expect((await now.applications.find(derivedId("case", "3")))?.applicant).toEqual(applicant());
  expect(await now.applications.hasBrokenCommitment(otherPerson)).toBe(true);
  expect(await now.applications.hasBrokenCommitment(applicant())).toBe(false);
  expect(await now.drafts.find(draft.id)).toEqual(draft);
  const drafts = await now.drafts.ofApplicant(applicant(), { limit: 10 });
  expect(drafts !== "bad-cursor" && drafts.items.map(({ id }) => id)).toEqual([draft.id]);
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
  expect(Items.some(({ outbox }) => outbox !== undefined)).toBe(false);
});
