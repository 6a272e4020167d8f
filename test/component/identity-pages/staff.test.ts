import { describe, expect, it } from "vitest";
import { clerk, identityStage } from "#test/support/accounts-stage.ts";
import { CODE, ID_NUMBER, PASSWORD, STAFF } from "#test/support/pages-stage.ts";
import { atHome, visit } from "./visits.ts";

describe("staff", () => {
  const staffClient = { client: { id: "desk", name: "窗口工作台", users: "staff" as const } };

  const appointed = async () => {
    const stage = identityStage();
    await stage.accounts.appointStaff(
      { staff: "op-1", department: clerk.department, division: clerk.division },
      { staff: "sd-zr-0199", name: "陈小明", division: clerk.division, roles: ["officer"], phone: "13500135000" },
    );
    return stage;
  };

  it("sign in by number, password and code", async () => {
    const { stage, browser, path } = visit(staffClient);
    expect((await browser.fill(path, `${path}/staff`, { staff: STAFF, password: PASSWORD })).location).toBe(
      `${path}/staff/code`,
    );
    await browser.fill(`${path}/staff/code`, `${path}/staff/code`, { code: CODE });
    expect(stage.outcomes).toMatchObject([
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

  it("who were appointed by an operator set a password by their phone, and sign in by it", async () => {
    const { accounts, sent } = await appointed();
    const { stage, browser, path } = visit(staffClient, { accounts });
    expect((await browser.get(path)).html).toContain(`href="${path}/staff/password"`);
    const first = await browser.fill(`${path}/staff/password`, `${path}/staff/password`, { staff: "sd-zr-0199" });
    const page = `${path}/staff/password/code`;
    expect(first.location).toBe(page);
    const code = sent.at(-1)?.code ?? "";
    const choose = (password: string) => browser.fill(page, page, { code, password });
    expect((await choose("sd-zr-0199!")).html).toContain("密码太容易被猜到");
    expect((await choose(PASSWORD)).location).toBe(path);
    const login = await browser.get(path);
    expect(login.html).toContain("请用新密码登录");
    await browser.fill(path, `${path}/staff`, { staff: "sd-zr-0199", password: PASSWORD });
    await browser.fill(`${path}/staff/code`, `${path}/staff/code`, { code: sent.at(-1)?.code ?? "" });
    expect(stage.outcomes).toMatchObject([{ subject: { kind: "staff", staff: "sd-zr-0199" } }]);
  });

  it("are shown the same for a number that nobody has, to the last page", async () => {
    const { accounts } = await appointed();
    const seen = [];
    for (const staff of ["sd-zr-0199", "nobody"]) {
      const { browser, path, uid } = visit(staffClient, { accounts });
      const page = `${path}/staff/password/code`;
      const told = [await browser.fill(`${path}/staff/password`, `${path}/staff/password`, { staff })];
      told.push(await browser.get(page));
      // Wrong for either, but for once in a million.
      told.push(await browser.fill(page, page, { code: "000000", password: PASSWORD }));
      seen.push(
        told.map(({ status, location, html }) => [
          status,
          location.replaceAll(uid, "<uid>"),
          html.replaceAll(uid, "<uid>").replace(/value="[\w-]{43}"/g, ""),
        ]),
      );
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.map(([status]) => status)).toEqual([303, 200, 422]);
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
