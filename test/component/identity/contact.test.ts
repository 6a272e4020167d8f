import { describe, expect, it } from "vitest";
import * as routes from "#shared/contracts/http/identity.ts";
import { type IdentityStage, identityStage, justNow, origin, self, zhang } from "#test/support/accounts-stage.ts";

const notifications = { client: "notifications", scopes: "persons:contact" };
const ask = (stage: IdentityStage, id: string, body: object = {}, key?: string) =>
  stage.call(routes.readContact, {
    as: notifications,
    params: { id },
    body: { purpose: "progress-message", ...body },
    ...(key && { key }),
  });
const logOf = async (stage: IdentityStage, id: string) =>
  (await stage.call(routes.listAccesses, { as: self(id) })).body.items;

describe("where a person can be reached", () => {
  it("is told for a purpose, and the person sees to whom, what for and about which case", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const answer = await ask(stage, id, { reference: "01KB0M6A4B5C6D7E8F9G0H1J2K" });
    expect(answer).toMatchObject({ status: 200, body: { phone: zhang.phone, of: "person", notices: "not-asked" } });
    expect(await logOf(stage, id)).toMatchObject([
      {
        by: { client: "notifications" },
        purpose: "progress-message",
        what: "contact",
        reference: "01KB0M6A4B5C6D7E8F9G0H1J2K",
      },
    ]);
  });

  it("is on record once for one request, however often it comes, and again for the next", async () => {
    const stage = identityStage();
    const id = await stage.person();
    await ask(stage, id, {}, "one");
    stage.later(3);
    await Promise.all([ask(stage, id, {}, "one"), ask(stage, id, {}, "one")]);
    expect(await logOf(stage, id)).toHaveLength(1);
    await ask(stage, id, {}, "two");
    expect(await logOf(stage, id)).toHaveLength(2);
  });

  it("is kept back from those who do not want messages, but for what the law has them told", async () => {
    const stage = identityStage();
    const id = await stage.person();
    await stage.accounts.giveConsent(justNow(id), { purpose: "notices", textVersion: "1" }, origin);
    expect((await ask(stage, id)).body).toMatchObject({ phone: zhang.phone, notices: "agreed" });
    await stage.accounts.withdrawConsent(justNow(id), "notices");
    expect((await ask(stage, id)).body).toEqual({ of: "person", notices: "withdrawn" });
    expect((await ask(stage, id, { purpose: "statutory-notice" })).body).toMatchObject({ phone: zhang.phone });
    await stage.accounts.giveConsent(justNow(id), { purpose: "notices", textVersion: "1" }, origin);
    expect((await ask(stage, id)).body).toMatchObject({ phone: zhang.phone, notices: "agreed" });
  });

  it("is, for a child, where its guardian is; and stands in the child's log", async () => {
    const stage = identityStage();
    const mother = await stage.person();
    const child = await stage.ward(mother);
    expect((await ask(stage, child)).body).toEqual({ phone: zhang.phone, of: "guardian", notices: "not-asked" });
    expect((await stage.accounts.accessLog(child, { limit: 10 })) as object).toMatchObject({
      items: [{ what: "contact" }],
    });
  });

  it("is nowhere for an account that is closed or never was", async () => {
    const stage = identityStage();
    const id = await stage.person();
    await stage.accounts.closeAccount(id, { password: zhang.password }, origin);
    for (const gone of [id, "01KB0M5Q2W8ZC3T7N4XJ6VHR9D"])
      expect(await ask(stage, gone)).toMatchObject({ status: 404, body: { type: "/problems/person.closed" } });
  });

  it.each([
    ["no purpose", { purpose: undefined }],
    ["a purpose of one's own", { purpose: "advertising" }],
    ["a reference that is too long", { reference: "x".repeat(65) }],
  ])("is not told for %s", async (_what, body) => {
    const stage = identityStage();
    const id = await stage.person();
    expect((await ask(stage, id, body)).status).toBe(422);
    expect(await logOf(stage, id)).toEqual([]);
  });

  it("is told to nobody without the scope, not to the person's own app either", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const answer = await stage.call(routes.readContact, {
      as: self(id),
      params: { id },
      body: { purpose: "statutory-notice" },
    });
    expect(answer.status).toBe(403);
  });
});
