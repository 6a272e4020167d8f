import { beforeAll, describe, expect, it } from "vitest";
import { ajvFormCheck } from "#functions/catalogue/adapters/ajv-form-check.ts";
import { type City, checkDefinition, ownLicences } from "#functions/catalogue/domain/check-against-city.ts";
import type { Fee, ItemDefinition, Material, Stage } from "#functions/catalogue/domain/item.ts";
import { isBlocking, type ProblemCode, problemTexts } from "#functions/catalogue/domain/problems.ts";
import { cityData, realItem, sources } from "#test/support/catalogue.ts";

const DEPARTMENT = "11440606MB2D26310W";
const house = realItem("存量房");
/** A real item whose code is its department's own, so that nothing is wrong with it. */
const item: ItemDefinition = { ...house, legalBasis: house.legalBasis };

const { divisions, departments, licenceTypes } = cityData();
const city: City = {
  today: "2026-11-22",
  divisions: new Set(divisions.map(({ code }) => code)),
  departments,
  licenceTypes,
  issuers: new Map(),
  basicItem: {
    basicCode: item.basicCode,
    name: item.name,
    kind: "07",
    levels: ["3", "4"],
    revision: 1,
    changedAt: "2026-11-01T00:00:00.000Z",
    changedBy: { client: "operator" },
  },
  staff: [
    { division: "440606", roles: ["officer", "clerk"] },
    { division: "440600", roles: ["approver"] },
  ],
  standing: "unpublished",
};

const codesOf = (change: Partial<ItemDefinition>, known: Partial<City> = {}) => [
  ...new Set(checkDefinition({ ...item, ...change }, { ...city, ...known }).map(({ code }) => code)),
];

const material = (change: Partial<Material>): Partial<ItemDefinition> => ({
  materials: item.materials.map((given, i) => (i === 0 ? { ...given, ...change } : given)),
});
const fee = (change: Partial<Fee>): Partial<ItemDefinition> => ({
  fees: item.fees.map((given, i) => (i === 0 ? { ...given, ...change } : given)),
});
const stage = (change: Partial<Stage>): Partial<ItemDefinition> => ({
  stages: item.stages.map((given, i) => (i === 0 ? { ...given, ...change } : given)),
});
const licence = realItem("食品经营许可");
const form = (properties: object) => ({ form: { type: "object", properties } });

/** Every check that can be met by a definition, and something that fails it and nothing else. */
const failing: [ProblemCode, string, Partial<ItemDefinition>, Partial<City>?][] = [
  ["item.code-malformed", "a code too short", { code: item.code.slice(1) }],
  ["item.level-mismatch", "a level that is not the code's", { level: "3" }],
  ["item.basic-code-mismatch", "a basic code that is not the code's", { basicCode: "440712002041" }],
  [
    "item.department-code-mismatch",
    "a code that begins with another department's",
    { code: `11440600007039565U${item.code.slice(18)}` },
  ],
  [
    "item.department-code-assumed",
    "the same, and marked as assumed",
    { code: `11440600007039565U${item.code.slice(18)}`, assumed: ["code"] },
  ],
  [
    "item.department-unknown",
    "a department nobody registered",
    { department: { uscc: DEPARTMENT, name: "火星局" } },
    { departments: [] },
  ],
  ["item.division-unknown", "a division that is not there", { division: "440606999" }],
  [
    "item.division-mismatch",
    "a division of another district",
    { division: "440605" },
    {
      staff: [
        { division: "440605", roles: ["clerk", "officer"] },
        { division: "440605", roles: ["approver"] },
      ],
    },
  ],
  ["item.basic-item-unknown", "a directory item that is not there", {}, { basicItem: undefined }],
  [
    "item.basic-item-retired",
    "a retired directory item",
    {},
    { basicItem: { ...(city.basicItem as NonNullable<City["basicItem"]>), retired: { since: "", reason: "" } } },
  ],
  ["item.basic-item-kind", "another kind than the directory's", { kind: "10" }],
  [
    "item.basic-item-level",
    "a level that may not implement it",
    {},
    { basicItem: { ...(city.basicItem as NonNullable<City["basicItem"]>), levels: ["2"] } },
  ],
  ["item.objects-mismatch", "natural applicants and no natural object", { objects: ["2"] }],
  ["item.legal-basis-missing", "no legal basis", { legalBasis: [] }],
  ["item.limits-inverted", "a promise beyond the law", { limits: { statutory: 30, promised: 31 } }],
  ["item.promise-missing", "a committed item that promises nothing", { limits: { statutory: 30, promised: 0 } }],
  ["item.instant-with-promise", "an instant item that takes a day", { handling: "instant", stages: [] }],
  [
    "item.instant-with-stages",
    "an instant item with stages",
    { handling: "instant", limits: { statutory: 30, promised: 0 } },
  ],
  ["item.stages-missing", "no stage", { stages: [] }],
  ["item.stages-out-of-order", "stages the wrong way round", { stages: [...item.stages].reverse() }],
  ["item.stages-without-approval", "nobody approves", { stages: item.stages.slice(0, 1) }],
  ["item.stages-too-long", "stages longer than the promise", stage({ workingDays: 2 })],
  ["item.stage-without-checks", "an empty approval form", stage({ checks: [] })],
  ["item.check-without-basis", "a check without a basis", stage({ checks: [{ id: "c1", text: "一致" }] })],
  [
    "item.acceptance-undecidable",
    "no clerk",
    {},
    {
      staff: [
        { division: "440606", roles: ["officer", "approver"] },
        { division: "440605", roles: ["clerk"] },
      ],
    },
  ],
  [
    "item.stage-undecidable",
    "an instant item that nobody decides once the law has accepted it",
    { handling: "instant", stages: [], limits: { ...item.limits, promised: 0 }, commitment: false, tacit: "none" },
    { staff: [{ division: "440606", roles: ["officer", "clerk"] }] },
  ],
  [
    "item.commitment-unverifiable",
    "a promise that nobody looks into",
    { commitment: true, stages: item.stages.filter(({ name }) => name === "approval") },
    {
      staff: [
        { division: "440606", roles: ["clerk"] },
        { division: "440606", roles: ["approver"] },
      ],
    },
  ],
  ["item.stage-undecidable", "no approver", {}, { staff: [{ division: "440606", roles: ["officer", "clerk"] }] }],
  [
    "item.stage-undecidable",
    "an approver of another district only",
    {},
    {
      staff: [
        { division: "440606", roles: ["officer", "clerk"] },
        { division: "440605", roles: ["approver"] },
      ],
    },
  ],
  [
    "item.approver-is-only-clerk",
    "one person who accepts and approves, beside an officer and a clerk of another district",
    {},
    {
      staff: [
        { division: "440606", roles: ["clerk", "approver"] },
        { division: "440606", roles: ["officer"] },
        { division: "440605", roles: ["clerk"] },
      ],
    },
  ],
  ["item.id-repeated", "two materials with one id", { materials: [...item.materials, ...item.materials.slice(0, 1)] }],
  ["item.id-repeated", "two fees with one id", { fees: [...item.fees, ...item.fees.slice(0, 1)] }],
  ["item.id-repeated", "two options with one id", { options: [...item.options, ...item.options.slice(0, 1)] }],
  [
    "item.id-repeated",
    "two checks with one id",
    stage({ checks: ["一", "二"].map((text) => ({ id: "c1", text, basis: "法" })) }),
  ],
  ["item.condition-unknown", "a condition on no option", material({ when: [{ option: "none", anyOf: ["x"] }] })],
  ["item.condition-unknown", "a condition on no choice", material({ when: [{ option: "use", anyOf: ["villa"] }] })],
  [
    "item.option-without-effect",
    "a question that changes nothing",
    { options: [...item.options, { id: "weather", question: "下雨吗？", choices: [{ id: "yes", label: "是" }] }] },
  ],
  ["item.fee-without-basis", "a fee without a basis", fee({ basis: " " })],
  ["item.licence-type-unknown", "a licence nobody knows", material({ licenceTypes: ["火星居民证"] })],
  [
    "item.paper-for-own-licence",
    "the city's own licence on paper only",
    material({ name: "食品经营许可证（餐饮）", licenceTypes: [] }),
    { issuers: new Map([["食品经营许可证", ["in-force"]]]) },
  ],
  [
    "item.licence-issuer-retired",
    "a licence that only a retired item issued",
    material({ licenceTypes: ["食品经营许可证"] }),
    { issuers: new Map([["食品经营许可证", ["retired"]]]) },
  ],
  ["item.format-unknown", "a format nobody can examine", material({ formats: ["application/x-msdownload"] })],
  ["item.format-unknown", "a format that uploads refuse", material({ formats: ["image/tiff"] })],
  ["item.format-unknown", "an archive", material({ formats: ["application/pdf", "application/zip"] })],
  ["item.max-bytes-beyond-upload", "a size beyond what can be uploaded", material({ maxBytes: 10_485_761 })],
  ["item.format-missing", "an upload of no format", material({ formats: [] })],
  ["item.format-missing", "an upload of no size", material({ maxBytes: 0 })],
  [
    "item.issuer-cannot-supply",
    "the issuer's grade and no licence to bring it",
    material({ grade: "A", licenceTypes: [], formats: [], maxBytes: 0 }),
  ],
  ["item.defer-days-missing", "a deferral without end", material({ deferrable: true })],
  ["item.defer-days-idle", "days without a deferral", material({ deferDays: 5 })],
  ["item.tacit-forbidden", "a tacit approval of a service", { tacit: "approved", kind: "20" }],
  ["item.assurance-idle", "a level for what nobody applies for", { assurance: 3, kind: "02" }],
  [
    "item.special-procedure-endless",
    "a special procedure without an end",
    { specialProcedures: [{ kind: "hearing", name: "听证", workingDays: 0 }] },
  ],
  ["item.visits-without-reason", "two visits for no reason", { visits: 2 }],
  ["item.effective-in-past", "a day gone by", { effectiveFrom: "2026-11-21" }],
  ["item.form-invalid", "a form that does not compile", {}, { formProblem: "unknown keyword" }],
  ["item.form-example-invalid", "an example that does not fit", {}, { exampleProblem: "examples/0" }],
  ["item.form-asks-again", "a form that asks what the certificate tells", form({ at: { title: "不动产坐落" } })],
  ["item.retired", "a retired item", {}, { standing: "retired" }],
];

describe("the automatic checks", () => {
  it("find nothing wrong with an item as it should be", () => expect(codesOf({})).toEqual([]));

  it.each(failing)("%s: %s", (code, _what, change, known) => {
    const found = codesOf(change, known);
    expect(found).toContain(code);
    // A kind that the directory does not know is told beside.
    expect(found.filter((other) => other !== code && other !== "item.basic-item-kind")).toEqual([]);
  });

  it("item.limit-beyond-licensing-law: a licence of 21 days by no law, but not one that a law allows", () => {
    const beyond = (basis?: string) =>
      checkDefinition({ ...licence, limits: { statutory: 21, promised: 10, basis } }, city).map(({ code }) => code);
    expect(beyond()).toContain("item.limit-beyond-licensing-law");
    expect(beyond("中华人民共和国行政许可法第四十二条第二款")).not.toContain("item.limit-beyond-licensing-law");
    expect(codesOf({ limits: { statutory: 30, promised: 1 } })).toEqual([]);
  });

  it("item.commitment-forbidden: a penalty on the offender's promise", () => {
    expect(codesOf({ commitment: true, kind: "02" })).toContain("item.commitment-forbidden");
    expect(codesOf({ commitment: true })).toEqual([]);
  });

  it("item.issuer-cannot-supply: not where a licence can be accepted, nor where a lower grade is enough", () => {
    const own = { licenceTypes: ["食品经营许可证"] };
    expect(codesOf(material({ grade: "A", formats: [], maxBytes: 0, ...own }))).toEqual([]);
    expect(codesOf(material({ grade: "B", licenceTypes: [] }))).toEqual([]);
  });

  it("item.approver-is-only-clerk: not of two people, whatever else they are, nor of an item decided at once", () => {
    const all = { division: "440606", roles: ["clerk", "officer", "approver"] };
    const instant = { handling: "instant", stages: [], limits: { ...item.limits, promised: 0 } } as const;
    expect(codesOf({}, { staff: [all, { ...all }] })).toEqual([]);
    expect(codesOf({}, { staff: [all, { ...all, roles: ["approver"] }] })).toEqual([]);
    expect(codesOf({}, { staff: [all, { ...all, roles: ["clerk"] }] })).toEqual([]);
    expect(codesOf(instant, { staff: [all] })).toEqual([]);
  });

  it("item.department-code-wrong: a check character that is wrong", () => {
    expect(codesOf({ department: { uscc: "11440606MB2D26310X", name: "局" } })).toContain("item.department-code-wrong");
  });

  it("tell everything at once", () => {
    const found = codesOf({ effectiveFrom: "2020-01-01", visits: 3, ...fee({ basis: "" }), legalBasis: [] });
    expect(found).toEqual([
      "item.legal-basis-missing",
      "item.fee-without-basis",
      "item.visits-without-reason",
      "item.effective-in-past",
    ]);
  });

  it("are at least twenty, each failed by a test or by an import, and each with two sentences", () => {
    const tested = new Set<string>(failing.map(([code]) => code));
    const elsewhere = [
      "item.limit-beyond-licensing-law",
      "item.commitment-forbidden",
      "item.department-code-wrong",
      // Met while reading rows: define-item.test.ts, items.test.ts, exchange.test.ts.
      "item.malformed",
      "item.code-repeated",
      "item.kind-unknown",
      "item.stage-unknown",
      "item.fee-unreadable",
      "item.not-yours",
      "item.owner-fixed",
    ];
    expect([...tested, ...elsewhere].sort()).toEqual(Object.keys(problemTexts).sort());
    expect(tested.size).toBeGreaterThan(30);
    for (const { zh, en } of Object.values(problemTexts)) {
      expect(zh).toMatch(/[\u4e00-\u9fff].*。$/s);
      expect(en).toMatch(/^[A-Z].*\.$/s);
    }
  });

  it("know a licence by its whole name only", () => {
    const known = (name: string) => ownLicences(name, licenceTypes);
    expect(known("营业执照（申请人为企业的）")).toEqual(["营业执照"]);
    expect(known("居民身份证或者居民户口簿")).toEqual(["居民身份证", "居民户口簿"]);
    expect(known("食品经营许可证申请书")).toEqual([]);
    expect(known("社会保障卡数字相片回执（佛山市户籍可用身份证相片，免交）")).toEqual([]);
  });
});

describe("the real items", () => {
  let forms: Map<string, Awaited<ReturnType<typeof ajvFormCheck>>>;
  beforeAll(async () => {
    forms = new Map(
      await Promise.all(sources().map(async ({ name }) => [name, await ajvFormCheck(realItem(name).form)] as const)),
    );
  });

  it.each(sources().map(({ name }) => name))("%s passes by itself", (name) => {
    const definition = realItem(name);
    const { division } = definition;
    const staff = [
      { division, roles: ["clerk", "officer"] },
      { division, roles: ["approver"] },
    ];
    const basicItem = {
      ...(city.basicItem as NonNullable<City["basicItem"]>),
      kind: definition.kind,
      levels: [definition.level],
    };
    const issuers = new Map(
      sources().flatMap(({ result }) => (result.licenceType ? [[result.licenceType, ["in-force"]]] : [])) as [
        string,
        ["in-force"],
      ][],
    );
    const problems = checkDefinition(definition, { ...city, staff, basicItem, issuers, ...forms.get(name) });
    expect(problems.filter(isBlocking)).toEqual([]);
  });
});

describe("the form check", () => {
  it.each<[string, Record<string, unknown>]>([
    ["an unknown keyword", { type: "object", propertys: {} }],
    ["a type that is none", { type: "object", properties: { a: { type: "text" } } }],
    ["a pattern that is none", { type: "object", properties: { a: { type: "string", pattern: "(" } } }],
    ["a reference to elsewhere", { type: "object", properties: { a: { $ref: "https://example.com/a.json" } } }],
    ["another draft", { $schema: "http://json-schema.org/draft-07/schema#", type: "object" }],
    ["no object", { type: "array" }],
    ["more than 64 KiB", { type: "object", description: "字".repeat(30_000) }],
  ])("refuses %s", async (_what, schema) =>
    expect(await ajvFormCheck(schema)).toEqual({ formProblem: expect.stringMatching(/.+/) }),
  );

  it("takes two forms of one $id, and tells an example that does not fit", async () => {
    const schema = { $id: "https://yimen.example/form", type: "object", properties: { n: { type: "integer" } } };
    expect(await ajvFormCheck(schema)).toEqual({});
    expect(await ajvFormCheck({ ...schema, examples: [{ n: 1 }, { n: "1" }] })).toEqual({
      exampleProblem: "examples/1",
    });
  });
});
