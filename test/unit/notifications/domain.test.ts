import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withinBytes } from "#functions/notifications/adapters/text-limits.ts";
import { PaceText } from "#functions/notifications/deployed-pace.ts";
import type { Card } from "#functions/notifications/domain/card.ts";
import { allowedAt, begin, dueNow, hear, newDesk, PER_DAY, sent } from "#functions/notifications/domain/desk.ts";
import {
  afterAvoidedMinutes,
  afterQuietHours,
  backoffSeconds,
  DEFAULT_PACE,
  later,
} from "#functions/notifications/domain/pace.ts";
import { lateAt } from "#functions/notifications/domain/todo.ts";

const shanghai = (time: string) => new Date(`${time}+08:00`).toISOString();

describe("a task that nobody has taken", () => {
  it.each([
    ["2026-11-23T09:00:00", "2026-11-24T09:00:00"],
    ["2026-11-27T15:00:00", "2026-11-30T15:00:00"],
    ["2026-11-28T10:00:00", "2026-12-01T00:00:00"],
    ["2026-11-29T23:59:59", "2026-12-01T00:00:00"],
    // The Friday before National Day 2026, and a make-up Sunday that is worked.
    ["2026-09-30T16:00:00", "2026-10-08T16:00:00"],
    ["2026-09-20T16:00:00", "2026-09-21T16:00:00"],
  ])("since %s is late at %s", (since, late) => {
    const tasks = [
      { kind: "accept", role: "clerk", since: shanghai(since) },
      { kind: "decide", role: "officer", claimedBy: "s", since: "2020-01-01T00:00:00.000Z" },
    ] as const;
    expect(lateAt({ tasks })).toBe(shanghai(late));
  });

  it("is no matter where everything was taken", () => {
    expect(
      lateAt({ tasks: [{ kind: "accept", role: "clerk", claimedBy: "s", since: shanghai("2026-11-23T09:00:00") }] }),
    ).toBeUndefined();
  });
});

describe("quiet hours", () => {
  it.each([
    ["2026-11-24T21:59:59", "2026-11-24T21:59:59"],
    ["2026-11-24T22:00:00", "2026-11-25T08:00:00"],
    ["2026-11-24T23:30:00", "2026-11-25T08:00:00"],
    ["2026-11-25T00:00:00", "2026-11-25T08:00:00"],
    ["2026-12-31T23:00:00", "2027-01-01T08:00:00"],
    ["2026-11-25T07:59:59", "2026-11-25T08:00:00"],
    ["2026-11-25T08:00:00", "2026-11-25T08:00:00"],
  ])("what can wait at %s goes at %s", (at, goes) => {
    expect(afterQuietHours(shanghai(at), DEFAULT_PACE.quiet)).toBe(shanghai(goes));
  });

  it("may lie within a day, or be none", () => {
    expect(afterQuietHours(shanghai("2026-11-24T12:30:00"), { from: 12, to: 14 })).toBe(
      shanghai("2026-11-24T14:00:00"),
    );
    expect(afterQuietHours(shanghai("2026-11-24T23:30:00"), undefined)).toBe(shanghai("2026-11-24T23:30:00"));
  });

  it("are read from the environment", () => {
    expect(PaceText.parse(undefined)).toEqual(DEFAULT_PACE);
    expect(PaceText.parse('{"quiet":null,"gapSeconds":20}')).toEqual({
      quiet: undefined,
      avoidedMinutes: [0, 30],
      gapSeconds: 20,
    });
    expect(PaceText.safeParse('{"gap":1}').success).toBe(false);
  });
});

describe("the pace of messages to one official", () => {
  const Moment = fc
    .integer({ min: Date.parse("2026-11-20T00:00:00Z"), max: Date.parse("2026-12-20T00:00:00Z") })
    .map((ms) => new Date(ms).toISOString());
  const card: Card = { title: "t", description: "d", url: "u", urgent: false };

  it("avoids the full and the half hour", () => {
    expect(afterAvoidedMinutes("2026-11-24T02:30:20.000Z", [0, 30])).toBe("2026-11-24T02:31:00.000Z");
    expect(afterAvoidedMinutes("2026-11-24T02:59:59.999Z", [0, 30])).toBe("2026-11-24T02:59:59.999Z");
  });

  it("costs no write for a notice that is gathered, but once in half a minute when the desk is about to rest", () => {
    const at = "2026-11-24T02:33:00.000Z";
    const notice = (event: string) => ({ staff: "s", event, at, card });
    let desk = sent(begin(newDesk("s"), { card, events: ["e"], since: at }, at), at, DEFAULT_PACE);
    let writes = 0;
    for (let second = 0; second < 300; second++) {
      const heard = hear(desk, notice(`e${second}`), later(at, second), DEFAULT_PACE);
      if (heard) writes += 1;
      if (second <= 270) expect(heard).toBeUndefined();
      desk = heard ?? desk;
      // None of them waits longer for it.
      expect(desk.state).toEqual({ kind: "waiting", until: later(at, 300) });
    }
    expect(writes).toBe(1);
  });

  it("is at most one message a minute, 200 a day, whatever comes and however urgent", () => {
    fc.assert(
      fc.property(
        Moment,
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 600 })), { maxLength: 400 }),
        (start, steps) => {
          let desk = newDesk("s");
          let now = start;
          const sentAt: string[] = [];
          for (const [i, [urgent, seconds]] of steps.entries()) {
            now = later(now, seconds);
            const heard = hear(
              desk,
              { staff: "s", event: `e${i}`, at: now, card: { ...card, urgent } },
              now,
              DEFAULT_PACE,
            );
            desk = heard ?? desk;
            const due = dueNow(desk, urgent, now, DEFAULT_PACE);
            if (desk.state.kind === "waiting" && due.now) desk = begin(desk, { card, events: ["e"], since: now }, now);
            if (desk.state.kind !== "sending") continue;
            desk = sent(desk, now, DEFAULT_PACE);
            sentAt.push(now);
          }
          for (const [i, at] of sentAt.entries()) {
            if (i > 0) expect(Date.parse(at) - Date.parse(sentAt[i - 1] ?? "")).toBeGreaterThanOrEqual(60_000);
            expect([0, 30]).not.toContain(new Date(at).getUTCMinutes());
          }
          const days = Object.groupBy(sentAt, (at) =>
            new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 10),
          );
          for (const day of Object.values(days)) expect(day?.length).toBeLessThanOrEqual(PER_DAY);
        },
      ),
    );
  });

  it("keeps the last of the day's budget for what is urgent", () => {
    const desk = { ...newDesk("s"), day: "2026-11-24", sentToday: 180 };
    const now = "2026-11-24T02:33:00.000Z";
    expect(allowedAt(desk, now, true, DEFAULT_PACE)).toBe(now);
    expect(allowedAt(desk, now, false, DEFAULT_PACE)).toBe(shanghai("2026-11-25T08:01:00"));
  });

  it("backs off to an hour", () => {
    expect([1, 2, 3, 7, 50].map(backoffSeconds)).toEqual([60, 120, 240, 3600, 3600]);
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
