import { describe, expect, it } from "vitest";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { calendarChange, recomputedChange } from "#functions/applications/domain/calendar.ts";
import { suspendCase } from "#functions/applications/domain/special-procedures.ts";
import { memoryAttempts } from "#functions/applications/progress/attempts.ts";
import { progressPages } from "#functions/applications/progress/pages.ts";
import { memoryReceipts } from "#functions/applications/receipts/adapters/memory-receipts.ts";
import {
  applicant,
  cipher,
  command,
  company,
  givenOf,
  granted,
  personalTexts,
  RECEIVED,
  rules,
  submitted,
} from "#test/support/applications.ts";
import { request, said } from "#test/support/http-request.ts";

const stage = async () => {
  const applications = memoryApplications(cipher);
  const receipts = memoryReceipts();
  const change = submitted();
  const { state } = change;
  await applications.save(change);
  await receipts.noteNumber(state.number, state.id);
  await receipts.note(state.id, {
    id: `${state.id}.2.0`,
    kind: "acceptance",
    title: "受理通知书",
    issuedAt: RECEIVED,
    bytes: 1,
    sha256: "",
  });
  let now = RECEIVED;
  const page = progressPages({ applications, receipts, attempts: memoryAttempts(), now: () => now });
  const call = async (method: string, reference: string, form?: Record<string, string>, source = "192.0.2.1") => {
    const event = request({
      method,
      path: `/progress${reference && `/${reference}`}`,
      ...(form && { body: new URLSearchParams(form).toString() }),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    event.requestContext.http.sourceIp = source;
    return said(await page(event));
  };
  return {
    call,
    state,
    applications,
    receipts,
    setNow: (at: string) => {
      now = at;
    },
  };
};

const right = { digits: "0017" };

describe("the public progress page", () => {
  it("asks in Chinese, without script, for what is needed and no more", async () => {
    const { call, state } = await stage();
    const form = await call("GET", state.id);
    expect(form.text).toContain('lang="zh-CN"');
    expect(form.text).toContain(`action="/progress/${state.id}"`);
    expect(form.text).not.toContain("<script");
    expect(form.text).not.toContain('id="number"');
    expect(form.headers["content-security-policy"]).toMatch(
      /default-src 'none'; style-src 'sha256-.+'; form-action 'self'/,
    );
    expect(form.headers["cache-control"]).toBe("no-store");
    expect((await call("GET", "")).text).toContain('id="number"');
  });

  it.each(["id", "number"] as const)("shows by the %s how far the case is, and nothing personal", async (by) => {
    const { call, state } = await stage();
    const { status, text } = await call("POST", state[by], right);
    expect(status).toBe(200);
    for (const part of [
      "已提交申请",
      rules().name,
      rules().department.name,
      state.number,
      "欧***",
      "受理通知书",
      "2026年11月22日",
    ])
      expect(text).toContain(part);
    for (const secret of personalTexts) expect(text).not.toContain(secret);
  });

  it("shows the dates as they are now, whoever has moved them: an officer, the law, a holiday notice", async () => {
    const { call, state, applications } = await stage();
    const given = givenOf();
    const text = async () => (await call("POST", state.id, right)).text;
    // Nobody has answered in five working days: accepted by law as of the receipt, promised within three.
    const byLaw = calendarChange(state, given, "2026-11-30T00:00:00.000Z");
    if (byLaw?.state.phase.status !== "accepted") throw new Error("not accepted by law");
    await applications.save(byLaw);
    expect(await text()).toContain("<dt>承诺办结日期</dt><dd>2026-11-25</dd>");
    const { promisedBy } = byLaw.state.phase;
    const byOldNotice = { ...byLaw.state.phase, promisedBy: { ...promisedBy, date: "2026-11-26", provisional: true } };
    await applications.save({ ...byLaw, state: { ...byLaw.state, version: 3, phase: byOldNotice } });
    expect(await text()).toContain("<dd>2026-11-26（遇尚未公布的节假日安排可能顺延）</dd>");
    const known = await applications.find(state.id);
    const recomputed = known && recomputedChange(known, given, "2026-11-30T00:00:00.000Z");
    if (!recomputed) throw new Error("no date has moved");
    await applications.save(recomputed);
    expect(await text()).toContain("<dt>承诺办结日期</dt><dd>2026-11-25</dd>");
    const at = "2026-11-30T02:00:00.000Z";
    await applications.save(granted(suspendCase(recomputed.state, given, "inspection", command({ at }))));
    expect(await text()).toContain("<dt>特别程序预计结束日期</dt><dd>2026-12-14</dd>");
    expect(await text()).not.toContain("承诺办结日期");
  });

  it("takes the number from the form, spaces, lower case and full width and all", async () => {
    const { call, state } = await stage();
    expect(
      (await call("POST", "search", { number: ` ${state.number.toLowerCase()} `, digits: "００１７" })).status,
    ).toBe(200);
  });

  it("answers the same bytes whether there is no such case or the four are wrong", async () => {
    const { call, state } = await stage();
    const wrong = await call("POST", "search", { number: state.number, digits: "0018" });
    const none = await call("POST", "search", { number: `${state.number.slice(0, -1)}0`, digits: "0017" });
    const odd = await call("POST", "search", { number: "<script>", digits: "'; --" });
    expect([wrong.status, none.status, odd.status]).toEqual([404, 404, 404]);
    expect(none.text).toBe(wrong.text);
    expect(odd.text).toBe(wrong.text);
    expect(none.headers).toEqual(wrong.headers);
  });

  it("takes ten wrong guesses at a case a day, by whichever of its names, and from any number of addresses", async () => {
    const { call, state, setNow } = await stage();
    const guess = (n: number, reference = state.id) =>
      call("POST", reference, { digits: `9${100 + n}` }, `192.0.2.${n}`);
    for (let n = 0; n < 10; n++) expect((await guess(n, n % 2 ? state.id : state.number)).status).toBe(404);
    expect((await guess(11)).status).toBe(429);
    expect((await call("POST", state.id, right, "198.51.100.1")).status).toBe(429);
    setNow(new Date(Date.parse(RECEIVED) + 86_400_000).toISOString());
    expect((await call("POST", state.id, right, "198.51.100.1")).status).toBe(200);
  });

  it("takes no more when all come at once", async () => {
    const { call, state } = await stage();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => call("POST", state.id, { digits: `${1000 + n}` }, `192.0.2.${n}`)),
    );
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(10);
  });

  it("takes thirty wrong guesses from one address in a quarter of an hour, and any number of right ones", async () => {
    const { call, state } = await stage();
    for (let n = 0; n < 40; n++) expect((await call("POST", state.id, right)).status).toBe(200);
    const number = (n: number) => `${state.number.slice(0, -3)}${100 + n}`;
    for (let n = 0; n < 30; n++) expect((await call("POST", number(n), right)).status).toBe(404);
    expect((await call("POST", state.id, right)).status).toBe(429);
  });

  it("knows an enterprise by the end of its credit code", async () => {
    const { call, applications } = await stage();
    const change = submitted(rules(), { id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D", by: company });
    await applications.save(change);
    expect((await call("POST", change.state.id, { digits: "8tx3m".slice(1) })).status).toBe(200);
    expect((await call("POST", change.state.id, { digits: applicant().idNumber.slice(-4) })).status).toBe(404);
  });

  it.each(["%E0%A4%A", "..%2F..%2Fetc", "a".repeat(200), "%3Cscript%3E"])(
    "answers %s as anything else",
    async (reference) => {
      const { call } = await stage();
      expect((await call("GET", reference)).status).toBe(404);
    },
  );
});
