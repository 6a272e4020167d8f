import { beforeAll, describe, expect, it } from "vitest";
import { dynamoBasicItems } from "#functions/catalogue/adapters/dynamo-basic-items.ts";
import { dynamoCityFacts } from "#functions/catalogue/adapters/dynamo-city-facts.ts";
import { memoryBasicItems } from "#functions/catalogue/adapters/memory-basic-items.ts";
import { memoryCityFacts } from "#functions/catalogue/adapters/memory-city-facts.ts";
import type { BasicItem } from "#functions/catalogue/domain/basic-item.ts";
import type { BasicItems, CityFacts } from "#functions/catalogue/domain/ports.ts";
import { CatalogueData } from "#infra/capabilities/catalogue.ts";
import { local } from "#infra/config.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { AT } from "#test/support/catalogue.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

interface Subject {
  readonly basics: BasicItems;
  readonly facts: CityFacts;
}

let tables = 0;

const onDynamo = async (): Promise<Subject> => {
  const client = ownDocuments();
  const table = `facts-${++tables}`;
  await createDeployedTable(client, table, (scope) => new CatalogueData(scope, local));
  return { basics: dynamoBasicItems(client, table), facts: dynamoCityFacts(client, table) };
};
const inMemory = async (): Promise<Subject> => ({ basics: memoryBasicItems(), facts: memoryCityFacts() });

const basic = (basicCode: string, more: Partial<BasicItem> = {}): BasicItem => ({
  basicCode,
  name: "不动产登记",
  kind: "07",
  levels: ["3", "4"],
  revision: 1,
  changedAt: AT,
  changedBy: { client: "operator" },
  ...more,
});
const codes = ["440712002001", "440712002002", "440712002003", "440712002004", "440712002005"];

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("in %s", (_name, create) => {
  let basics: BasicItems;
  let facts: CityFacts;
  beforeAll(async () => {
    ({ basics, facts } = await create());
  });

  describe("directory items", () => {
    it("are none at first", async () => {
      expect(await basics.find("440712002009")).toBeUndefined();
      expect(await basics.list({ limit: 5 })).toEqual({ items: [] });
    });

    it("are read back as they were saved, retired ones too", async () => {
      const first = basic("440712002001", { department: "11440606MB2D26310W", reason: "首次" });
      await basics.save(first);
      expect(await basics.find(first.basicCode)).toEqual(first);
      const retired = basic("440712002001", {
        revision: 2,
        changedBy: { client: "app", staff: "s-1" },
        retired: { since: AT, reason: "取消" },
        key: { key: "k", print: "p" },
      });
      await basics.save(retired);
      expect(await basics.find(first.basicCode)).toEqual(retired);
    });

    it("are changed only by whoever saw the last revision", async () => {
      for (const revision of [1, 2, 4])
        await expect(basics.save(basic("440712002001", { revision, name: "别的" }))).rejects.toThrow(StaleVersionError);
      expect((await basics.find("440712002001"))?.name).toBe("不动产登记");
      const both = await Promise.allSettled([1, 2].map(() => basics.save(basic("440712002002"))));
      expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    it("are listed by code, a page at a time, each once", async () => {
      for (const code of codes.slice(2).reverse()) await basics.save(basic(code));
      for (const limit of [1, 2, 5, 6]) {
        const all: string[] = [];
        for (let after: string | undefined, more = true; more; more = after !== undefined) {
          const page = await basics.list({ after, limit });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          all.push(...page.items.map(({ basicCode }) => basicCode));
          after = page.next;
        }
        expect(all).toEqual(codes);
      }
    });
  });

  describe("what the operator told of the city", () => {
    const divisions = [{ code: "440600", name: "佛山市" }];
    const departments = [{ uscc: "11440606MB2D26310W", name: "顺德分局", division: "440606", assumed: false }];

    it("is nothing at first, then what was told last, part by part", async () => {
      expect(await facts.reference()).toEqual({ divisions: [], departments: [], licenceTypes: [] });
      await facts.keepReference({ divisions, departments });
      await facts.keepReference({ licenceTypes: [{ name: "营业执照", tells: ["名称"] }] });
      const more = [...divisions, { code: "440606", name: "顺德区" }];
      await facts.keepReference({ divisions: more });
      expect(await facts.reference()).toEqual({
        divisions: more,
        departments,
        licenceTypes: [{ name: "营业执照", tells: ["名称"] }],
      });
    });
  });

  describe("staff", () => {
    const member = (staff: string, more: object = {}) => ({
      staff,
      department: "A",
      division: "440606",
      roles: ["clerk"],
      sequence: 1,
      ...more,
    });
    const rolesOf = async (department: string) =>
      (await facts.staffOf(department)).map(({ division, roles }) => `${division} ${roles.join()}`).sort();

    it("are known by department, as was told of them last, in whatever order it is heard", async () => {
      expect(await rolesOf("A")).toEqual([]);
      await facts.keepStaff(member("s-1"));
      await facts.keepStaff(member("s-2", { roles: ["officer", "approver"], division: "440600" }));
      await facts.keepStaff(member("s-3", { department: "B" }));
      expect(await rolesOf("A")).toEqual(["440600 officer,approver", "440606 clerk"]);
      await facts.keepStaff(member("s-1", { roles: ["supervisor"], sequence: 3 }));
      await facts.keepStaff(member("s-1", { roles: ["officer"], sequence: 2 }));
      await facts.keepStaff(member("s-1", { roles: ["officer"], sequence: 3 }));
      expect(await rolesOf("A")).toEqual(["440600 officer,approver", "440606 supervisor"]);
    });

    it("who have moved or left are no longer the department's", async () => {
      await facts.keepStaff(member("s-2", { department: "B", sequence: 2 }));
      await facts.keepStaff(member("s-1", { roles: [], sequence: 4 }));
      expect(await rolesOf("A")).toEqual([]);
      expect(await rolesOf("B")).toEqual(["440606 clerk", "440606 clerk"]);
    });
  });
});
