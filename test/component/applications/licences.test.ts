import { describe, expect, it } from "vitest";
import { consentTexts } from "#functions/identity/pages/consent-texts.ts";
import { REUSE_CONSENT } from "#shared/contracts/consents.ts";
import {
  acceptApplication,
  concludeApplication,
  readApplication,
  reopenApplication,
  searchApplications,
  searchLicences,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import {
  applicant,
  caseIn,
  company,
  instantRules,
  materialRules,
  otherPerson,
  RECEIVED,
  rules,
  stages,
} from "#test/support/applications.ts";
import { applicationsApi, department, portal, submission } from "#test/support/applications-api.ts";

const TYPE = "不动产权证书";
const issuing = instantRules({
  code: "11440606MB2D26310W4440712002041",
  licence: { type: TYPE, years: 5 },
  applicants: ["natural", "legal"],
});
const wanting = rules({
  materials: [
    materialRules({ id: "m1", name: "权属证书", licenceTypes: [TYPE], required: false }),
    materialRules({ id: "m2", name: "身份证", required: false }),
  ],
});
const { kind, idNumber } = applicant();
const asOfficer = { as: department, body: { officer: "ss-sj-0203" } };

const city = () => applicationsApi([issuing, wanting]);
type City = ReturnType<typeof city>;

const decided = async (api: City, whose = applicant(), outcome: "approve" | "refuse" = "approve") => {
  const { body } = await api.call(submitApplication, {
    as: portal,
    body: submission({ itemCode: issuing.code, applicant: whose }),
  });
  const params = { id: body.id as string };
  await api.call(acceptApplication, {
    ...asOfficer,
    params,
    body: { officer: "ss-sj-0203", decision: { outcome, reasons: outcome === "refuse" ? ["不符合条件"] : [] } },
  });
  return params;
};
const issued = async (...how: Parameters<typeof decided>) => {
  const params = await decided(...how);
  const { status } = await how[0].call(concludeApplication, { ...asOfficer, params });
  expect(status).toBe(200);
  return params.id;
};
const offered = async (api: City, material?: string) => {
  const { body } = await api.call(searchLicences, {
    as: portal,
    body: { applicant: { kind, idNumber }, ...(material && { material: { itemCode: wanting.code, material } }) },
  });
  return body.items ?? body.type;
};
const attach = (api: City, more: object) =>
  api.call(submitApplication, {
    as: portal,
    body: {
      ...submission({ itemCode: wanting.code }),
      materials: [{ material: "m1", consent: REUSE_CONSENT, ...more }],
    },
  });
const faults = async (api: City, more: object) => {
  const { body } = await attach(api, more);
  return body.errors?.map(({ code, pointer }: { code: string; pointer: string }) => `${code} ${pointer}`);
};

describe("a licence that was issued here", () => {
  it("is offered to its holder with its grade, for the materials that take it, and attached by reference", async () => {
    const api = city();
    const id = await issued(api);
    await issued(api, otherPerson);
    await decided(api);
    await issued(api, applicant(), "refuse");
    const licence = { id, licenceType: TYPE, itemCode: issuing.code, itemName: issuing.name, grade: "A" };
    expect(await offered(api)).toMatchObject([licence]);
    expect(await offered(api, "m1")).toMatchObject([licence]);
    expect(await offered(api, "m2")).toEqual([]);
    expect(await offered(api, "m9")).toBe("/problems/application.material-unknown");

    const { status, body } = await attach(api, { issued: id });
    expect(status).toBe(201);
    const view = await api.call(readApplication, { as: department, params: { id: body.id } });
    expect(view.body.materials).toEqual([{ material: "m1", issued: id, consent: REUSE_CONSENT, grade: "A" }]);
  });

  it("supplies nothing when it is another's, refused, not issued yet, or of a type that the material does not take", async () => {
    const api = city();
    const notFound = ["licence.not-found /materials/0"];
    expect(await faults(api, { issued: await issued(api, otherPerson) })).toEqual(notFound);
    expect(await faults(api, { issued: await issued(api, company) })).toEqual(notFound);
    expect(await faults(api, { issued: (await decided(api)).id })).toEqual(notFound);
    expect(await faults(api, { issued: await issued(api, applicant(), "refuse") })).toEqual(notFound);
    expect(await faults(api, { issued: derivedId("nothing") })).toEqual(notFound);
    expect(await faults(api, { material: "m2", issued: await issued(api) })).toEqual([
      "licence.type-differs /materials/0",
    ]);
  });

  it("supplies nothing once it is revoked, nor while its case is reopened", async () => {
    const api = city();
    const promising = rules({ stages: stages("approval"), commitment: true, licence: { type: TYPE } });
    const revoked = { ...caseIn("revoked", promising), id: derivedId("revoked"), version: 1 };
    await api.store.save({ state: revoked, at: RECEIVED, events: [] });
    expect(await offered(api)).toEqual([]);
    expect(await faults(api, { issued: revoked.id })).toEqual(["licence.revoked /materials/0"]);

    const id = await issued(api);
    const reopened = await api.call(reopenApplication, {
      as: { ...department, client: "desk", staff: "s-1", roles: ["supervisor"], scopes: "applications:supervise" },
      params: { id },
      body: { complaint: "粤府复〔2026〕1号", reason: "复议决定撤销原决定" },
    });
    expect(reopened.status).toBe(200);
    expect(await offered(api)).toEqual([]);
    expect(await faults(api, { issued: id })).toEqual(["licence.not-found /materials/0"]);
  });

  it("supplies nothing from the day on which its term is over", async () => {
    const api = city();
    const id = await issued(api);
    api.setNow("2031-11-21T15:59:59.000Z");
    expect(await offered(api)).toMatchObject([{ id, licenceUntil: "2031-11-22" }]);
    api.setNow("2031-11-21T16:00:00.000Z");
    expect(await offered(api)).toEqual([]);
    expect(await faults(api, { issued: id })).toEqual(["licence.expired /materials/0"]);
  });

  it("issued on a leap day is listed like any other, and is over after the last day of its last February", async () => {
    const api = city();
    api.setNow("2028-02-29T02:00:00.000Z");
    const id = await issued(api);
    expect(await offered(api)).toMatchObject([{ id, licenceUntil: "2033-03-01" }]);
    const { body } = await api.call(searchApplications, { as: portal, body: { applicant: { kind, idNumber } } });
    expect(body.items).toMatchObject([{ id, status: "concluded" }]);
    api.setNow("2033-02-28T15:59:59.999Z");
    expect(await offered(api)).toMatchObject([{ id }]);
    api.setNow("2033-02-28T16:00:00.000Z");
    expect(await offered(api)).toEqual([]);
  });

  it("is attached under the text that people are shown where they consent", () =>
    expect(consentTexts["reuse-materials"].version).toBe(REUSE_CONSENT));

  it("needs the consent in force", async () => {
    const api = city();
    const id = await issued(api);
    for (const consent of [undefined, "", "reuse-materials-2025-01"]) {
      const { body } = await attach(api, { issued: id, consent });
      expect(body.type, consent).toBe("/problems/request.invalid");
    }
  });
});

it("a licence of another issuer is taken as stated, and the officer sees that nobody has verified it", async () => {
  const api = city();
  const { body } = await api.call(submitApplication, {
    as: portal,
    body: { ...submission({ itemCode: wanting.code }), materials: [{ material: "m1", licence: "粤房地权证 123" }] },
  });
  const view = await api.call(readApplication, { as: department, params: { id: body.id } });
  expect(view.body.materials).toEqual([{ material: "m1", licence: "粤房地权证 123", grade: "D" }]);
});
