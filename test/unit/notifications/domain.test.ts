import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withinBytes } from "#functions/notifications/adapters/text-limits.ts";
import { acceptanceCard } from "#functions/notifications/domain/acceptance-card.ts";
import { newMessage, recordSending, statusOf, stillToTell } from "#functions/notifications/domain/message.ts";
import { mayAccept, type Role } from "#functions/notifications/domain/officer.ts";

describe("who may accept a case", () => {
  it.each<[Role[], string, string, boolean]>([
    [["clerk"], "440606", "440606", true],
    [["officer"], "440606", "440606101", true],
    [["approver", "officer"], "440600", "440606", true],
    [["approver", "supervisor"], "440606", "440606", false],
    [[], "440606", "440606", false],
    [["clerk"], "440607", "440606", false],
    [["clerk"], "440606101", "440606", false],
  ])("%j of %s and a case of %s: %s", (roles, division, ofCase, expected) => {
    const officer = { staff: "s", department: "d", division, roles, sequence: 1 };
    expect(mayAccept(officer, ofCase)).toBe(expected);
  });
});

describe("the card", () => {
  const waiting = {
    id: "01JD0000000000000000000000",
    number: "11440606MB2D26310W4440712002040202611227Z3K9M2",
    itemName: "存量房转移登记（买卖）",
    acceptBy: { date: "2026-11-27", provisional: false },
  };

  it("names the item, the case and the day by which it must be accepted, and leads to it", () => {
    expect(acceptanceCard(waiting, "https://city.example/cases/")).toEqual({
      title: "有新办件待受理",
      description:
        "存量房转移登记（买卖）\n办件编号：11440606MB2D26310W4440712002040202611227Z3K9M2\n受理截止：2026-11-27",
      url: "https://city.example/cases/01JD0000000000000000000000",
    });
  });

  it("says when the day is provisional", () => {
    const card = acceptanceCard({ ...waiting, acceptBy: { date: "2027-02-10", provisional: true } }, "https://c/");
    expect(card.description).toContain("2027-02-10（暂定");
  });
});

describe("a text limit in bytes", () => {
  it.each([
    ["受理", 6, "受理"],
    ["受理了", 8, "受…"],
    ["受理了", 5, "…"],
    ["ab👩‍👩‍👧c", 15, "ab…"],
  ])("%s within %i: %s", (text, limit, expected) => {
    expect(withinBytes(text, limit)).toBe(expected);
  });

  it("never exceeds the limit, and cuts only what does not fit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 3, max: 512 }), (text, limit) => {
        const cut = withinBytes(text, limit);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
        if (Buffer.byteLength(text) <= limit) expect(cut).toBe(text);
        else expect(text.startsWith(cut.slice(0, -1))).toBe(true);
      }),
    );
  });
});

describe("a message", () => {
  it("remembers whom it reached and whom it cannot reach, and tells nobody twice", () => {
    const first = recordSending(newMessage("e", "2026-11-22T02:00:00.000Z"), ["a", "b"], ["b"]);
    expect(first).toMatchObject({ version: 1, recipients: { a: "sent", b: "failed" } });
    expect(statusOf(first)).toBe("partial");
    expect(stillToTell(first, ["a", "b", "c"])).toEqual(["c"]);
    expect(recordSending(first, ["c"], [])).toMatchObject({
      version: 2,
      recipients: { a: "sent", b: "failed", c: "sent" },
    });
  });

  it.each([
    [[], "sent"],
    [["a"], "partial"],
    [["a", "b"], "failed"],
  ])("with %j unknown to the chat is %s", (invalid, status) => {
    expect(statusOf(recordSending(newMessage("e", "2026-11-22T02:00:00.000Z"), ["a", "b"], invalid))).toBe(status);
  });
});
