import { expect, it } from "vitest";
import { organisations, residents, withAccount } from "#local/demo-city/residents.ts";
import { isResidentId, isUscc } from "#shared/kernel/identity-numbers.ts";

it.each(residents)("$name has a well-formed number that is nobody's", ({ idNumber }) => {
  expect(isResidentId(idNumber, "2026-11-27")).toBe(true);
  expect(residents.filter((other) => other.idNumber === idNumber)).toHaveLength(1);
});

it.each(organisations)("$name has a well-formed code and a resident for its representative", (organisation) => {
  expect(isUscc(organisation.uscc)).toBe(true);
  expect(residents.map(({ idNumber }) => idNumber)).toContain(organisation.representative);
});

it("somebody is left to register in a demonstration, and a child to be registered by a guardian", () => {
  expect(residents.length).toBeGreaterThan(withAccount.length);
  expect(residents.filter(({ idNumber }) => idNumber.slice(6, 10) > "2013")).toHaveLength(1);
});
