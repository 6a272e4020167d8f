import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { masked } from "#functions/applications/domain/masking.ts";
import { applicant } from "#test/support/applications.ts";

describe("what is shown of an applicant", () => {
  it.each([
    ["王", "王*"],
    ["王明", "王*"],
    ["王小明", "王**"],
    ["欧阳小明", "欧***"],
    ["𠮷", "𠮷*"],
    ["𠮷田", "𠮷*"],
    ["𠮷田𠀋夫", "𠮷***"],
    ["佛山市一门有限公司", "佛********"],
  ])("of the name %s is %s", (name, shown) => expect(masked(applicant({ name })).name).toBe(shown));

  it.each([
    ["13827712345", "138****2345"],
    ["0757-22330000", "075******0000"],
    ["+8613827712345", "+86*******2345"],
    ["22330000", "******00"],
    ["2233000", "*****00"],
    ["12345", "***45"],
  ])("of the phone %s is %s", (phone, shown) => expect(masked(applicant({ phone })).phone).toBe(shown));

  it("of the ID number is its first and its last character", () =>
    expect(masked(applicant()).idNumber).toBe("4****************7"));

  it("has no phone where none was given", () =>
    expect(masked(applicant({ phone: undefined }))).not.toHaveProperty("phone"));

  it("of any name is one character, as a reader counts characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 8 }), (name) => {
        const [first, ...rest] = masked(applicant({ name })).name;
        expect(first).toBe([...name][0]);
        expect(rest.length).toBeGreaterThan(0);
        expect(rest.every((character) => character === "*")).toBe(true);
      }),
    );
  });

  it("keeps the kind, and nothing that is not named here", () => {
    const more = { ...applicant(), address: "环市东路8号" };
    expect(masked(more)).toEqual({
      kind: "natural",
      name: "欧***",
      idNumber: "4****************7",
      phone: "138****2345",
    });
  });
});
