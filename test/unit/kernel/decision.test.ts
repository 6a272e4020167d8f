import { expect, it } from "vitest";
import { accept, refuse } from "#shared/kernel/decision.ts";

it("accepts with a value and refuses with a code, and with facts only when there are some", () => {
  expect(accept(3)).toEqual({ ok: true, value: 3 });
  expect(refuse("a.b")).toStrictEqual({ ok: false, refusal: { code: "a.b" } });
  expect(refuse("a.b", "it is at review")).toStrictEqual({
    ok: false,
    refusal: { code: "a.b", detail: "it is at review" },
  });
});
