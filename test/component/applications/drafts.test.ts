import { describe, expect, it } from "vitest";
import {
  beginDraft,
  discardDraft,
  readDraft,
  saveDraft,
  searchDrafts,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import { otherPerson } from "#test/support/applications.ts";
import { applicationsApi, hotline, portal, submission } from "#test/support/applications-api.ts";
import { problemOf as code, person, stranger } from "#test/support/case-people.ts";
import { item, whole } from "#test/support/demanding-item.ts";

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
