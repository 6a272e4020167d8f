import { describe, expect, it } from "vitest";
import { CODE, ID_NUMBER, PASSWORD, STAFF } from "#test/support/pages-stage.ts";
import { atHome, visit } from "./visits.ts";

describe("staff", () => {
  const staffClient = { client: { id: "desk", name: "窗口工作台", users: "staff" as const } };

  it("sign in by number, password and code", async () => {
    const { stage, browser, path } = visit(staffClient);
    expect((await browser.fill(path, `${path}/staff`, { staff: STAFF, password: PASSWORD })).location).toBe(
      `${path}/staff/code`,
    );
    await browser.fill(`${path}/staff/code`, `${path}/staff/code`, { code: CODE });
    expect(stage.outcomes).toEqual([
      { kind: "signed-in", subject: { kind: "staff", staff: STAFF }, acr: "2", amr: ["pwd", "otp"] },
    ]);
  });

  it("are told the same of an unknown number and a wrong password", async () => {
    const { browser, path } = visit(staffClient);
    const pages = [];
    for (const [staff, password] of [
      [STAFF, "wrong"],
      ["nobody", PASSWORD],
    ] as const)
      pages.push((await browser.fill(path, `${path}/staff`, { staff, password })).html.replaceAll(staff, "<typed>"));
    expect(pages[0]).toBe(pages[1]);
  });

  it("cannot sign in where persons do, nor persons where staff do", async () => {
    const persons = visit();
    await persons.browser.fill(persons.path, `${persons.path}/staff`, { staff: STAFF, password: PASSWORD });
    await persons.browser.get(`${persons.path}/wecom`);
    expect((await persons.browser.get(`${persons.path}/arrived`)).location).toBe(persons.path);
    expect(persons.stage.outcomes).toEqual([]);
    const staff = visit(staffClient);
    const answer = await staff.browser.fill(staff.path, `${staff.path}/password`, {
      identifier: ID_NUMBER,
      password: PASSWORD,
    });
    expect(answer.location).toBe(staff.path);
    expect(staff.stage.outcomes).toEqual([]);
  });

  it("arrive by the government chat", async () => {
    const { stage, browser, path } = visit(staffClient);
    await browser.get(`${path}/wecom`);
    await browser.get(`${path}/arrived`);
    expect(stage.outcomes).toMatchObject([{ subject: { kind: "staff", staff: STAFF } }]);
  });

  it("have an account page of their own, and none of a person's", async () => {
    const { browser } = atHome({ kind: "staff", staff: STAFF });
    expect((await browser.get("/account")).html).toContain(STAFF);
    expect((await browser.get("/account/consents")).location).toBe("/account");
  });
});
