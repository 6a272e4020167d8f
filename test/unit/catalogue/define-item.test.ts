import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { type Department, defineItem, type SourceItem } from "#functions/catalogue/domain/define-item.ts";
import { Item } from "#shared/contracts/http/catalogue/item.ts";
import { isUscc } from "#shared/kernel/identity-numbers.ts";

const data = (name: string) => JSON.parse(readFileSync(`data/${name}.json`, "utf8"));
const sources: SourceItem[] = data("service-items");
const departments: Department[] = data("departments");

const define = (source: SourceItem, known = departments) => {
  const definition = defineItem(source, known);
  if (!definition.ok) throw new Error(JSON.stringify(definition.problems));
  return definition.value;
};
const named = (start: string): SourceItem => {
  const source = sources.find(({ name }) => name.startsWith(start));
  if (!source) throw new Error(start);
  return source;
};
const problemsOf = (source: SourceItem, known = departments) => {
  const definition = defineItem(source, known);
  return definition.ok ? [] : definition.problems.map(({ code }) => code);
};

describe("the real items", () => {
  it.each(sources.map((source) => [source.name, source] as const))(
    "%s is what the contract publishes",
    (_name, source) => {
      const definition = define(source);
      const published = { ...definition, version: 1, effectiveFrom: "2026-11-22" };
      expect(Item.parse(published)).toEqual(published);
    },
  );

  it("are decided at these stages, within these limits", () => {
    const told = sources.map((source) => {
      const { name, handling, limits, stages } = define(source);
      const steps = stages.map((stage) => `${stage.title}=${stage.name}`).join(" ");
      return `${name} ${handling} ${limits.promised}/${limits.statutory} ${steps}`.trim();
    });
    expect(told).toEqual([
      "社会保障卡申领 instant 0/20",
      "老年人优待卡申领 instant 0/20",
      "高龄津贴申领 committed 22/30 初审=handling 审核=review 审批=approval",
      "生育登记 committed 7/7 核实=approval",
      "广东省居住证申领 committed 10/10 审查=handling 决定=approval",
      "不动产异议登记 instant 0/30",
      "存量房转移登记（买卖） committed 1/30 审查=handling 登簿=approval",
      "公司设立登记 instant 0/3",
      "食品经营许可（新办） committed 10/20 审查=handling 决定=approval",
      "公共场所卫生许可（新办） instant 0/20",
      "劳务派遣经营许可（设立） committed 10/20 审查=handling 决定=approval",
      "道路货物运输经营许可（普通货运） committed 5/20 审查=handling 决定=approval",
    ]);
  });

  it("belong to departments that are all different and have well-formed codes", () => {
    expect(departments.every(({ uscc }) => isUscc(uscc))).toBe(true);
    expect(new Set(departments.map(({ uscc }) => uscc)).size).toBe(12);
    expect(new Set(sources.map((source) => define(source).department.uscc)).size).toBe(12);
    const madeUp = departments.filter(({ uscc }) => uscc.slice(8).startsWith("YM00000"));
    expect(madeUp).toHaveLength(10);
    expect(madeUp.every(({ assumed }) => assumed)).toBe(true);
  });
});

describe("what we filled in", () => {
  const house = () => define(named("存量房"));

  it("asks each stage's approval form with its basis, and never asks twice under one id", () => {
    for (const source of sources)
      for (const { checks } of define(source).stages) {
        expect(checks.length).toBeGreaterThan(0);
        expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
        expect(checks.every(({ basis }) => basis)).toBe(true);
      }
    expect(define(named("食品")).stages[0]?.checks[0]).toEqual({
      id: "c1",
      text: "场所、与污染源的距离符合规定",
      basis: "中华人民共和国食品安全法第三十三条第一项",
    });
  });

  it("cuts materials and fees by the situation, and takes registration fees before issue", () => {
    expect(house().fees.map(({ id, due, when }) => ({ id, due, when }))).toEqual([
      { id: "f1", due: "issue", when: [{ option: "use", anyOf: ["residential"] }] },
      { id: "f2", due: "issue", when: [{ option: "use", anyOf: ["other"] }] },
      { id: "f3", due: "issue", when: [{ option: "certificates", anyOf: ["more"] }] },
    ]);
    expect(house().materials.map(({ id, required, grade, when }) => ({ id, required, grade, when }))[3]).toEqual({
      id: "m4",
      required: true,
      grade: "C",
      when: [{ option: "parties", anyOf: ["enterprise"] }],
    });
  });

  it("gives every deferrable material its days, and no other", () => {
    const materials = sources.flatMap((source) => define(source).materials);
    expect(materials.filter(({ deferrable }) => deferrable)).toHaveLength(3);
    expect(materials.every(({ deferrable, deferDays }) => deferrable === (deferDays !== undefined))).toBe(true);
  });

  it.each(sources.map((source) => [source.name, define(source).form] as const))(
    "%s has a form that compiles, takes its own example and refuses another",
    (_name, form) => {
      const validate = formats.default(new Ajv2020({ strict: true })).compile(form);
      const [example] = form.examples as Record<string, unknown>[];
      expect(validate(example)).toBe(true);
      const [first = ""] = Object.keys(example ?? {});
      expect(validate({ ...example, [first]: null })).toBe(false);
    },
  );
});

describe("the rules of the mapping", () => {
  const house = named("存量房");

  it("tells natural from all other service objects", () => {
    expect(define(house).applicants).toEqual(["natural", "legal"]);
    expect(define(named("劳务派遣")).applicants).toEqual(["legal"]);
    expect(define(named("高龄津贴")).applicants).toEqual(["natural"]);
  });

  it("reads fees in yuan as fen", () => {
    expect(define(house).fees.map(({ amount }) => amount)).toEqual([8000, 55000, 1000]);
  });

  it("leaves out what is not known", () => {
    expect(define(house)).not.toHaveProperty("visits");
    expect(define(named("高龄津贴")).visits).toBe(0);
    expect(define(house).result).toEqual({ name: "不动产权证书", licenceType: "不动产权证书" });
    expect(define(named("公司设立")).legalBasis[1]).toEqual({ law: "中华人民共和国公司法" });
    expect(JSON.stringify(sources.map((source) => define(source)))).not.toContain("null");
  });

  it("falls back to the licensing law's limit, and says so", () => {
    const unlimited = { ...house, statutoryWorkingDays: null, promisedWorkingDays: null };
    expect(define(unlimited).limits).toMatchObject({ statutory: 20, promised: 20 });
    expect(define(unlimited).assumed).toEqual(expect.arrayContaining(["limits.statutory", "limits.promised"]));
  });

  it("says in our words what is assumed", () => {
    expect(define(house).assumed).toEqual([
      "commitment",
      "conditions",
      "deliverable",
      "department.name",
      "fees.due",
      "fees.when",
      "form",
      "handling",
      "kind",
      "limits.basis",
      "limits.promised",
      "materials.copies",
      "materials.deferrable",
      "materials.form",
      "materials.formats",
      "materials.grade",
      "materials.licenceTypes",
      "materials.maxBytes",
      "materials.source",
      "materials.when",
      "materials[3]",
      "materials[5]",
      "options",
      "specialProcedures",
      "stages",
      "stages.checks",
      "tacit",
      "themes",
    ]);
    expect(define(named("公司设立"))).toMatchObject({ assurance: 3, assumed: expect.arrayContaining(["assurance"]) });
    expect(define(named("高龄津贴")).assumed).toEqual(
      expect.arrayContaining(["department.uscc", "stages.role", "deliverable"]),
    );
  });

  it.each<[string, Partial<SourceItem>, string]>([
    ["a code too short", { code: "11440606MB2D26310W444071200204" }, "item.code-malformed"],
    ["a code whose check character is wrong", { code: "11440606MB2D26310X4440712002040" }, "item.code-malformed"],
    ["a level that is not the code's", { level: { code: "3", label: "市级" } }, "item.level-mismatch"],
    ["a kind that does not exist", { kind: { code: "11", label: "行政许可" } }, "item.kind-unknown"],
    ["a kind whose label is another's", { kind: { code: "01", label: "行政确认" } }, "item.kind-unknown"],
    ["an unknown department", { department: { name: "火星局", uscc: null } }, "item.department-unknown"],
    [
      "a department code that is not the department's",
      { department: { ...house.department, uscc: "11440600007039565U" } },
      "item.department-code-wrong",
    ],
    ["a division the department does not serve", { divisionCode: "440605" }, "item.division-mismatch"],
    ["a promise beyond the law", { promisedWorkingDays: 31 }, "item.limits-inverted"],
    [
      "an unknown step",
      { process: [{ stage: "盖章", role: "r", workingDays: null }, ...house.process] },
      "item.stage-unknown",
    ],
    [
      "no step at which anyone decides",
      { process: [{ stage: "受理", role: "r", workingDays: null }] },
      "item.stages-missing",
    ],
    [
      "a stage twice",
      { process: ["初审", "审查", "决定"].map((stage) => ({ stage, role: "r", workingDays: null })) },
      "item.stages-out-of-order",
    ],
    [
      "stages out of order",
      { process: ["审核", "审查", "决定"].map((stage) => ({ stage, role: "r", workingDays: null })) },
      "item.stages-out-of-order",
    ],
    [
      "stages longer than the promise",
      { process: [{ stage: "决定", role: "r", workingDays: 2 }] },
      "item.stages-too-long",
    ],
    [
      "a fee that is not an amount",
      { fees: [{ name: "费", standard: "", amountYuan: "约80", basis: "" }] },
      "item.fee-unreadable",
    ],
  ])("refuses %s", (_what, change, code) => expect(problemsOf({ ...house, ...change })).toEqual([code]));

  it("accepts a division below the department's", () => {
    expect(problemsOf({ ...house, divisionCode: "440606101" })).toEqual([]);
  });

  it("tells everything that is wrong at once", () => {
    const bad = { ...house, code: "x", promisedWorkingDays: 31, process: [] };
    expect(problemsOf(bad)).toEqual(["item.code-malformed", "item.limits-inverted", "item.stages-missing"]);
  });
});
