import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowOf, stateOf, summaryOf } from "#functions/applications/adapters/application-row.ts";
import { applicantKey } from "#functions/applications/adapters/sealing.ts";
import type { Application } from "#functions/applications/domain/application.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { applicant, caseIn, cipher, personalTexts, submitted } from "#test/support/applications.ts";

const statuses = [
  "submitted",
  "returned",
  "declined",
  "accepted",
  "suspended",
  "approved",
  "refused",
  "concluded",
  "revoked",
  "withdrawn",
  "lapsed",
] as const;
const open = ["submitted", "returned", "accepted", "suspended", "approved", "refused"];

describe("a case as a row", () => {
  it.each(statuses)("is read back as it was: %s", (status) => {
    const state = caseIn(status);
    expect(stateOf(cipher, rowOf(cipher, state))).toEqual(state);
  });

  it("is read back as it was, whatever the form holds", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((key) => key !== "__proto__"),
          fc.jsonValue(),
        ),
        (form) => {
          const state: Application = { ...submitted().state, form: JSON.parse(JSON.stringify(form)) };
          expect(stateOf(cipher, rowOf(cipher, state))).toEqual(state);
        },
      ),
    );
  });

  it.each(statuses)("shows in the clear only what lists show: %s", (status) => {
    const state = caseIn(status);
    const { sealed, ...clear } = rowOf(cipher, state);
    for (const text of [...personalTexts, "clerk-1", "approver-1", "portal"]) {
      expect(JSON.stringify(clear)).not.toContain(text);
      expect(Buffer.from(sealed).includes(text)).toBe(false);
    }
    expect(summaryOf(clear)).toEqual({
      id: state.id,
      number: state.number,
      itemCode: state.item.code,
      itemName: state.item.name,
      status,
      receivedAt: state.receivedAt,
      ...((status === "accepted" || status === "suspended") && { stage: "approval" }),
      ...(open.includes(status) && { dueBy: { date: clear.dueBy, provisional: false } }),
    });
  });

  it.each(statuses)("is in its department's worklist as long as something is due: %s", (status) => {
    const row = rowOf(cipher, caseIn(status));
    expect("worklistKey" in row && "deskKey" in row).toBe(open.includes(status));
    if (open.includes(status)) expect(row.worklistKey).toBe("11440606MB2D26310W/440606");
  });

  it.each([
    ["under another id", { pk: "0".repeat(26) }],
    [
      "with one bit turned",
      { sealed: Uint8Array.from(rowOf(cipher, caseIn("submitted")).sealed, (b, i) => (i === 40 ? b ^ 1 : b)) },
    ],
    ["with a key of another name", { keyId: "k9" }],
  ])("is not read %s", (_what, change) => {
    expect(() => stateOf(cipher, { ...rowOf(cipher, caseIn("submitted")), ...change })).toThrow();
  });
});

describe("the key under which an applicant's cases are found", () => {
  it("is the same for the same number, whatever name and phone came with it", () => {
    expect(applicantKey(cipher, applicant({ name: "别名", phone: undefined }))).toBe(applicantKey(cipher, applicant()));
  });

  it("is another for another number, another kind and another installation", () => {
    const elsewhere = fieldCipher({ id: "k1", key: "the key of another city's installation", previous: [] });
    const keys = [
      applicantKey(cipher, applicant()),
      applicantKey(cipher, { ...applicant(), kind: "legal" }),
      applicantKey(cipher, applicant({ idNumber: "440106200102031230" })),
      applicantKey(elsewhere, applicant()),
    ];
    expect(new Set(keys).size).toBe(4);
  });
});
