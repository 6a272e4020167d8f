import { describe, expect, it } from "vitest";
import { routes } from "#shared/contracts/http/index.ts";
import { type ActorName, accessTable, actors, expectedStatus } from "#test/support/access-table.ts";
import { accessWorld } from "#test/support/access-world.ts";

describe("who may do what (docs/access.md)", () => {
  it("names every route once", () => {
    const { platform: _pages, ...asked } = routes;
    const operations = Object.values(asked)
      .flat()
      .map(({ operation }) => operation);
    expect(accessTable.map(({ operation }) => operation).sort()).toEqual(operations.sort());
  });

  it.each(accessTable.map((row) => [row.operation, row] as const))(
    "%s answers every actor as the table says",
    async (operation, row) => {
      const expected: Partial<Record<ActorName, number>> = {};
      const answered: Partial<Record<ActorName, number>> = {};
      for (const actor of Object.keys(actors) as ActorName[]) {
        expected[actor] = expectedStatus(row, actor);
        answered[actor] = await (await accessWorld()).statusOf(operation, actor);
      }
      expect(answered).toEqual(expected);
    },
  );
});
