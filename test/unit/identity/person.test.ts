import { describe, expect, it } from "vitest";
import { grantMandate, isGood, revokeMandate } from "#functions/identity/domain/mandate.ts";
import { registerOrganisation, removeMember, setMember } from "#functions/identity/domain/organisation.ts";
import {
  ageOn,
  comesOfAge,
  confirmPerson,
  giveConsent,
  isWeakPassword,
  nameDiffers,
  normalIdNumber,
  normalPhone,
  type OpenPerson,
  raiseAssurance,
  registerPerson,
  vouchFor,
  withdrawConsent,
} from "#functions/identity/domain/person.ts";
import { legalDate } from "#shared/kernel/clock.ts";
import { maskedIdNumber, maskedName, maskedPhone } from "#shared/kernel/masking.ts";

const AT = "2026-11-22T02:00:00.000Z";
const consents = [
  { purpose: "account", textVersion: "1" },
  { purpose: "sensitive-data", textVersion: "1" },
] as const;
const idNumber = "11010519491231002X";
const person = (more: Partial<OpenPerson> = {}): OpenPerson => {
  const decision = registerPerson(
    {
      id: "p",
      name: "张三丰",
      idNumber,
      phone: "13800138000",
      assurance: { level: 1, method: "self-declared" },
      consents,
    },
    AT,
  );
  if (!decision.ok) throw new Error(decision.refusal.code);
  return { ...decision.value, ...more };
};

describe("what people type", () => {
  it.each([
    ["13800138000", "13800138000"],
    ["+86 138-0013-8000", "13800138000"],
    ["008613800138000", "13800138000"],
    ["+852 9123 4567", "+85291234567"],
    ["12345678901", undefined],
    ["138001380", undefined],
    ["+8613800", undefined],
    ["手机", undefined],
    ["", undefined],
  ])("a phone %s is %s", (typed, phone) => expect(normalPhone(typed)).toBe(phone));

  it("an ID number in blanks and small letters is the same number", () =>
    expect(normalIdNumber(" 110105 19491231 002x ")).toBe(idNumber));

  it.each([
    ["2026-12-30", 76],
    ["2026-12-31", 77],
    ["2027-01-01", 77],
  ])("on %s someone born on 1949-12-31 is %i", (today, age) => expect(ageOn(idNumber, today)).toBe(age));

  it.each([
    ["123456789", true],
    ["correct horse battery", false],
    ["aaaabbbbcccc", true],
    ["x".repeat(129), true],
    ["with 11010519491231002X", true],
  ])("the password %s is weak: %s", (password, weak) => expect(isWeakPassword(password, [idNumber])).toBe(weak));

  it("masks leave a character of the name, two of the number, some of the phone, whatever the length", () => {
    expect([maskedName("张"), maskedName("欧阳修"), maskedIdNumber(idNumber)]).toEqual([
      "张*",
      "欧**",
      "1****************X",
    ]);
    expect([maskedPhone("13800138000"), maskedPhone("5551234")]).toEqual(["138****8000", "*****34"]);
  });
});

describe("coming of age", () => {
  it.each([
    ["2012-03-01", "2030-02-28T16:00:00.000Z"],
    ["2012-12-31", "2030-12-30T16:00:00.000Z"],
    ["2011-03-01", "2029-02-28T16:00:00.000Z"],
    ["2012-02-28", "2030-02-27T16:00:00.000Z"],
    // There is no such day in 2030.
    ["2012-02-29", "2030-02-28T16:00:00.000Z"],
  ])("is, born on %s, at %s", (born, at) => {
    const idNumber = `440606${born.replaceAll("-", "")}0019`;
    expect(comesOfAge(idNumber)).toBe(at);
    const before = new Date(Date.parse(at) - 1).toISOString();
    expect([legalDate(before), legalDate(at)].map((day) => ageOn(idNumber, day))).toEqual([17, 18]);
  });
});

describe("assurance", () => {
  const levels = [0, 1, 2, 3] as const;
  it.each(levels.flatMap((from) => levels.map((to) => [from, to] as const)))(
    "from %i to %i never falls",
    (from, to) => {
      const before = person({ assurance: { level: from, method: "upstream", at: AT } });
      const after = raiseAssurance(before, { level: to, method: "face" }, AT);
      expect(after?.assurance.level).toBe(to > from ? to : undefined);
      expect((after ?? before).assurance.level).toBe(Math.max(from, to));
    },
  );

  it("vouched for by another, what was only self-declared loses its keys; what was verified keeps them", () => {
    const password = { algorithm: "scrypt", cost: 2, blockSize: 8, parallelization: 1, salt: "", hash: "" } as const;
    const vouch = { level: 3, method: "upstream", name: "张三", phone: "13300133000" } as const;
    const declared = person({ name: "章三", password });
    expect(nameDiffers(declared, "张三")).toBe(false);
    expect(vouchFor(declared, vouch, AT)).toMatchObject({ name: "张三", phone: "13300133000" });
    expect(vouchFor(person({ password }), vouch, AT)?.password).toBeUndefined();
    const verified = person({ name: "张三丰", password, assurance: { level: 2, method: "counter", at: AT } });
    expect(vouchFor(verified, vouch, AT)).toMatchObject({ name: "张三丰", password, phone: "13800138000" });
    expect(nameDiffers(verified, "张三")).toBe(true);
  });

  it("confirmed by another for who is signed in, only a self-declared name gives way", () => {
    const password = { algorithm: "scrypt", cost: 2, blockSize: 8, parallelization: 1, salt: "", hash: "" } as const;
    const said = { level: 3, method: "upstream", name: "张三" } as const;
    const declared = person({ name: "章三", password });
    expect(confirmPerson(declared, said, AT)).toEqual({
      ...declared,
      version: 2,
      name: "张三",
      assurance: { level: 3, method: "upstream", at: AT },
    });
    const verified = person({ name: "张三丰", password, assurance: { level: 2, method: "counter", at: AT } });
    expect(confirmPerson(verified, said, AT)).toMatchObject({ name: "张三丰", password, assurance: { level: 3 } });
    expect(confirmPerson(verified, { ...said, level: 2 }, AT)).toBeUndefined();
  });
});

describe("consents", () => {
  it("are replaced by a newer wording, not changed when they stand, and withdrawn once", () => {
    const first = giveConsent(person(), { purpose: "notices", textVersion: "1" }, AT);
    expect(giveConsent(first ?? person(), { purpose: "notices", textVersion: "1" }, AT)).toBeUndefined();
    const second = giveConsent(first ?? person(), { purpose: "notices", textVersion: "2" }, AT) ?? person();
    const standing = second.consents.filter(({ purpose, withdrawnAt }) => purpose === "notices" && !withdrawnAt);
    expect(standing).toMatchObject([{ textVersion: "2" }]);
    const withdrawn = withdrawConsent(second, "notices", AT);
    expect(withdrawn.ok).toBe(true);
    expect(withdrawn.ok && withdrawConsent(withdrawn.value, "notices", AT)).toMatchObject({
      refusal: { code: "consent.not-given" },
    });
    expect(withdrawConsent(second, "sensitive-data", AT)).toMatchObject({ refusal: { code: "consent.needed" } });
  });
});

describe("organisations", () => {
  const boss = { id: "p", name: "张三丰", idNumber, assurance: 2 };
  const register = (uscc: string, check: "strict" | "warn") =>
    registerOrganisation({ uscc, name: "示例", kind: "enterprise" }, boss, boss, check, AT);

  it.each([
    ["91440300708461136T", "strict", true],
    ["91440300708461136X", "strict", undefined],
    ["91440300708461136X", "warn", false],
    ["91440300708461136I", "warn", undefined],
    ["9144030070846113", "warn", undefined],
  ] as const)("the code %s, checked %s, is marked %s", (uscc, check, checked) => {
    const decision = register(uscc, check);
    expect(decision.ok ? decision.value.checked : undefined).toBe(checked);
  });

  it("have an admin after any changes to their members", () => {
    const decision = register("91440300708461136T", "strict");
    if (!decision.ok) throw new Error();
    let state = decision.value;
    const persons = ["p", "q", "r"];
    for (let i = 0; i < 200; i++) {
      const member = persons[(i * 7) % 3] ?? "p";
      const next =
        i % 3 === 0
          ? removeMember(state, member, member)
          : setMember(state, { person: member, roles: i % 2 ? ["admin"] : ["handler"] }, member, AT);
      if (next.ok) state = next.value;
      expect(state.members.some(({ roles }) => roles.includes("admin"))).toBe(true);
    }
    expect(state.version).toBeGreaterThan(20);
  });
});

describe("mandates", () => {
  const wanted = {
    id: "m",
    principal: { kind: "natural", id: "p" },
    agent: "a",
    scope: ["B", "A", "B"],
    validUntil: "2026-11-23T02:00:00.000Z",
    grantedBy: "p",
    fingerprint: "f",
  } as const;

  it("are good from the grant to their end, to the second, or until they are revoked", () => {
    const granted = grantMandate(wanted, AT);
    if (!granted.ok) throw new Error();
    expect(granted.value.scope).toEqual(["A", "B"]);
    expect(isGood(granted.value, "2026-11-23T01:59:59.999Z")).toBe(true);
    expect(isGood(granted.value, wanted.validUntil)).toBe(false);
    const revoked = revokeMandate(granted.value, "p", AT);
    expect(revoked && isGood(revoked, AT)).toBe(false);
    expect(revoked && revokeMandate(revoked, "p", AT)).toBeUndefined();
  });

  it.each([AT, "2026-11-21T00:00:00.000Z", "2031-11-22T02:00:00.001Z", "never"])("do not end at %s", (validUntil) =>
    expect(grantMandate({ ...wanted, validUntil }, AT)).toMatchObject({ refusal: { code: "mandate.invalid-period" } }),
  );
});
