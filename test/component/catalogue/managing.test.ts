import { beforeEach, describe, expect, it } from "vitest";
import type { ItemDefinition } from "#functions/catalogue/domain/item.ts";
import { exchangingEndpoints } from "#functions/catalogue/http/exchanging.ts";
import { keepingDirectoryEndpoints } from "#functions/catalogue/http/keeping-directory.ts";
import { managingEndpoints } from "#functions/catalogue/http/managing.ts";
import { readingEndpoints } from "#functions/catalogue/http/reading.ts";
import { sweepDue } from "#functions/catalogue/sweep-due.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { exportItems } from "#shared/contracts/http/catalogue/exchanging.ts";
import * as reading from "#shared/contracts/http/catalogue/finding.ts";
import * as contracts from "#shared/contracts/http/catalogue/managing.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { catalogueStage, cityData, HOUSE, realItem } from "#test/support/catalogue.ts";
import { type RequestParts, requestTo, said } from "#test/support/http-request.ts";

const DEPARTMENT = "11440606MB2D26310W";
const manager: Verdict = {
  client: "app-workbench",
  scopes: "catalogue:manage",
  staff: "s440606-079",
  roles: ["catalogue-manager"],
  department: DEPARTMENT,
  division: "440606",
};
const other: Verdict = {
  client: "dept-2",
  scopes: "catalogue:manage",
  department: "11440600007039565U",
  division: "440600",
};
const house: ItemDefinition = { ...realItem("存量房"), themes: ["住房", "买房"] };
const byItem = { code: HOUSE };

let stage: Awaited<ReturnType<typeof catalogueStage>>;
let ask: (
  contract: Pick<Route, "method" | "path">,
  parts?: Omit<RequestParts, "method" | "path">,
  key?: string,
) => Promise<ReturnType<typeof said>>;
let keys = 0;

beforeEach(async () => {
  stage = await catalogueStage();
  await stage.run({ ...cityData(), items: [] });
  const http = httpLambda([
    ...managingEndpoints(stage),
    ...exchangingEndpoints(stage),
    ...keepingDirectoryEndpoints(stage),
    ...readingEndpoints(stage),
  ]);
  ask = async (contract, parts = {}, key = `key-${++keys}`) =>
    said(
      await http(
        requestTo(contract, {
          verdict: manager,
          params: byItem,
          ...parts,
          headers: { "idempotency-key": key, "accept-language": "en", ...parts.headers },
        }),
      ),
    );
});

const draft = (definition: ItemDefinition = house, headers = {}) =>
  ask(contracts.draftItem, { body: { definition }, headers });
const check = () => ask(contracts.checkDraft);
const publish = (key?: string) => ask(contracts.publishDraft, { body: { reason: "首次发布" } }, key);
const published = async (definition: ItemDefinition = house) => {
  await draft(definition);
  await check();
  return publish();
};
const events = () => stage.items.published().map(({ type, sequence, data }) => [type.split(".")[3], sequence, data]);

describe("the life of an item", () => {
  it("goes from draft to checked to published, and each step is told", async () => {
    expect((await draft()).body).toEqual({ code: HOUSE, revision: 1, standing: "unpublished", draft: "draft" });
    expect((await publish()).body).toMatchObject({ type: "/problems/item.not-checked", status: 409 });
    expect((await check()).body).toMatchObject({ publishable: true, item: { revision: 2, draft: "checked" } });
    expect((await ask(reading.readItem)).status).toBe(404);
    const { body, headers } = await publish();
    expect(body).toEqual({ code: HOUSE, revision: 3, standing: "in-force", version: 1 });
    expect(headers.etag).toBe('"3"');
    expect((await ask(reading.readItem)).body).toMatchObject({ version: 1, effectiveFrom: "2026-11-22" });
    expect(events()).toEqual([["item-published", 3, { code: HOUSE, version: 1 }]]);

    const { body: log } = await ask(contracts.readItemLog);
    expect(log.items.map(({ operation, by, reason }: Record<string, unknown>) => [operation, by, reason])).toEqual([
      ["publish", { client: "app-workbench", staff: "s440606-079" }, "首次发布"],
      ["check", { client: "app-workbench", staff: "s440606-079" }, undefined],
      ["draft", { client: "app-workbench", staff: "s440606-079" }, undefined],
    ]);
  });

  it("tells every problem of a draft at once, and publishes none of it", async () => {
    await draft({ ...house, limits: { statutory: 30, promised: 31 }, visits: 3, legalBasis: [] });
    const { body } = await check();
    expect(body.publishable).toBe(false);
    expect(body.problems.map(({ code, weight }: Record<string, string>) => `${code} ${weight}`)).toEqual([
      "item.limits-inverted blocks",
      "item.legal-basis-missing blocks",
      "item.visits-without-reason blocks",
    ]);
    expect(body.problems[0]).toMatchObject({ zh: expect.stringContaining("承诺时限"), en: expect.any(String) });
    expect((await publish()).body.type).toBe("/problems/item.not-checked");
  });

  it("runs the checks again at publication: the city may have changed", async () => {
    await draft();
    await check();
    await stage.facts.keepReference({ divisions: [] });
    expect((await publish()).body).toMatchObject({
      type: "/problems/item.checks-failed",
      status: 422,
      detail: "item.division-unknown",
    });
    expect(events()).toEqual([]);
  });

  it("loses its check when the draft is changed", async () => {
    await draft();
    await check();
    expect((await draft({ ...house, name: "另一个" })).body).toMatchObject({ draft: "draft" });
    expect((await publish()).body.type).toBe("/problems/item.not-checked");
  });

  it("answers a repeat as before and writes nothing; another request under the key is refused", async () => {
    await draft();
    await check();
    const first = await publish("once");
    expect((await publish("once")).body).toEqual(first.body);
    const reused = await ask(contracts.publishDraft, { body: { reason: "别的" } }, "once");
    expect(reused.body.type).toBe("/problems/request.key-reused");
    expect(events()).toHaveLength(1);
    const again = await draft();
    expect((await draft()).body).toEqual(again.body);
  });

  it("holds a caller to the revision it saw", async () => {
    await draft();
    expect((await draft({ ...house, name: "二" }, { "if-match": '"9"' })).body.type).toBe("/problems/request.stale");
    expect((await draft({ ...house, name: "二" }, { "if-match": '"1"' })).status).toBe(200);
  });

  it("keeps published versions as they were, and takes no version that says the same", async () => {
    await published();
    await draft();
    await check();
    expect((await publish()).body.type).toBe("/problems/item.unchanged");
    await published({ ...house, conditions: ["新的条件"] });
    const version = async (n: string) =>
      (await ask(reading.readItemVersion, { params: { ...byItem, version: n } })).body.conditions;
    expect(await version("1")).toEqual(house.conditions);
    expect(await version("2")).toEqual(["新的条件"]);
  });

  it("puts a version in force on its day, by the sweep, once", async () => {
    await published();
    const { body } = await published({ ...house, name: "明年的", effectiveFrom: "2027-01-01" });
    expect(body).toMatchObject({ version: 1, scheduled: { version: 2, effectiveFrom: "2027-01-01" } });
    const sweep = sweepDue(stage);

    stage.clock.at = "2026-12-31T15:59:59.999Z";
    expect(await sweep()).toEqual({ inForce: [] });
    expect((await ask(reading.readItem)).body.version).toBe(1);
    // Midnight in Shanghai.
    stage.clock.at = "2026-12-31T16:00:00.000Z";
    const both = await Promise.all([sweep(), sweep()]);
    expect(both.flatMap(({ inForce }) => inForce)).toEqual([HOUSE]);
    expect(await sweep()).toEqual({ inForce: [] });
    expect((await ask(reading.readItem)).body).toMatchObject({ version: 2, name: "明年的" });
    expect(events().map(([kind, , data]) => [kind, data])).toEqual([
      ["item-published", { code: HOUSE, version: 1 }],
      ["item-published", { code: HOUSE, version: 2 }],
    ]);
  });

  it("is suspended and resumed; what was published meanwhile is announced when it is resumed", async () => {
    await published();
    const suspended = await ask(contracts.suspendItem, { body: { reason: "系统升级" } });
    expect(suspended.body).toMatchObject({ standing: "suspended" });
    expect((await ask(reading.readItem)).body.suspended).toEqual({ since: stage.clock.at, reason: "系统升级" });
    expect((await ask(contracts.suspendItem, { body: { reason: "again" } })).body.type).toBe(
      "/problems/item.not-in-force",
    );
    await published({ ...house, conditions: ["修订"] });
    expect((await ask(contracts.resumeItem, { body: {} })).body).toMatchObject({ standing: "in-force", version: 2 });
    expect((await ask(contracts.resumeItem, { body: {} })).body.type).toBe("/problems/item.not-suspended");
    expect(events().map(([kind, , data]) => [kind, (data as { version: number }).version])).toEqual([
      ["item-published", 1],
      ["item-suspended", 1],
      ["item-published", 2],
      ["item-resumed", 2],
    ]);
  });

  it("ends for good when it is retired", async () => {
    await published();
    await published({ ...house, name: "明年的", effectiveFrom: "2027-01-01" });
    await ask(contracts.retireItem, { body: { reason: "并入另一事项" } });
    expect((await ask(reading.readItem)).status).toBe(404);
    expect((await draft({ ...house, name: "又来" })).body.type).toBe("/problems/item.retired");
    expect((await ask(contracts.retireItem, { body: { reason: "x" } })).body.type).toBe("/problems/item.retired");
    stage.clock.at = "2027-02-01T00:00:00.000Z";
    expect(await sweepDue(stage)()).toEqual({ inForce: [] });
    expect((await ask(contracts.readManagedItem)).body).toMatchObject({ standing: "retired", reason: "并入另一事项" });
  });
});

describe("who keeps what", () => {
  it("lets nobody touch another department's item", async () => {
    await draft();
    for (const contract of [contracts.readManagedItem, contracts.readItemLog])
      expect((await ask(contract, { verdict: other })).body.type).toBe("/problems/item.not-yours");
    const taken = await ask(contracts.draftItem, { verdict: other, body: { definition: house } });
    expect(taken.body.type).toBe("/problems/item.not-yours");
    expect((await ask(contracts.publishDraft, { verdict: other, body: { reason: "x" } })).body.type).toBe(
      "/problems/item.not-yours",
    );
    expect((await ask(contracts.listManagedItems, { verdict: other })).body.items).toEqual([]);
    expect((await ask(contracts.listManagedItems)).body.items).toMatchObject([{ code: HOUSE, draft: "draft" }]);
  });

  it("refuses the cursor of a list that stands outside of the caller's division, and of no list", async () => {
    const cursors = [{ division: "440604", code: HOUSE }, { division: "", code: "" }, { after: "" }].map(cursorOf);
    for (const contract of [contracts.listManagedItems, exportItems, reading.listBasicItems])
      for (const cursor of cursors)
        expect((await ask(contract, { query: { cursor } })).body.type, cursor).toBe("/problems/request.bad-cursor");
  });

  it("keeps an item's department and division, and the code of the address", async () => {
    await draft();
    expect((await draft({ ...house, division: "440606101" })).body.type).toBe("/problems/item.owner-fixed");
    const moved = await ask(contracts.draftItem, {
      params: { code: HOUSE.replace(/.$/, "1") },
      body: { definition: house },
    });
    expect(moved.body.type).toBe("/problems/item.code-differs");
  });

  it("lets the directory list be changed by who entered it", async () => {
    const params = { basicCode: "440712009999" };
    const body = { name: "一个目录事项", kind: "07", levels: ["4", "3"] };
    const first = await ask(contracts.keepBasicItem, { params, body });
    expect(first.body).toMatchObject({ revision: 1, department: DEPARTMENT, levels: ["3", "4"] });
    expect((await ask(contracts.keepBasicItem, { params, body })).body.revision).toBe(1);
    expect((await ask(contracts.keepBasicItem, { params, body, verdict: other })).body.type).toBe(
      "/problems/basic-item.not-yours",
    );
    const retire = () => ask(contracts.retireBasicItem, { params, body: { reason: "取消" } }, "retire");
    expect((await retire()).body).toMatchObject({ revision: 2, retired: { reason: "取消" } });
    expect((await retire()).body).toMatchObject({ revision: 2 });
    expect((await ask(contracts.keepBasicItem, { params, body: { ...body, name: "二" } })).body.type).toBe(
      "/problems/basic-item.retired",
    );
    // What the operator brought in is not a department's to change.
    const theirs = { params: { basicCode: house.basicCode }, body };
    expect((await ask(contracts.keepBasicItem, theirs)).body.type).toBe("/problems/basic-item.not-yours");
  });
});

describe("comparing", () => {
  it("tells two versions apart, field by field", async () => {
    await published();
    await published({
      ...house,
      limits: { ...house.limits, promised: 2 },
      materials: house.materials.map((material) =>
        material.id === "m4" ? { ...material, required: false } : material,
      ),
    });
    const { body } = await ask(reading.compareItems, {
      query: { left: HOUSE, leftVersion: "1", right: HOUSE },
    });
    expect(body).toEqual({
      left: { code: HOUSE, version: 1 },
      right: { code: HOUSE, version: 2 },
      differences: [
        { field: "limits", path: "limits.promised", left: 1, right: 2 },
        { field: "materials", path: "materials[m4].required", left: true, right: false },
      ],
    });
  });

  it("shows what the same directory item asks for in two divisions", async () => {
    await published();
    const town: ItemDefinition = {
      ...house,
      code: `${HOUSE}01`,
      division: "440606101",
      limits: { ...house.limits, promised: 3 },
    };
    await ask(contracts.draftItem, { params: { code: town.code }, body: { definition: town } });
    await ask(contracts.checkDraft, { params: { code: town.code } });
    await ask(contracts.publishDraft, { params: { code: town.code }, body: { reason: "下放" } });
    const params = { basicCode: house.basicCode };
    const listed = await ask(reading.listImplementations, { params });
    expect(listed.body.items.map(({ division }: { division: string }) => division)).toEqual(["440606", "440606101"]);
    const { body } = await ask(reading.compareImplementations, { params });
    expect(body.differences).toEqual([
      {
        field: "limits",
        values: [
          { code: HOUSE, value: house.limits },
          { code: town.code, value: town.limits },
        ],
      },
    ]);
    expect(body.next).toBeUndefined();
    const compare = (query: Record<string, string>) => ask(reading.compareImplementations, { params, query });
    const { body: first } = await compare({ limit: "1" });
    const { body: second } = await compare({ limit: "1", cursor: first.next });
    expect([first, second].map(({ implementations: [{ code }] }) => code)).toEqual([HOUSE, town.code]);
    expect((await compare({ division: "440604", cursor: first.next })).body.type).toBe("/problems/request.bad-cursor");
  });
});
