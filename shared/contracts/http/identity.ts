import * as z from "zod";
import { Principal } from "./caller.ts";
import { ItemCode } from "./items.ts";
import { PageQuery, pageOf, type RefusalText, route } from "./route.ts";

const Ulid = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);
const Uscc = z.string().regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/, "unified social credit code (GB 32100)");
const Name = z.string().trim().min(1).max(100);
const IdNumber = z.string().min(15).max(24).describe("resident ID number (GB 11643), also 81/82/83 and 9...");
const Phone = z.string().min(5).max(24);
const Code = z.string().regex(/^\d{6}$/);
const Password = z.string().min(1).max(256);
const Source = z.union([z.ipv4(), z.ipv6()]).describe("the address of the person's own device, as the channel sees it");
const Proof = { challenge: Ulid, code: Code };
const ConsentPurpose = z.enum(["account", "sensitive-data", "guardian", "reuse-materials", "notices"]);
const NewConsent = z.object({ purpose: ConsentPurpose, textVersion: z.string().min(1).max(40) });
const MemberRole = z.enum(["admin", "handler"]);
const Scope = z.union([z.literal("all"), z.array(ItemCode).min(1).max(100)]);

/** Every refusal of accounts, for pages too. */
export const identityTexts = {
  "identity.too-many-attempts": {
    status: 429,
    zh: "操作过于频繁，请稍后再试。",
    en: "Too many attempts; please try again later.",
  },
  "challenge.phone-invalid": { status: 422, zh: "手机号码格式不正确。", en: "This is not a phone number." },
  "challenge.not-sent": {
    status: 409,
    zh: "短信暂时无法发送，请稍后重试。",
    en: "The message cannot be sent at the moment; please try again later.",
  },
  "challenge.wrong-code": {
    status: 422,
    zh: "验证码不正确或已失效。",
    en: "The code is wrong or no longer good.",
  },
  "sign-in.failed": {
    status: 401,
    zh: "账号或凭证不正确；一个手机号对应多个账号时，请使用身份证号登录。",
    en: "The account or what proves it is wrong; if a phone has several accounts, sign in with the ID number.",
  },
  "person.invalid-id-number": {
    status: 422,
    zh: "身份证件号码不正确，请核对。",
    en: "The ID number is not valid; please check it.",
  },
  "person.guardian-needed": {
    status: 422,
    zh: "未满十四周岁，须由监护人代为注册。",
    en: "A child under 14 is registered by a guardian.",
  },
  "person.not-a-child": {
    status: 422,
    zh: "已满十四周岁，请本人注册。",
    en: "From the age of 14 people register themselves.",
  },
  "person.consent-missing": {
    status: 422,
    zh: "缺少必要的同意：账户协议、敏感个人信息处理，未成年人另须监护人同意。",
    en: "A consent is missing: to the account, to the use of sensitive data, or the guardian's.",
  },
  "person.password-weak": {
    status: 422,
    zh: "密码过于简单：至少10个字符，不得包含证件号码或手机号。",
    en: "The password is too weak: at least 10 characters, without the ID number or the phone.",
  },
  "person.password-wrong": { status: 422, zh: "当前密码不正确。", en: "The current password is wrong." },
  "person.closed": {
    status: 404,
    zh: "没有这个账户，或账户已注销。",
    en: "There is no such account, or it is closed.",
  },
  "person.open-cases": {
    status: 409,
    zh: "尚有未办结的办件，暂不能注销账户。",
    en: "There are open cases; the account cannot be closed yet.",
  },
  "person.organisation-admin": {
    status: 409,
    zh: "您是某单位的唯一管理员，请先移交后再注销。",
    en: "You are an organisation's only admin; hand that on first.",
  },
  "person.assurance-too-low": {
    status: 403,
    zh: "实名等级不足，请先完成实名核验。",
    en: "Your identity is not verified well enough for this; verify it first.",
  },
  "person.acting-for-another": {
    status: 403,
    zh: "代他人办事时不能进行此操作，请切换回本人。",
    en: "This cannot be done while acting for another; act for yourself.",
  },
  "person.not-at-the-counter": {
    status: 403,
    zh: "窗口代办时不能进行此操作，请本人登录办理。",
    en: "This cannot be done at the counter; sign in yourself.",
  },
  "consent.not-given": { status: 409, zh: "没有可撤回的同意。", en: "There is no such consent to withdraw." },
  "consent.needed": {
    status: 409,
    zh: "此项同意为账户所必需，撤回请注销账户。",
    en: "The account cannot be without this consent; close the account instead.",
  },
  "upstream.assurance-too-low": {
    status: 403,
    zh: "上级平台的实名等级不足，请先在该平台完成实名认证。",
    en: "The other platform has not verified your identity well enough.",
  },
  "upstream.name-differs": {
    status: 409,
    zh: "姓名与已有账户不一致，请携带证件到窗口核实。",
    en: "The name differs from that of the account; please have it checked at a counter.",
  },
  "step-up.unavailable": {
    status: 409,
    zh: "实人核验服务暂不可用，请稍后重试。",
    en: "Verification is not available at the moment; please try again later.",
  },
  "step-up.refused": { status: 422, zh: "无法发起实人核验。", en: "The verification could not be begun." },
  "step-up.rejected": { status: 422, zh: "实人核验未通过。", en: "The verification has failed." },
  "step-up.pending": { status: 409, zh: "实人核验尚未完成。", en: "The verification has not ended yet." },
  "organisation.invalid-code": {
    status: 422,
    zh: "统一社会信用代码不正确。",
    en: "The unified social credit code is not valid.",
  },
  "organisation.not-representative": {
    status: 403,
    zh: "须由法定代表人本人注册。",
    en: "Only its legal representative may register it.",
  },
  "organisation.assurance-too-low": {
    status: 403,
    zh: "注册单位须先完成实名核验（二级及以上）。",
    en: "Verify your identity (level 2 or more) before you register an organisation.",
  },
  "organisation.exists": { status: 409, zh: "该单位已注册。", en: "The organisation is registered already." },
  "organisation.not-found": {
    status: 404,
    zh: "没有这个单位，或您不是其成员。",
    en: "There is no such organisation, or you are not one of its members.",
  },
  "member.unknown-person": { status: 422, zh: "没有这个用户。", en: "There is no such person." },
  "member.not-found": { status: 404, zh: "没有这个成员。", en: "There is no such member." },
  "member.last-admin": {
    status: 409,
    zh: "单位至少须有一名管理员。",
    en: "An organisation has at least one admin.",
  },
  "mandate.none": {
    status: 403,
    zh: "您无权代其办事，或授权已失效。",
    en: "You may not act for them, or no longer.",
  },
  "mandate.not-found": { status: 404, zh: "没有这个授权。", en: "There is no such mandate." },
  "mandate.not-yours-to-grant": {
    status: 403,
    zh: "只有委托人本人或单位管理员可以授权。",
    en: "Only the principal, or an organisation's admin, may grant this.",
  },
  "mandate.unknown-agent": { status: 422, zh: "没有这个受托人。", en: "There is no such agent." },
  "mandate.agent-is-principal": {
    status: 422,
    zh: "不能委托给自己。",
    en: "One cannot give a mandate to oneself.",
  },
  "mandate.invalid-period": {
    status: 422,
    zh: "授权期限须晚于现在，且不超过五年。",
    en: "A mandate ends after now, and within five years.",
  },
  "counter.not-a-clerk": { status: 403, zh: "只有窗口人员可以代办。", en: "Only clerks serve at the counter." },
  "counter.name-differs": {
    status: 409,
    zh: "姓名与该证件号码的账户不一致，请核对证件。",
    en: "The name differs from that of the account with this ID number; check the document.",
  },
  "counter.not-found": {
    status: 404,
    zh: "没有这次窗口服务，或已结束。",
    en: "There is no such visit, or it has ended.",
  },
} as const satisfies Record<string, RefusalText>;

const pick = <K extends keyof typeof identityTexts>(...codes: readonly K[]) =>
  Object.fromEntries(codes.map((code) => [code, identityTexts[code]])) as Pick<typeof identityTexts, K>;

const tag = "identity";

export const startPhoneChallenge = route({
  operation: "startPhoneChallenge",
  tag,
  summary: "Send a one-time code (验证码); the answer is the same whoever has that phone, or nobody",
  method: "POST",
  path: "/v1/phone-challenges",
  scopes: ["persons:register"],
  keyed: true,
  body: z.object({ phone: Phone, purpose: z.enum(["register", "change-phone", "close-account"]), source: Source }),
  success: {
    status: 201,
    schema: z
      .object({ challenge: Ulid, expiresAt: z.iso.datetime(), resendAfterSeconds: z.int() })
      .meta({ id: "PhoneChallenge" }),
  },
  refusals: pick("challenge.phone-invalid", "challenge.not-sent", "identity.too-many-attempts"),
});

export const registerPerson = route({
  operation: "registerPerson",
  tag,
  summary: "Register a natural person; the answer is the same when the ID number has an account already",
  method: "POST",
  path: "/v1/persons",
  scopes: ["persons:register"],
  keyed: true,
  body: z.object({
    name: Name,
    idNumber: IdNumber,
    phone: Phone,
    password: Password,
    ...Proof,
    consents: z.array(NewConsent).max(10),
    source: Source,
  }),
  success: { status: 201, schema: z.object({ next: z.literal("sign-in") }) },
  refusals: pick(
    "person.invalid-id-number",
    "person.guardian-needed",
    "person.consent-missing",
    "person.password-weak",
    "challenge.wrong-code",
    "identity.too-many-attempts",
  ),
});

export const verifyPerson = route({
  operation: "verifyPerson",
  tag,
  summary: "Whether an account is that of a name and an ID number; every question is recorded with its purpose",
  method: "POST",
  path: "/v1/persons/{id}/verifications",
  scopes: ["identity:verify"],
  pathParams: z.object({ id: Ulid }),
  keyed: true,
  body: z.object({ name: Name, idNumber: IdNumber, purpose: z.enum(["acceptance", "decision", "delivery"]) }),
  success: { status: 200, schema: z.object({ matches: z.boolean(), assurance: z.int().min(0).max(3).optional() }) },
  refusals: {},
});

export const registerWard = route({
  operation: "registerWard",
  tag,
  summary: "A guardian registers a child under 14, and acts for it",
  method: "POST",
  path: "/v1/me/wards",
  scopes: ["persons:self"],
  keyed: true,
  body: z.object({ name: Name, idNumber: IdNumber, consents: z.array(NewConsent).max(10) }),
  success: { status: 201, schema: z.object({ next: z.literal("act-for-ward") }) },
  refusals: pick(
    "person.invalid-id-number",
    "person.not-a-child",
    "person.assurance-too-low",
    "person.consent-missing",
    "person.acting-for-another",
    "person.not-at-the-counter",
    "identity.too-many-attempts",
  ),
});

const Consent = NewConsent.extend({
  at: z.iso.datetime(),
  channel: z.string().optional(),
  withdrawnAt: z.iso.datetime().optional(),
}).meta({ id: "Consent" });

const OwnAccount = z
  .object({
    id: Ulid,
    version: z.int().positive(),
    name: z.string().describe("one character is kept"),
    idNumber: z.string().describe("first and last character are kept"),
    phone: z.string().optional().describe("first 3 and last 4 digits are kept"),
    assurance: z.object({
      level: z.int().min(0).max(3),
      method: z.string(),
      at: z.iso.datetime(),
      by: z.string().optional(),
    }),
    hasPassword: z.boolean(),
    consents: z.array(Consent),
    upstreams: z.array(z.string()),
    registeredAt: z.iso.datetime(),
  })
  .meta({ id: "OwnAccount" });

export const readMe = route({
  operation: "readMe",
  tag,
  summary: "One's own account, masked; a guardian reads the ward's",
  method: "GET",
  path: "/v1/me",
  scopes: ["persons:self"],
  success: { status: 200, schema: OwnAccount, version: (view) => view.version },
  refusals: pick("person.closed", "person.acting-for-another"),
});

export const listPrincipals = route({
  operation: "listPrincipals",
  tag,
  summary: "For whom one may act now; oneself first",
  method: "GET",
  path: "/v1/me/principals",
  scopes: ["persons:self"],
  success: {
    status: 200,
    schema: z.object({
      items: z.array(
        z.object({
          principal: Principal,
          ground: z.enum(["mandate", "member", "guardian"]).optional(),
          name: z.string(),
          scope: z.union([z.literal("all"), z.array(z.string())]),
          validUntil: z.iso.datetime().optional(),
        }),
      ),
    }),
  },
  refusals: {},
});

export const changePhone = route({
  operation: "changePhone",
  tag,
  summary: "Change one's phone, the new one proven by a code",
  method: "POST",
  path: "/v1/me/phone",
  scopes: ["persons:self"],
  keyed: true,
  body: z.object({ phone: Phone, ...Proof }),
  success: { status: 200, schema: z.object({ version: z.int() }) },
  refusals: pick(
    "challenge.wrong-code",
    "person.closed",
    "person.acting-for-another",
    "person.not-at-the-counter",
    "identity.too-many-attempts",
  ),
});

export const changePassword = route({
  operation: "changePassword",
  tag,
  summary: "Change one's password",
  method: "POST",
  path: "/v1/me/password",
  scopes: ["persons:self"],
  keyed: true,
  body: z.object({ current: Password, wanted: Password }),
  success: { status: 200, schema: z.object({ version: z.int() }) },
  refusals: pick(
    "person.password-wrong",
    "person.password-weak",
    "person.acting-for-another",
    "person.not-at-the-counter",
    "identity.too-many-attempts",
  ),
});

export const giveConsent = route({
  operation: "giveConsent",
  tag,
  summary: "Agree to a purpose",
  method: "POST",
  path: "/v1/me/consents",
  scopes: ["persons:self"],
  keyed: true,
  body: NewConsent,
  success: { status: 200, schema: z.object({ items: z.array(Consent) }) },
  refusals: pick("person.closed", "person.acting-for-another", "person.not-at-the-counter"),
});

export const withdrawConsent = route({
  operation: "withdrawConsent",
  tag,
  summary: "Withdraw a consent; what was lawful until then stays so",
  method: "DELETE",
  path: "/v1/me/consents/{purpose}",
  scopes: ["persons:self"],
  pathParams: z.object({ purpose: ConsentPurpose }),
  success: { status: 200, schema: z.object({ items: z.array(Consent) }) },
  refusals: pick(
    "consent.not-given",
    "consent.needed",
    "person.closed",
    "person.acting-for-another",
    "person.not-at-the-counter",
  ),
});

export const listAccesses = route({
  operation: "listAccesses",
  tag,
  summary: "Who looked at one's data, when and why, newest first",
  method: "GET",
  path: "/v1/me/accesses",
  scopes: ["persons:self"],
  query: PageQuery,
  success: {
    status: 200,
    schema: pageOf(
      z
        .object({
          id: z.string(),
          at: z.iso.datetime(),
          by: z.object({ client: z.string(), staff: z.string().optional() }),
          department: z.string().optional(),
          purpose: z.string(),
          what: z.string(),
          reference: z.string().optional(),
        })
        .meta({ id: "AccessEntry" }),
    ),
  },
  refusals: pick("person.acting-for-another", "person.not-at-the-counter"),
});

export const exportMe = route({
  operation: "exportMe",
  tag,
  summary: "Everything that is held of oneself, unmasked",
  method: "POST",
  path: "/v1/me/export",
  scopes: ["persons:self"],
  keyed: true,
  success: { status: 200, schema: z.record(z.string(), z.unknown()) },
  refusals: pick("person.closed", "person.acting-for-another", "person.not-at-the-counter"),
});

export const closeMe = route({
  operation: "closeMe",
  tag,
  summary: "Close one's account; what law requires stays under a pseudonym",
  method: "POST",
  path: "/v1/me/close",
  scopes: ["persons:self"],
  keyed: true,
  body: z.union([z.object({ password: Password }), z.object(Proof)]),
  success: { status: 200, schema: z.object({ closedAt: z.iso.datetime() }) },
  refusals: pick(
    "person.closed",
    "person.open-cases",
    "person.organisation-admin",
    "person.password-wrong",
    "challenge.wrong-code",
    "person.acting-for-another",
    "person.not-at-the-counter",
    "identity.too-many-attempts",
  ),
});

const Organisation = z
  .object({
    uscc: Uscc,
    version: z.int().positive(),
    name: z.string(),
    kind: z.enum(["enterprise", "public-institution", "social-organisation", "government-organ"]),
    members: z.array(z.object({ person: Ulid, name: z.string(), roles: z.array(MemberRole), since: z.iso.datetime() })),
    checked: z.boolean().describe("false for an early code whose check character is wrong"),
    registeredAt: z.iso.datetime(),
  })
  .meta({ id: "Organisation" });
const organisation = {
  status: 200,
  schema: Organisation,
  version: (view: { version: number }) => view.version,
} as const;

export const registerOrganisation = route({
  operation: "registerOrganisation",
  tag,
  summary: "Register a legal person; done by its legal representative, who is its first admin",
  method: "POST",
  path: "/v1/organisations",
  scopes: ["organisations:manage"],
  keyed: true,
  body: z.object({
    uscc: Uscc,
    name: z.string().trim().min(2).max(200),
    kind: Organisation.shape.kind,
    representative: z.object({ name: Name, idNumber: IdNumber }),
  }),
  success: { ...organisation, status: 201 },
  refusals: pick(
    "organisation.invalid-code",
    "organisation.not-representative",
    "organisation.assurance-too-low",
    "organisation.exists",
    "person.acting-for-another",
    "person.not-at-the-counter",
  ),
});

const byUscc = z.object({ uscc: Uscc });

export const readOrganisation = route({
  operation: "readOrganisation",
  tag,
  summary: "An organisation one is a member of",
  method: "GET",
  path: "/v1/organisations/{uscc}",
  scopes: ["organisations:manage"],
  pathParams: byUscc,
  success: organisation,
  refusals: pick("organisation.not-found"),
});

const byMember = byUscc.extend({ person: Ulid });

export const setMember = route({
  operation: "setOrganisationMember",
  tag,
  summary: "Take a member in, or change their roles; by an admin",
  method: "PUT",
  path: "/v1/organisations/{uscc}/members/{person}",
  scopes: ["organisations:manage"],
  pathParams: byMember,
  body: z.object({ roles: z.array(MemberRole).min(1).max(2) }),
  success: organisation,
  refusals: pick("organisation.not-found", "member.unknown-person", "member.last-admin"),
});

export const removeMember = route({
  operation: "removeOrganisationMember",
  tag,
  summary: "Let a member go; effective at once, in tokens that are out too",
  method: "DELETE",
  path: "/v1/organisations/{uscc}/members/{person}",
  scopes: ["organisations:manage"],
  pathParams: byMember,
  success: organisation,
  refusals: pick("organisation.not-found", "member.not-found", "member.last-admin"),
});

const Mandate = z
  .object({
    id: Ulid,
    version: z.int().positive(),
    principal: Principal,
    principalName: z.string().describe("a person's is masked"),
    agent: Ulid,
    agentName: z.string().describe("masked"),
    scope: z.union([z.literal("all"), z.array(z.string())]),
    validUntil: z.iso.datetime(),
    status: z.enum(["active", "expired", "revoked"]),
    grantedAt: z.iso.datetime(),
  })
  .meta({ id: "Mandate" });
const mandate = { status: 200, schema: Mandate, version: (view: { version: number }) => view.version } as const;

export const grantMandate = route({
  operation: "grantMandate",
  tag,
  summary: "Grant a mandate (委托授权) for oneself or for the organisation one acts for",
  method: "POST",
  path: "/v1/mandates",
  scopes: ["mandates:manage"],
  keyed: true,
  body: z.object({
    agent: Ulid,
    scope: Scope,
    validUntil: z.iso.datetime(),
    evidence: z.object({ file: z.string().min(1).max(200), sha256: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
  }),
  success: { ...mandate, status: 201 },
  refusals: pick(
    "mandate.not-yours-to-grant",
    "mandate.unknown-agent",
    "mandate.agent-is-principal",
    "mandate.invalid-period",
    "person.assurance-too-low",
    "person.not-at-the-counter",
  ),
});

export const listMandates = route({
  operation: "listMandates",
  tag,
  summary: "Mandates that the principal one acts for has given, or that one holds oneself",
  method: "GET",
  path: "/v1/mandates",
  scopes: ["mandates:manage"],
  query: z.object({ as: z.enum(["principal", "agent"]).default("principal") }),
  success: { status: 200, schema: z.object({ items: z.array(Mandate) }) },
  refusals: pick("mandate.not-yours-to-grant"),
});

const byMandate = z.object({ id: Ulid });

export const revokeMandate = route({
  operation: "revokeMandate",
  tag,
  summary: "Revoke a mandate, or lay it down; effective at once, in tokens that are out too",
  method: "POST",
  path: "/v1/mandates/{id}/revoke",
  scopes: ["mandates:manage"],
  pathParams: byMandate,
  keyed: true,
  success: mandate,
  refusals: pick("mandate.not-found"),
});

export const verifyMandate = route({
  operation: "verifyMandate",
  tag,
  summary: "Whether a mandate is good now; for departments",
  method: "GET",
  path: "/v1/mandates/{id}/validity",
  scopes: ["identity:verify"],
  pathParams: byMandate,
  success: mandate,
  refusals: pick("mandate.not-found"),
});

const CounterSession = z
  .object({
    id: Ulid,
    staff: z.string(),
    department: z.string(),
    person: Ulid,
    principal: Principal,
    openedAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    status: z.enum(["open", "ended"]),
  })
  .meta({ id: "CounterSession" });

export const openCounterSession = route({
  operation: "openCounterSession",
  tag,
  summary: "Serve someone who is present and shows a document (窗口代办); ends by itself after 30 minutes",
  method: "POST",
  path: "/v1/counter-sessions",
  scopes: ["counter:assist"],
  keyed: true,
  body: z.object({ name: Name, idNumber: IdNumber, phone: Phone.optional(), actFor: Principal.optional() }),
  success: { status: 201, schema: CounterSession },
  refusals: pick(
    "person.invalid-id-number",
    "person.guardian-needed",
    "counter.not-a-clerk",
    "counter.name-differs",
    "mandate.none",
  ),
});

export const endCounterSession = route({
  operation: "endCounterSession",
  tag,
  summary: "The visit is over: its tokens are refused from now on",
  method: "POST",
  path: "/v1/counter-sessions/{id}/end",
  scopes: ["counter:assist"],
  pathParams: z.object({ id: Ulid }),
  keyed: true,
  success: { status: 200, schema: CounterSession },
  refusals: pick("counter.not-found"),
});
