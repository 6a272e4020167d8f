import { type ActorName, accessTable, actors, expectedStatus } from "#test/support/access-table.ts";

const names = Object.keys(actors) as ActorName[];

/** docs/access.md: who may do what, from the same table that a test walks through the real endpoints. */
export const accessPage = (): string => {
  const head = `| Resource | Action | Operation | ${names.join(" | ")} |`;
  const rows = accessTable.map(
    (row) =>
      `| ${row.resource} | ${row.action} | \`${row.operation}\` | ${names.map((name) => expectedStatus(row, name)).join(" | ")} |`,
  );
  return [
    "# Who may do what",
    "",
    "Made by `npm run docs` from `test/support/access-table.ts`; `test/component/identity/access.test.ts` asks every cell of the",
    "real authorizer and the real endpoints. Deny by default: 401 without a token, 403 with a token that may not, 404 where even",
    "that something is there is not told. 409 and 422 got past the door and met a rule of the thing asked for.",
    "",
    ...names.map((name) => `- **${name}**: ${actors[name]}`),
    "",
    head,
    `|${" --- |".repeat(names.length + 3)}`,
    ...rows,
    "",
  ].join("\n");
};
