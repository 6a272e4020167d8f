import { describe, expect, it } from "vitest";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import * as routes from "#shared/contracts/http/identity.ts";
import { clerk, type IdentityStage, identityStage } from "#test/support/accounts-stage.ts";

const { department } = clerk;
const OTHER = "11440606MB2D0123XA";
const operator = (more: Partial<Extract<Verdict, { client: string }>> = {}): Verdict => ({
  client: "console",
  scopes: "staff:manage",
  staff: "op-1",
  roles: ["operator"],
  department,
  division: "440606",
  acr: "2",
  ...more,
});
const appointment = { name: "陈小明", division: "440606", roles: ["officer"], phone: "135 0013 5000" };
const appoint = (stage: IdentityStage, body: object = {}, as = operator(), staff = "sd-zr-0199") =>
  stage.call(routes.appointStaff, { as, params: { staff }, body: { ...appointment, ...body } });
const dismiss = (stage: IdentityStage, staff: string, as = operator()) =>
  stage.call(routes.dismissStaff, { as, params: { staff } });
const published = (stage: IdentityStage) => stage.memory.published().map(({ type }) => type.split(".").at(-2));

describe("an operator", () => {
  it("appoints to their own department, changes the appointment, and says so in events without names", async () => {
    const stage = identityStage();
    const appointed = await appoint(stage);
    expect(appointed).toMatchObject({
      status: 200,
      headers: { etag: '"1"' },
      body: { staff: "sd-zr-0199", department, division: "440606", roles: ["officer"], phone: "135****5000" },
    });
    const changed = await appoint(stage, { roles: ["approver", "officer", "officer"], phone: undefined });
    expect(changed.body).toMatchObject({ version: 2, roles: ["approver", "officer"], phone: "135****5000" });
    expect(published(stage)).toEqual(["staff-appointed", "staff-appointed"]);
    expect(JSON.stringify(stage.memory.published())).not.toMatch(/陈小明|1350013/);
    expect(JSON.stringify(stage.memory.atRest())).not.toMatch(/陈小明|1350013/);
  });

  it("names the account that someone has as a person, and does not forget it, until they leave", async () => {
    const stage = identityStage();
    const person = await stage.person();
    const body = { ...appointment, person };
    expect((await appoint(stage, body)).body).toMatchObject({ version: 1, person });
    expect((await appoint(stage, { roles: ["approver"] })).body).toMatchObject({ version: 2, person });
    expect(await stage.live.rolesOf("sd-zr-0199")).toMatchObject({ roles: ["approver"], person });
    expect(JSON.stringify(published(stage))).not.toContain(person);
    await dismiss(stage, "sd-zr-0199");
    expect((await stage.staff.find("sd-zr-0199"))?.person).toBeUndefined();
    const nobody = await appoint(stage, { person: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" });
    expect(nobody).toMatchObject({ status: 422, body: { type: "/problems/staff.person-unknown" } });
  });

  it("names a phone for who does not serve yet, who is told; and tells who had the phone before that it was replaced", async () => {
    const stage = identityStage();
    const without = await appoint(stage, { phone: undefined });
    expect(without).toMatchObject({ status: 422, body: { type: "/problems/staff.phone-needed" } });
    await appoint(stage);
    await appoint(stage, { roles: ["clerk"], phone: undefined });
    await appoint(stage, { phone: "13500135001" });
    const notices = [
      { phone: "13500135000", notice: "staff-appointed" },
      { phone: "13500135000", notice: "phone-changed" },
      { phone: "13500135001", notice: "staff-appointed" },
    ];
    expect(stage.sent).toEqual(notices);
    await dismiss(stage, "sd-zr-0199");
    expect((await appoint(stage, { phone: undefined })).status).toBe(422);
  });

  it("writes nothing by saying the same again", async () => {
    const stage = identityStage();
    await appoint(stage);
    expect((await appoint(stage)).body.version).toBe(1);
    expect(published(stage)).toEqual(["staff-appointed"]);
  });

  it("dismisses: no roles, no password, no phone, no sessions, from that moment; again changes nothing", async () => {
    const stage = identityStage();
    const password = { algorithm: "scrypt", cost: 2, blockSize: 1, parallelization: 1, salt: "s", hash: "h" } as const;
    await stage.staff.save({ ...clerk, password }, stage.clock());
    expect((await dismiss(stage, clerk.staff)).body).toMatchObject({ version: 2, roles: [] });
    expect((await stage.staff.find(clerk.staff))?.password).toBeUndefined();
    expect((await stage.staff.find(clerk.staff))?.phone).toBeUndefined();
    expect(await stage.accounts.staffClaims(clerk.staff)).toBeUndefined();
    expect((await stage.live.rolesOf(clerk.staff)).roles).toEqual([]);
    expect(stage.ended).toEqual([`staff:${clerk.staff}`]);
    expect(published(stage)).toEqual(["staff-appointed", "staff-appointed", "staff-dismissed"]);
    expect((await dismiss(stage, clerk.staff)).body.version).toBe(2);
    expect(published(stage)).toHaveLength(3);
  });

  it("gives nobody their old password back by appointing them again", async () => {
    const stage = identityStage();
    const password = { algorithm: "scrypt", cost: 2, blockSize: 1, parallelization: 1, salt: "s", hash: "h" } as const;
    await stage.staff.save({ ...clerk, password }, stage.clock());
    await dismiss(stage, clerk.staff);
    expect((await appoint(stage, {}, operator(), clerk.staff)).status).toBe(200);
    expect((await stage.staff.find(clerk.staff))?.password).toBeUndefined();
  });

  it("neither appoints nor dismisses themselves: roles are another's to give", async () => {
    const stage = identityStage();
    await stage.staff.save({ ...clerk, staff: "op-1", roles: ["operator"] }, stage.clock());
    const grab = await appoint(stage, { roles: ["operator", "approver"] }, operator(), "op-1");
    expect(grab).toMatchObject({ status: 403, body: { type: "/problems/staff.oneself" } });
    expect(await dismiss(stage, "op-1")).toMatchObject({ status: 403, body: { type: "/problems/staff.oneself" } });
    expect((await stage.staff.find("op-1"))?.roles).toEqual(["operator"]);
  });

  it("has no say over another department's staff, who may come once they were dismissed there", async () => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const theirs = operator({ department: OTHER });
    for (const call of [routes.readStaff, routes.dismissStaff] as const)
      expect(await stage.call(call, { as: theirs, params: { staff: clerk.staff } })).toMatchObject({ status: 404 });
    const drawn = await appoint(stage, {}, theirs, clerk.staff);
    expect(drawn).toMatchObject({ status: 409, body: { type: "/problems/staff.elsewhere" } });
    await dismiss(stage, clerk.staff);
    expect((await appoint(stage, {}, theirs, clerk.staff)).body).toMatchObject({ department: OTHER, version: 3 });
    expect((await stage.call(routes.readStaff, { as: operator(), params: { staff: clerk.staff } })).status).toBe(404);
  });

  it.each([
    ["the city above", "440600"],
    ["the district beside", "440605"],
    ["nowhere", "000000"],
  ])("of a district gives no appointment in %s", async (_where, division) => {
    const stage = identityStage();
    const refused = await appoint(stage, { division });
    expect(refused).toMatchObject({ status: 403, body: { type: "/problems/staff.division-not-yours" } });
    await stage.staff.save({ ...clerk, division }, stage.clock());
    expect((await dismiss(stage, clerk.staff)).status).toBe(404);
    expect((await appoint(stage, {}, operator(), clerk.staff)).status).toBe(403);
  });

  it.each([
    ["a client on its own", { staff: undefined, roles: undefined }],
    ["an approver whose token has the scope", { roles: ["approver"] as const }],
    ["an operator of no department", { department: undefined }],
  ])("is not %s", async (_what, more) => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const as = operator(more as object);
    expect((await stage.call(routes.listStaff, { as })).status).toBe(403);
    expect((await stage.call(routes.readStaff, { as, params: { staff: clerk.staff } })).status).toBe(403);
    expect((await appoint(stage, {}, as)).status).toBe(403);
    expect((await dismiss(stage, clerk.staff, as)).status).toBe(403);
  });

  it("does not overwrite what another operator has just changed", async () => {
    const stage = identityStage();
    await appoint(stage);
    const call = (match: string) =>
      stage.call(routes.appointStaff, {
        as: operator(),
        params: { staff: "sd-zr-0199" },
        body: { ...appointment, roles: ["clerk"] },
        headers: { "if-match": match },
      });
    expect((await call('"0"')).status).toBe(412);
    expect((await call('"1"')).body.version).toBe(2);
  });

  it.each([
    ["no role", { roles: [] }],
    ["a role that there is not", { roles: ["emperor"] }],
    ["no division", { division: "44" }],
    ["no phone number", { phone: "12345" }],
  ])("cannot appoint with %s", async (_what, body) => {
    expect((await appoint(identityStage(), body)).status).toBe(422);
  });

  it("lists who serves in their division, page by page, and nobody else", async () => {
    const stage = identityStage();
    for (const [staff, more] of [
      ["a-1", {}],
      ["a-2", { division: "440605" }],
      ["a-3", { division: "440606001" }],
      ["a-4", { department: OTHER }],
      ["a-5", {}],
      ["a-6", {}],
    ] as const)
      await stage.staff.save({ ...clerk, staff, ...more }, stage.clock());
    await dismiss(stage, "a-5");
    const first = await stage.call(routes.listStaff, { as: operator(), query: { limit: "2" } });
    expect(first.body.items.map(({ staff }: { staff: string }) => staff)).toEqual(["a-1", "a-3"]);
    const second = await stage.call(routes.listStaff, {
      as: operator(),
      query: { limit: "2", cursor: first.body.next },
    });
    expect(second.body.items.map(({ staff }: { staff: string }) => staff)).toEqual(["a-6"]);
    expect(second.body.next).toBeUndefined();
    expect(JSON.stringify([first.body, second.body])).not.toContain(clerk.phone);
    expect((await stage.call(routes.listStaff, { as: operator(), query: { cursor: "bad" } })).status).toBe(422);
  });
});
