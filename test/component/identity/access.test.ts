import { describe, expect, it } from "vitest";
import { routes } from "#shared/contracts/http/index.ts";
import { otherStaffAnswers } from "#test/support/access-of-staff.ts";
import { type ActorName, accessTable, actors, expectedStatus } from "#test/support/access-table.ts";
import { accessWorld } from "#test/support/access-world.ts";

const { platform: _pages, ...asked } = routes;
const operations = Object.values(asked).flat();
const readers = new Set(operations.filter(({ method }) => method === "GET").map(({ operation }) => operation));

/** Reading changes nothing, and neither does who is refused: they are asked in one city. */
const leavesAsFound = (operation: string, status: number) => readers.has(operation) || status >= 400;

describe("who may do what (docs/access.md)", () => {
  it("names no staff's answers but of routes that are there", () => {
    const known = new Set(operations.map(({ operation }) => operation));
    expect(Object.keys(otherStaffAnswers).filter((operation) => !known.has(operation))).toEqual([]);
  });

  it("names every route once", () => {
    expect(accessTable.map(({ operation }) => operation).sort()).toEqual(
      operations.map(({ operation }) => operation).sort(),
    );
  });

  it.each(accessTable.map((row) => [row.operation, row] as const))(
    "%s answers every actor as the table says",
    async (operation, row) => {
      const expected: Partial<Record<ActorName, number>> = {};
      const answered: Partial<Record<ActorName, number>> = {};
      const shared = await accessWorld();
      for (const actor of Object.keys(actors) as ActorName[]) {
        expected[actor] = expectedStatus(row, actor);
        const city = leavesAsFound(operation, expected[actor]) ? shared : await accessWorld();
        answered[actor] = await city.statusOf(operation, actor);
      }
      expect(answered).toEqual(expected);
    },
  );
});
