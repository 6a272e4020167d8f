import { ajvForms } from "#functions/applications/adapters/ajv-forms.ts";
import { caseLicences } from "#functions/applications/adapters/case-licences.ts";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { memoryDrafts } from "#functions/applications/adapters/memory-drafts.ts";
import { memoryFiles } from "#functions/applications/adapters/memory-files.ts";
import { memoryItems } from "#functions/applications/adapters/memory-items.ts";
import type { Applicant, CaseMaterial } from "#functions/applications/domain/application.ts";
import type { ItemRules } from "#functions/applications/domain/item-rules.ts";
import type { FileFacts } from "#functions/applications/domain/materials.ts";
import type { ApplicantKey, Applications } from "#functions/applications/domain/ports.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { applicationEndpoints } from "#functions/applications/http/index.ts";
import { submitApplication } from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { applicant, cipher, form, RECEIVED, rules } from "./applications.ts";
import { requestTo, type Said, said } from "./http-request.ts";

const channelScopes = "applications:submit applications:read";
const departmentScopes = "applications:read applications:decide applications:personal";

export const portal = { client: "portal", channel: "portal", scopes: channelScopes } as const satisfies Verdict;
export const hotline = { client: "hotline", channel: "hotline", scopes: channelScopes } as const satisfies Verdict;
export const department = {
  client: "dept-land",
  scopes: departmentScopes,
  department: "11440606MB2D26310W",
  division: "440606",
} as const satisfies Verdict;
export const cityOffice = { ...department, client: "dept-land-city", division: "440600" } as const satisfies Verdict;
export const otherDepartment = {
  ...department,
  client: "dept-market",
  department: "11440606MB2D0123XA",
} as const satisfies Verdict;

export interface Call {
  readonly as: Verdict;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Left out: a new one for every call. */
  readonly key?: string;
  readonly ifMatch?: string;
}

/** The API of the capability with memory behind it, on a clock that stands until it is moved. */
export const applicationsApi = (
  items: readonly ItemRules[] = [rules()],
  wrap: (applications: Applications) => Applications = (same) => same,
  files: readonly (FileFacts & { readonly owner: ApplicantKey })[] = [],
) => {
  const store = memoryApplications(cipher);
  const itemStore = memoryItems(items);
  let now = RECEIVED;
  let keys = 0;
  const deps = {
    applications: wrap(store),
    items: itemStore,
    files: memoryFiles(files),
    licences: caseLicences(store, () => now),
    forms: ajvForms(),
    drafts: memoryDrafts(cipher, () => now),
    settings: defaultSettings,
    now: () => now,
  };
  const lambda = httpLambda(applicationEndpoints(deps));
  return {
    deps,
    store,
    items: itemStore,
    published: store.published,
    setNow: (at: string) => {
      now = at;
    },
    async call(
      contract: Pick<Route, "method" | "path">,
      { as, params, query, body, key, ifMatch }: Call,
    ): Promise<Said> {
      const headers = { "idempotency-key": key ?? `key-${++keys}`, ...(ifMatch && { "if-match": ifMatch }) };
      return said(await lambda(requestTo(contract, { verdict: as, params, query, body, headers })));
    },
  };
};
export type ApplicationsApi = ReturnType<typeof applicationsApi>;

export const submission = (
  more: {
    itemCode?: string;
    applicant?: Applicant | undefined;
    form?: Record<string, unknown>;
    materials?: readonly CaseMaterial[];
    situation?: Record<string, string>;
    commitment?: { statement: string };
    draft?: string;
  } = {},
) => ({
  itemCode: rules().code,
  applicant: applicant(),
  form,
  ...more,
});

/** A case that a channel has just brought in, and how its department calls for it. */
export const submittedCase = async (item: ItemRules = rules()) => {
  const api = applicationsApi([item]);
  const { body } = await api.call(submitApplication, { as: portal, body: submission({ itemCode: item.code }) });
  const params = { id: body.id as string };
  const at = (stage: string) => ({ as: department, params: { ...params, stage } });
  return { ...api, params, at, asDepartment: { as: department, params } };
};
