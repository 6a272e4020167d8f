import { describe, expect, it } from "vitest";
import {
  acceptApplication,
  beginDraft,
  claimTask,
  correctApplication,
  decideStage,
  discardDraft,
  extendApplication,
  listWorklist,
  readApplication,
  readDraft,
  releaseTask,
  reopenApplication,
  requestCorrection,
  saveDraft,
  searchApplications,
  searchDrafts,
  submitApplication,
  supplyMaterial,
  verifyCommitment,
} from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import {
  applicant,
  company,
  instantRules,
  materialRules,
  otherPerson,
  rules,
  stages,
} from "#test/support/applications.ts";
import {
  applicationsApi,
  department,
  hotline,
  portal,
  submission,
  submittedCase,
} from "#test/support/applications-api.ts";

const PERSON = "01KB0M5Q2W8ZC3T7N4XJ6VHR9D";
const AGENT = "01KB0M5Q2W8ZC3T7N4XJ6VHR9E";
const { name, idNumber } = applicant();
/** The applicant of the fixtures, signed in at the portal. */
const person = {
  client: "app",
  channel: "mobile",
  scopes: "applications:submit applications:read",
  person: PERSON,
  actFor: { kind: "natural", id: PERSON },
  applicant: { kind: "natural", name, idNumber, phone: "13827712345" },
} as const satisfies Verdict;
const agent = { ...person, person: AGENT, ground: "mandate:m-1" } as const satisfies Verdict;
const stranger = {
  ...person,
  person: AGENT,
  actFor: { kind: "natural", id: AGENT },
  applicant: { kind: "natural", name: otherPerson.name, idNumber: otherPerson.idNumber },
} as const satisfies Verdict;
const staff = (number: string, ...roles: ("clerk" | "officer" | "approver" | "supervisor")[]) =>
  ({
    ...department,
    client: "desk",
    staff: number,
    roles,
    scopes: "applications:read applications:decide applications:supervise",
  }) as const satisfies Verdict;
const code = (answer: { body: { type?: string } }) => answer.body.type?.replace("/problems/", "");

const item = rules({
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
const whole = {
  form: { 面积: 89.5 },
  situation: { o1: "a" },
  materials: [
    { material: "m1", licence: "居民身份证" },
    { material: "m2", onPaper: true as const },
  ],
};

describe("what is missing is told at once to whoever fills in a page", () => {
  const refused = async (more: object, as: Verdict = portal) => {
    const api = applicationsApi([item], undefined, [
      { id: PERSON, owner: applicant(), grade: "C", state: "clean", format: "image/png", bytes: 5 },
      { id: AGENT, owner: otherPerson, grade: "A", state: "clean", format: "image/png", bytes: 5 },
      {
        id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9A",
        owner: applicant(),
        grade: "D",
        state: "clean",
        format: "image/png",
        bytes: 5,
      },
      {
        id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9B",
        owner: applicant(),
        grade: "B",
        state: "checking",
        format: "image/png",
        bytes: 5,
      },
      {
        id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9C",
        owner: applicant(),
        grade: "B",
        state: "clean",
        format: "text/html",
        bytes: 5,
      },
    ]);
    const answer = await api.call(submitApplication, { as, body: { ...submission(), ...whole, ...more } });
    return [
      code(answer) ?? answer.body.status,
      (answer.body.errors ?? []).map(({ pointer }: { pointer: string }) => pointer),
    ];
  };
  const withFile = (file: string) => ({ materials: [{ material: "m1", file }, whole.materials[1]] });

  it.each([
    ["nothing", {}, "submitted", []],
    ["a question of the situation", { situation: {} }, "application.situation-incomplete", ["/situation/o1"]],
    ["a choice there is not", { situation: { o1: "c" } }, "application.situation-incomplete", ["/situation/o1"]],
    ["a field of the form", { form: {} }, "application.form-invalid", ["/form/面积"]],
    ["a sensible value", { form: { 面积: -1 } }, "application.form-invalid", ["/form/面积"]],
    ["a material", { materials: [whole.materials[0]] }, "application.materials-missing", ["/materials/m2"]],
    [
      "one that this situation asks for",
      { situation: { o1: "b" } },
      "application.materials-missing",
      ["/materials/m3"],
    ],
    [
      "nothing, one deferred that may be",
      { materials: [whole.materials[0], { material: "m2", deferred: true }] },
      "submitted",
      [],
    ],
    [
      "one deferred that may not be",
      { materials: [{ material: "m1", deferred: true }] },
      "application.material-unfit",
      ["/materials/0"],
    ],
    [
      "a material there is not",
      { materials: [{ material: "m9", onPaper: true }] },
      "application.material-unfit",
      ["/materials/0"],
    ],
    [
      "a licence where none will do",
      { materials: [{ material: "m2", licence: "x" }] },
      "application.material-unfit",
      ["/materials/0"],
    ],
    ["nothing, with a file of one's own", withFile(PERSON), "submitted", []],
    ["a file of one's own: it is another's", withFile(AGENT), "application.material-unfit", ["/materials/0"]],
    [
      "trust: it is only declared",
      withFile("01KB0M5Q2W8ZC3T7N4XJ6VHR9A"),
      "application.material-unfit",
      ["/materials/0"],
    ],
    [
      "patience: it is still checked",
      withFile("01KB0M5Q2W8ZC3T7N4XJ6VHR9B"),
      "application.material-unfit",
      ["/materials/0"],
    ],
    ["the format", withFile("01KB0M5Q2W8ZC3T7N4XJ6VHR9C"), "application.material-unfit", ["/materials/0"]],
    [
      "what allows a promise",
      { commitment: { statement: "承诺符合全部法定条件" } },
      "application.commitment-not-allowed",
      [],
    ],
  ])("missing: %s", async (_what, more, result, pointers) => expect(await refused(more)).toEqual([result, pointers]));

  it("but on the hotline it is received as it is", async () =>
    expect(await refused({ form: {}, materials: [] }, hotline)).toEqual(["submitted", []]));

  it.each([
    ["on the hotline", hotline],
    ["at the window", { ...portal, client: "window", channel: "window" } as const],
    ["with a clerk's help", { ...person, helper: "clerk-9", counter: "v-1" } as const],
  ])("%s too the situation has to be answered: nothing later can, and fees and materials hang on it", async (_at, as) =>
    expect(await refused({ situation: {}, ...(as.client === "app" && { applicant: undefined }) }, as)).toEqual([
      "application.situation-incomplete",
      ["/situation/o1"],
    ]),
  );

  it("paper is not enough where the issuer itself has to supply it", async () => {
    const api = applicationsApi([rules({ materials: [materialRules({ grade: "A" })] })]);
    const apply = (material: object) =>
      api.call(submitApplication, { as: portal, body: { ...submission(), materials: [material] } });
    expect(code(await apply({ material: "m1", onPaper: true }))).toBe("application.material-unfit");
    expect((await apply({ material: "m1", licence: "居民身份证" })).status).toBe(201);
  });

  it("two ways to bring one material do not fit the contract", async () =>
    expect((await refused({ materials: [{ material: "m1", onPaper: true, licence: "x" }] }))[0]).toBe(
      "request.invalid",
    ));

  it("nor does one material brought twice, in a submission or in a correction", async () => {
    const materials = [whole.materials[0], { material: "m2", deferred: true }, { material: "m2", onPaper: true }];
    expect(await refused({ materials })).toEqual(["request.invalid", ["/materials/2/material"]]);
    const api = await submittedCase();
    const body = { applicant: { kind: "natural", idNumber }, materials };
    const answer = await api.call(correctApplication, { as: portal, params: api.params, body });
    expect([code(answer), answer.body.errors]).toEqual([
      "request.invalid",
      [{ pointer: "/materials/2/material", detail: expect.stringContaining("同一材料") }],
    ]);
  });
});

describe("whose application it is", () => {
  it("a person's token says: no applicant is stated, and the account stands in the events", async () => {
    const api = applicationsApi();
    const { body } = await api.call(submitApplication, { as: person, body: submission({ applicant: undefined }) });
    expect((await api.store.find(body.id))?.applicant).toEqual({ ...applicant(), person: PERSON });
    expect(api.published()[0]?.data.applicant).toEqual({ kind: "natural", id: PERSON });
  });

  it("another's cannot be brought, found, read or withdrawn by a person", async () => {
    const api = applicationsApi();
    const { body } = await api.call(submitApplication, { as: person, body: submission({ applicant: undefined }) });
    const foreign = submission({ applicant: otherPerson });
    expect(code(await api.call(submitApplication, { as: person, body: foreign }))).toBe(
      "application.applicant-differs",
    );
    expect((await api.call(readApplication, { as: person, params: { id: body.id } })).status).toBe(200);
    expect((await api.call(readApplication, { as: stranger, params: { id: body.id } })).status).toBe(404);
    const mine = await api.call(searchApplications, { as: person, body: {} });
    expect(mine.body.items).toHaveLength(1);
    expect((await api.call(searchApplications, { as: stranger, body: {} })).body.items).toEqual([]);
    const { kind } = otherPerson;
    const theirs = { applicant: { kind, idNumber: otherPerson.idNumber } };
    expect((await api.call(searchApplications, { as: person, body: theirs })).status).toBe(422);
  });

  it("an agent's right and the clerk who helped stand in the history", async () => {
    const api = applicationsApi();
    const helped = { ...agent, helper: "clerk-9", counter: "v-1" } as const;
    const { body } = await api.call(submitApplication, { as: helped, body: submission({ applicant: undefined }) });
    const read = await api.call(readApplication, { as: agent, params: { id: body.id } });
    expect(read.body.timeline[0].by).toEqual({
      client: "app",
      channel: "mobile",
      ground: "mandate:m-1",
      helper: "clerk-9",
    });
    expect(api.published()[0]?.data.helper).toBe("clerk-9");
  });

  it("a mandate for other items reaches neither this item nor its cases", async () => {
    const api = applicationsApi();
    const { body } = await api.call(submitApplication, { as: person, body: submission({ applicant: undefined }) });
    const limited = { ...agent, items: ["11440600007039469J3442014901000"] };
    const again = submission({ applicant: undefined });
    expect(code(await api.call(submitApplication, { as: limited, body: again }))).toBe("application.not-in-mandate");
    expect((await api.call(readApplication, { as: limited, params: { id: body.id } })).status).toBe(404);
  });

  it("a mandate for one item lists the cases and drafts of that item, page by page, and nothing of others", async () => {
    const other = instantRules();
    const api = applicationsApi([rules(), other]);
    const inside: string[] = [];
    for (const itemCode of [rules().code, other.code, rules().code, other.code, other.code]) {
      api.setNow(new Date(Date.parse("2026-11-22T02:00:00.000Z") + inside.length * 1000).toISOString());
      const submittedCase = await api.call(submitApplication, {
        as: person,
        body: submission({ itemCode, applicant: undefined }),
      });
      const draft = await api.call(beginDraft, { as: person, body: { itemCode, content: {} } });
      if (itemCode === other.code) inside.push(submittedCase.body.id, draft.body.id);
    }
    const limited = { ...agent, items: [other.code] };
    const listed: { id: string; itemCode: string }[] = [];
    for (const search of [searchApplications, searchDrafts])
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const { body } = await api.call(search, {
          as: limited,
          body: {},
          query: { limit: "1", ...(cursor && { cursor }) },
        });
        listed.push(...body.items);
        cursor = body.next;
      }
    expect(listed.map(({ id }) => id).sort()).toEqual([...inside].sort());
    expect(new Set(listed.map(({ itemCode }) => itemCode))).toEqual(new Set([other.code]));
    expect((await api.call(searchApplications, { as: person, body: {} })).body.items).toHaveLength(5);
    expect((await api.call(searchApplications, { as: { ...agent, items: [] }, body: {} })).body.items).toEqual([]);
  });

  it("an item that demands a person's own face or document turns less away, and names what it wants", async () => {
    const api = applicationsApi([rules({ assurance: 3 })]);
    const body = submission({ applicant: undefined });
    const refused = await api.call(submitApplication, { as: person, body });
    expect(refused).toMatchObject({
      status: 403,
      body: { type: "/problems/application.assurance-needed", detail: "3" },
    });
    const lesser = { ...person, acr: "2" } as const;
    expect(code(await api.call(submitApplication, { as: lesser, body }))).toBe("application.assurance-needed");
    const verified = { ...person, acr: "3" } as const;
    const done = await api.call(submitApplication, { as: verified, body, key: "verified" });
    expect(done.status).toBe(201);
    // What was answered stays answered, whatever token asks again.
    expect(await api.call(submitApplication, { as: person, body, key: "verified" })).toMatchObject({ text: done.text });
  });

  it("a channel vouches for its applicant, and a clerk for whoever stands before them", async () => {
    const api = applicationsApi([rules({ assurance: 3 })]);
    const helped = { ...person, helper: "clerk-9", counter: "v-1" } as const;
    const body = submission({ applicant: undefined });
    expect((await api.call(submitApplication, { as: helped, body })).status).toBe(201);
    expect((await api.call(submitApplication, { as: portal, body: submission() })).status).toBe(201);
  });

  it("who has an open case for the same item is told of it, and may still apply", async () => {
    const api = applicationsApi();
    const first = await api.call(submitApplication, { as: portal, body: submission() });
    const second = await api.call(submitApplication, { as: hotline, body: submission(), key: "again" });
    expect(second.body.duplicates).toEqual([{ id: first.body.id, number: first.body.number }]);
    const repeated = await api.call(submitApplication, { as: hotline, body: submission(), key: "again" });
    expect(repeated.text).toBe(second.text);
    // The clerk who accepts is told of it as well; what one channel was told is not another's to read.
    const read = async (as: Verdict) => (await api.call(readApplication, { as, params: { id: second.body.id } })).body;
    expect((await read(department)).duplicates).toEqual(second.body.duplicates);
    expect((await read(staff("c-1", "clerk"))).duplicates).toEqual(second.body.duplicates);
    expect((await read(portal)).duplicates).toBeUndefined();
    const other = await api.call(submitApplication, { as: portal, body: submission({ applicant: company }) });
    expect(other.body.duplicates).toBeUndefined();
  });
});

describe("a draft", () => {
  const begun = async (api = applicationsApi([item])) => {
    const body = { itemCode: item.code, content: { form: { 面积: 1 } } };
    const draft = await api.call(beginDraft, { as: person, body, key: "d-1" });
    return { api, draft, params: { id: draft.body.id as string } };
  };

  it("begun on one channel is gone on with on another, and makes one case, whoever submits it again", async () => {
    const { api, draft, params } = await begun();
    expect(draft.headers.etag).toBe('"1"');
    const elsewhere = { ...person, client: "terminal", channel: "terminal" } as const;
    const found = await api.call(searchDrafts, { as: elsewhere, body: {} });
    expect(found.body.items.map(({ id }: { id: string }) => id)).toEqual([params.id]);
    const saved = await api.call(saveDraft, { as: elsewhere, params, body: { content: whole }, ifMatch: '"1"' });
    expect(saved.body).toMatchObject({ version: 2, content: whole });
    const stale = await api.call(saveDraft, { as: person, params, body: { content: {} }, ifMatch: '"1"' });
    expect(code(stale)).toBe("request.stale");

    const body = { itemCode: item.code, ...whole, draft: params.id };
    const answers = await Promise.all(
      [person, elsewhere, person].map((as, i) => api.call(submitApplication, { as, body, key: `s-${i}` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers) if (answer.status !== 201) expect(code(answer)).toBe("application.draft-submitted");
    expect(api.published()).toHaveLength(1);
    expect((await api.call(readDraft, { as: person, params })).status).toBe(404);
  });

  it("is nobody else's: not another person's, not another client's", async () => {
    const { api, params } = await begun();
    for (const as of [stranger, portal, hotline]) {
      expect(code(await api.call(readDraft, { as, params }))).toBe("application.draft-not-found");
      expect((await api.call(saveDraft, { as, params, body: { content: {} } })).status).toBe(404);
      expect((await api.call(discardDraft, { as, params })).status).toBe(404);
    }
    const stolen = { ...submission({ itemCode: item.code, applicant: otherPerson }), ...whole, draft: params.id };
    expect(code(await api.call(submitApplication, { as: portal, body: stolen }))).toBe("application.draft-not-found");
  });

  it("ends a month after it was saved last, and when it is thrown away", async () => {
    const { api, params } = await begun();
    api.setNow("2026-12-21T02:00:00.000Z");
    await api.call(saveDraft, { as: person, params, body: { content: {} } });
    api.setNow("2027-01-19T02:00:00.000Z");
    expect((await api.call(readDraft, { as: person, params })).status).toBe(200);
    api.setNow("2027-01-21T02:00:00.000Z");
    expect((await api.call(readDraft, { as: person, params })).status).toBe(404);
    const again = await begun();
    expect((await again.api.call(discardDraft, { as: person, params: again.params })).status).toBe(204);
    expect((await again.api.call(readDraft, { as: person, params: again.params })).status).toBe(404);
  });

  it("begun again with the same key is the same draft", async () => {
    const { api, draft } = await begun();
    const again = await begun(api);
    expect(again.draft.text).toBe(draft.text);
    const other = { itemCode: item.code, content: {} };
    expect(code(await api.call(beginDraft, { as: person, body: other, key: "d-1" }))).toBe("request.key-reused");
  });
});

describe("staff act by their roles", () => {
  const accepted = async (itemRules = rules({ stages: stages("handling", "approval") })) => {
    const api = await submittedCase(itemRules);
    await api.call(acceptApplication, { as: staff("c-1", "clerk"), params: api.params, body: {} });
    const decide = (as: Verdict, stage: string, more: object = {}) =>
      api.call(decideStage, { as, params: { ...api.params, stage }, body: { outcome: "approve", ...more } });
    return { ...api, decide };
  };

  it("under their own number, whatever officer the body names", async () => {
    const api = await submittedCase();
    await api.call(acceptApplication, { as: staff("c-1", "clerk"), params: api.params, body: { officer: "c-2" } });
    expect((await api.store.find(api.params.id))?.timeline.at(-1)?.by.officer).toBe("c-1");
  });

  it("and not beyond them", async () => {
    const { call, params, decide } = await accepted();
    expect(code(await decide(staff("c-2", "clerk"), "handling"))).toBe("application.role-missing");
    expect((await decide(staff("o-1", "officer"), "handling")).status).toBe(200);
    expect(code(await decide(staff("o-1", "officer"), "approval"))).toBe("application.role-missing");
    const extension = { as: staff("o-1", "officer"), params, body: { reason: "案情复杂" } };
    expect(code(await call(extendApplication, extension))).toBe("application.role-missing");
    expect((await call(extendApplication, { ...extension, as: staff("a-1", "approver") })).status).toBe(200);
    const elsewhere = { ...staff("a-1", "approver"), division: "440604" };
    expect((await decide(elsewhere, "approval")).status).toBe(404);
  });

  it("but the clerk who accepted does not approve, nor who helped to fill it in", async () => {
    const { decide } = await accepted(rules({ stages: stages("approval") }));
    expect(code(await decide(staff("C-1", "approver"), "approval"))).toBe("application.same-officer");
    const api = applicationsApi([rules({ stages: stages("approval") })]);
    const helped = { ...person, helper: "a-1", counter: "v" } as const;
    const { body } = await api.call(submitApplication, { as: helped, body: submission({ applicant: undefined }) });
    await api.call(acceptApplication, { as: staff("c-1", "clerk"), params: { id: body.id }, body: {} });
    const answer = await api.call(decideStage, {
      as: staff("a-1", "approver"),
      params: { id: body.id, stage: "approval" },
      body: { outcome: "approve" },
    });
    expect(code(answer)).toBe("application.own-case");
  });

  it.each([
    ["applied for themselves", person, PERSON],
    ["applied for another under a mandate", agent, AGENT],
    ["is applied for by another", agent, PERSON],
  ])("nor at any stage who %s, whatever their staff number", async (_what, as, account) => {
    const api = applicationsApi([rules({ stages: stages("handling", "approval") })]);
    const { body } = await api.call(submitApplication, { as, body: submission({ applicant: undefined }) });
    const params = { id: body.id };
    await api.call(acceptApplication, { as: staff("c-1", "clerk"), params, body: {} });
    const decide = (stage: string, by: Verdict) =>
      api.call(decideStage, { as: by, params: { ...params, stage }, body: { outcome: "approve" } });
    const [officer, approver] = [staff("o-1", "officer"), staff("a-1", "approver")];
    const refused = await decide("handling", { ...officer, staffPerson: account });
    expect(refused).toMatchObject({
      status: 409,
      body: { type: "/problems/application.own-case", title: expect.stringContaining("不得办理本人申请") },
    });
    expect((await decide("handling", { ...officer, staffPerson: "01KB0M5Q2W8ZC3T7N4XJ6VHR9F" })).status).toBe(200);
    expect(code(await decide("approval", { ...approver, staffPerson: account }))).toBe("application.own-case");
    const approved = await decide("approval", approver);
    expect(approved.status).toBe(200);
    // The officer's own account is compared, and stands nowhere.
    const view = await api.call(readApplication, { as: department, params });
    expect(view.text).not.toContain("01KB0M5Q2W8ZC3T7N4XJ6VHR9F");
  });

  it("nor does the clerk who helped decide an instant item in the same breath", async () => {
    const api = applicationsApi([instantRules()]);
    const helped = { ...person, helper: "C-1", counter: "v" } as const;
    const sent = submission({ applicant: undefined, itemCode: instantRules().code });
    const { body } = await api.call(submitApplication, { as: helped, body: sent });
    const accept = (officer: string) =>
      api.call(acceptApplication, {
        as: staff(officer, "clerk"),
        params: { id: body.id },
        body: { decision: { outcome: "approve" } },
      });
    expect(code(await accept("c-1"))).toBe("application.own-case");
    expect((await accept("c-2")).status).toBe(200);
  });

  it("a claimed task is its officer's until it is done, given back, or released by a supervisor", async () => {
    const { call, params, decide, published } = await accepted();
    const claim = (as: Verdict) => call(claimTask, { as, params, body: {} });
    expect((await claim(staff("o-1", "officer"))).status).toBe(200);
    expect(published().at(-1)?.data.tasks).toMatchObject([{ kind: "decide", claimedBy: "o-1" }]);
    expect(code(await claim(staff("o-2", "officer")))).toBe("application.claimed");
    expect(code(await decide(staff("o-2", "officer"), "handling"))).toBe("application.claimed");
    const release = (as: Verdict) => call(releaseTask, { as, params, body: {} });
    expect(code(await release(staff("o-2", "officer")))).toBe("application.claimed");
    const mine = await call(listWorklist, { as: staff("o-1", "officer"), query: { list: "mine" } });
    expect(mine.body.items.map(({ id }: { id: string }) => id)).toEqual([params.id]);
    expect((await release(staff("s-1", "supervisor"))).status).toBe(200);
    expect((await claim(staff("O-2", "officer"))).status).toBe(200);
    expect((await decide(staff("o-2", "officer"), "handling")).status).toBe(200);
    // The claim ended with the task.
    expect((await decide(staff("a-1", "approver"), "approval")).status).toBe(200);
  });

  it("two who decide at once: one wins, the other is told", async () => {
    const { decide, published } = await accepted(rules({ stages: stages("approval") }));
    const before = published().length;
    const answers = await Promise.all([
      decide(staff("a-1", "approver"), "approval"),
      decide(staff("a-2", "approver"), "approval", { outcome: "refuse", reasons: ["不符合条件"] }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(published()).toHaveLength(before + 1);
  });

  it("only a supervisor reopens, with the complaint", async () => {
    const api = await submittedCase(rules({ handling: "instant", stages: [] }));
    const body = { decision: { outcome: "refuse", reasons: ["不符合条件"] } };
    await api.call(acceptApplication, { as: staff("c-1", "clerk"), params: api.params, body });
    const reopen = (as: Verdict) =>
      api.call(reopenApplication, { as, params: api.params, body: { complaint: "TS-2026-1", reason: "投诉成立" } });
    expect(code(await reopen(staff("a-1", "approver")))).toBe("application.role-missing");
    expect(code(await reopen(staff("s-1", "supervisor")))).toBe("application.not-closed");
  });
});

describe("the approval form", () => {
  const decided = async (answers: object[], more: object = { outcome: "approve" }) => {
    const api = await submittedCaseOf();
    await api.call(acceptApplication, { ...api.asDepartment, body: { officer: "c-1" } });
    return api.call(decideStage, { ...api.at("approval"), body: { officer: "a-1", answers, ...more } });
  };
  const submittedCaseOf = async () => {
    const api = applicationsApi([item]);
    const { body } = await api.call(submitApplication, { as: portal, body: { ...submission(), ...whole } });
    const params = { id: body.id as string };
    return {
      ...api,
      params,
      asDepartment: { as: department, params },
      at: (stage: string) => ({ as: department, params: { ...params, stage } }),
    };
  };
  const yes = (check: string) => ({ check, yes: true });
  const no = { check: "c2", yes: false, reason: "依据第十条，面积不足" };

  it.each([
    ["all yes, approved", [yes("c1"), yes("c2")], { outcome: "approve" }, 200, undefined],
    ["one no with its reason, refused", [yes("c1"), no], { outcome: "refuse" }, 200, undefined],
    ["one left out", [yes("c1")], { outcome: "approve" }, 422, "application.checks-unanswered"],
    [
      "one that is not asked",
      [yes("c1"), yes("c2"), yes("c3")],
      { outcome: "approve" },
      422,
      "application.check-unknown",
    ],
    ["one answered twice", [yes("c1"), yes("c1"), yes("c2")], { outcome: "approve" }, 422, "application.check-unknown"],
    [
      "a no without its reason",
      [yes("c1"), { check: "c2", yes: false }],
      { outcome: "refuse" },
      422,
      "application.check-reason-required",
    ],
    [
      "one no, and approved all the same",
      [yes("c1"), no],
      { outcome: "approve" },
      422,
      "application.decision-contradicts-checks",
    ],
    [
      "all yes, and refused all the same",
      [yes("c1"), yes("c2")],
      { outcome: "refuse", reasons: ["就是不行"] },
      422,
      "application.decision-contradicts-checks",
    ],
  ])("%s", async (_what, answers, more, status, refusal) => {
    const answer = await decided(answers, more);
    expect([answer.status, code(answer)]).toEqual([status, refusal]);
  });

  it("stands in the history with every answer and reason", async () => {
    const api = await submittedCaseOf();
    await api.call(acceptApplication, { ...api.asDepartment, body: { officer: "c-1" } });
    await api.call(decideStage, {
      ...api.at("approval"),
      body: { officer: "a-1", outcome: "refuse", answers: [yes("c1"), no] },
    });
    const { body } = await api.call(readApplication, { as: department, params: api.params });
    expect(body.timeline.at(-1)).toMatchObject({ step: "refused", reasons: [no.reason], answers: [yes("c1"), no] });
  });
});

describe("what follows", () => {
  it("a correction is asked for once and answered whole, and the days begin anew", async () => {
    const api = applicationsApi([item]);
    const { body } = await api.call(submitApplication, {
      as: hotline,
      body: submission({ itemCode: item.code, form: {}, situation: { o1: "a" } }),
    });
    const params = { id: body.id as string };
    const defects = [
      { material: "m1", what: "缺身份证" },
      { field: "面积", what: "未填面积" },
    ];
    const asked = await api.call(requestCorrection, { as: department, params, body: { officer: "c-1", defects } });
    expect(asked.body).toMatchObject({ status: "returned", correctBy: { date: "2026-12-04" } });
    const { body: returned } = await api.call(readApplication, { as: person, params });
    expect(returned.defects).toEqual(defects);
    // As the notice lists them: by the names that the applicant knows.
    expect(returned.timeline.at(-1).reasons).toEqual(["居民身份证：缺身份证", "面积（平方米）：未填面积"]);
    expect(returned.outcome).toBeUndefined();
    const correct = (more: object) => api.call(correctApplication, { as: person, params, body: more });
    const half = await correct({ materials: [{ material: "m1", onPaper: true }] });
    expect([code(half), half.body.errors]).toEqual([
      "application.materials-missing",
      [{ pointer: "/form/面积", detail: "未填面积" }],
    ]);
    expect(code(await correct({ form: { 面积: "x" }, materials: [{ material: "m1", onPaper: true }] }))).toBe(
      "application.form-invalid",
    );
    api.setNow("2026-11-25T02:00:00.000Z");
    const done = await correct({ form: { 面积: 3 }, materials: [{ material: "m1", onPaper: true }] });
    expect(done.body).toMatchObject({ status: "submitted", acceptBy: { date: "2026-12-02" } });
    const again = await api.call(requestCorrection, { as: department, params, body: { officer: "c-1", defects } });
    expect(code(again)).toBe("application.correction-used");
  });

  it("a deferred material is chased, supplied, and approved only then", async () => {
    const api = applicationsApi([item]);
    const materials = [whole.materials[0], { material: "m2", deferred: true }];
    const { body } = await api.call(submitApplication, {
      as: person,
      body: { ...submission({ applicant: undefined }), ...whole, materials },
    });
    const params = { id: body.id as string };
    await api.call(acceptApplication, { as: department, params, body: { officer: "c-1" } });
    expect(api.published().at(-1)?.data.tasks).toContainEqual(
      expect.objectContaining({ kind: "chase-material", dueBy: { date: "2026-11-27", provisional: false } }),
    );
    const approve = {
      officer: "a-1",
      outcome: "approve",
      answers: [
        { check: "c1", yes: true },
        { check: "c2", yes: true },
      ],
    };
    const decide = () =>
      api.call(decideStage, { as: department, params: { ...params, stage: "approval" }, body: approve });
    expect(code(await decide())).toBe("application.material-outstanding");
    const supply = (more: object, as: Verdict = person) =>
      api.call(supplyMaterial, { as, params, body: { supply: more } });
    expect(code(await supply({ material: "m1", onPaper: true }))).toBe("application.material-not-deferred");
    // That it is on paper is a clerk's to say, who has it in hand.
    const said = await supply({ material: "m2", onPaper: true });
    expect([code(said), said.body.errors]).toEqual([
      "application.material-unfit",
      [{ pointer: "/supply", detail: "纸质材料由窗口工作人员当面收取" }],
    ]);
    expect(code(await decide())).toBe("application.material-outstanding");
    const atCounter = { ...person, helper: "clerk-9", counter: "v-1" } as const;
    expect((await supply({ material: "m2", onPaper: true }, atCounter)).status).toBe(200);
    expect((await decide()).body.status).toBe("approved");
    const view = await api.call(readApplication, { as: person, params });
    expect(view.body).toMatchObject({ status: "approved", outcome: "approved" });
  });

  it("a promise is decided first, looked into later; a broken one is revoked and bars the next", async () => {
    const promising = rules({ ...item, commitment: true, stages: stages("handling", "approval") });
    const api = applicationsApi([promising]);
    const apply = () =>
      api.call(submitApplication, {
        as: person,
        body: {
          ...submission({ applicant: undefined }),
          ...whole,
          materials: [],
          commitment: { statement: "承诺符合全部法定条件" },
        },
      });
    const { body } = await apply();
    const params = { id: body.id as string };
    const accepted = await api.call(acceptApplication, { as: department, params, body: { officer: "c-1" } });
    expect(accepted.body.stage).toBe("approval");
    await api.call(decideStage, {
      as: department,
      params: { ...params, stage: "approval" },
      body: { officer: "a-1", outcome: "approve" },
    });
    expect(api.published().at(-1)?.data).toMatchObject({ commitment: true });
    const verify = (more: object) =>
      api.call(verifyCommitment, { as: department, params, body: { officer: "o-1", ...more } });
    expect(code(await verify({ found: "broken" }))).toBe("application.reason-required");
    expect((await verify({ found: "broken", reasons: ["现场与承诺不符"] })).body.status).toBe("revoked");
    expect(code(await apply())).toBe("application.commitment-barred");
    // The notice of revocation tells of the reconsideration; when that annuls it, the case is decided anew and nothing stands on record.
    const body2 = { complaint: "佛府复〔2026〕1号", reason: "复议决定撤销原撤销决定" };
    const reopened = await api.call(reopenApplication, { as: staff("s-1", "supervisor"), params, body: body2 });
    expect(reopened.body).toMatchObject({ status: "accepted", stage: "handling" });
    expect((await apply()).status).toBe(201);
  });
});
