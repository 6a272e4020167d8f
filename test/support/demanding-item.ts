import { materialRules, rules } from "./applications.ts";

/** An item with an approval form, a question of the situation, a form, and materials of several kinds. */
export const item = rules({
  stages: [
    {
      name: "approval",
      checks: [
        { id: "c1", text: "材料齐全" },
        { id: "c2", text: "符合条件" },
      ],
    },
  ],
  options: [{ id: "o1", choices: ["a", "b"] }],
  form: {
    type: "object",
    required: ["面积"],
    properties: { 面积: { type: "number", title: "面积（平方米）", exclusiveMinimum: 0 } },
  },
  materials: [
    materialRules(),
    materialRules({ id: "m2", name: "申请表", licenceTypes: [], deferrable: true, deferDays: 5 }),
    materialRules({ id: "m3", name: "结婚证", when: [{ option: "o1", anyOf: ["b"] }] }),
  ],
});
/** What satisfies it. */
export const whole = {
  form: { 面积: 89.5 },
  situation: { o1: "a" },
  materials: [
    { material: "m1", licence: "居民身份证" },
    { material: "m2", onPaper: true as const },
  ],
};
