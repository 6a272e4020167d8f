import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { ajvForms } from "#functions/applications/adapters/ajv-forms.ts";
import { caseLicences } from "#functions/applications/adapters/case-licences.ts";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { memoryDrafts } from "#functions/applications/adapters/memory-drafts.ts";
import { memoryFiles } from "#functions/applications/adapters/memory-files.ts";
import { memoryItems } from "#functions/applications/adapters/memory-items.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { applicationEndpoints } from "#functions/applications/http/index.ts";
import { contentInspector } from "#functions/applications/materials/adapters/content-inspector.ts";
import { itemMaterials } from "#functions/applications/materials/adapters/item-materials.ts";
import { memoryFileBytes } from "#functions/applications/materials/adapters/memory-file-bytes.ts";
import { memoryFiles as memoryUploads } from "#functions/applications/materials/adapters/memory-files.ts";
import { fileEndpoints } from "#functions/applications/materials/http/index.ts";
import { memoryReceiptBytes, memoryReceipts } from "#functions/applications/receipts/adapters/memory-receipts.ts";
import { receiptEndpoints } from "#functions/applications/receipts/http/reading.ts";
import { exchangingEndpoints } from "#functions/catalogue/http/exchanging.ts";
import { keepingDirectoryEndpoints } from "#functions/catalogue/http/keeping-directory.ts";
import { managingEndpoints } from "#functions/catalogue/http/managing.ts";
import { readingEndpoints } from "#functions/catalogue/http/reading.ts";
import { authorizer } from "#functions/identity/authorizer.ts";
import { identityEndpoints } from "#functions/identity/http/index.ts";
import { logisticsEndpoints } from "#functions/logistics/http/index.ts";
import { memoryChatAccounts } from "#functions/notifications/adapters/memory-chat-accounts.ts";
import { memoryPersonMessages, memoryPreferences } from "#functions/notifications/adapters/memory-person-messages.ts";
import { memoryTodos } from "#functions/notifications/adapters/memory-todos.ts";
import { taskEndpoints } from "#functions/notifications/http/list-tasks.ts";
import { messageEndpoints } from "#functions/notifications/http/messages.ts";
import { startChatBindingEndpoint } from "#functions/notifications/http/start-chat-binding.ts";
import { addressRules } from "#functions/webhooks/adapters/address-rules.ts";
import { guardedPost } from "#functions/webhooks/adapters/guarded-post.ts";
import { memoryDeliveries } from "#functions/webhooks/adapters/memory-deliveries.ts";
import { memoryEndpoints } from "#functions/webhooks/adapters/memory-endpoints.ts";
import { memoryEventConsumers } from "#functions/webhooks/adapters/memory-event-consumers.ts";
import { memoryFeedLog } from "#functions/webhooks/adapters/memory-feed-log.ts";
import { memoryLanes } from "#functions/webhooks/adapters/memory-lanes.ts";
import { memoryRecoveries } from "#functions/webhooks/adapters/memory-recoveries.ts";
import { memoryWakes } from "#functions/webhooks/adapters/memory-wakes.ts";
import { secretVault } from "#functions/webhooks/adapters/secret-vault.ts";
import { feedAppender } from "#functions/webhooks/feed/append.ts";
import { createEndpointEndpoint } from "#functions/webhooks/http/create-endpoint.ts";
import { deliveryEndpoints } from "#functions/webhooks/http/deliveries.ts";
import { eventConsumerEndpoints } from "#functions/webhooks/http/event-consumers.ts";
import { manageEndpoints } from "#functions/webhooks/http/manage-endpoint.ts";
import { pullEventsEndpoint } from "#functions/webhooks/http/pull-events.ts";
import { StaffRole } from "#shared/contracts/events/identity.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { scopes } from "#shared/contracts/http/scopes.ts";
import type { Endpoint } from "#shared/runtime/endpoint.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { catalogueStage, cityData, HOUSE, realItem } from "#test/support/catalogue.ts";
import type { ActorName } from "./access-table.ts";
import { clerk, consents, identityStage, justNow, li, residentId, wang, zhang } from "./accounts-stage.ts";
import { cipher, rules } from "./applications.ts";
import { submission } from "./applications-api.ts";
import { requestTo, said } from "./http-request.ts";
import { address, caseFacts, logisticsStage } from "./logistics.ts";
import { opened as openedOrder, paymentsStage } from "./payments.ts";
import { caseEvent } from "./webhooks-stage.ts";

const issuer = "https://api.example/oidc";
const allScopes = Object.keys(scopes).join(" ");
const uscc = "91440300708461136T";
const until = "2027-01-01T00:00:00.000Z";
const place = { department: rules().department.uscc, division: rules().division };
const elsewhere = { ...place, department: "11440606MB2D0123XA" };
const pair = await generateKeyPair("ES256", { extractable: true });
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k", alg: "ES256" }] });

/** What is sent to a route: everything right, so that only who asks decides. */
export interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A small city with one of each, to ask the cells of the table in. */
export const accessWorld = async () => {
  const stage = identityStage();
  const { accounts } = stage;
  const boss = await stage.person(zhang);
  const agent = await stage.person(li);
  const stranger = await stage.person(wang);
  const ward = await stage.ward(boss);
  for (const [staff, roles] of [
    [clerk.staff, ["clerk"]],
    ["op-1", ["operator"]],
    ["of-1", ["officer"]],
    ["ap-1", ["approver"]],
    ["su-1", ["supervisor"]],
    ["cm-1", ["catalogue-manager"]],
  ] as const) {
    await stage.staff.save({ ...clerk, ...place, staff, roles: [...roles] }, stage.clock());
  }
  await stage.staff.save({ ...clerk, ...elsewhere, staff: "el-1", roles: [...StaffRole.options] }, stage.clock());
  const company = { uscc, name: "示例科技有限公司", kind: "enterprise" as const };
  await accounts.registerOrganisation(justNow(boss), {
    ...company,
    representative: { name: zhang.name, idNumber: zhang.idNumber },
  });
  const grant = async (id: string, by: "natural" | "legal") =>
    accounts.grantMandate(justNow(boss), {
      id,
      fingerprint: id,
      principal: { kind: by, id: by === "legal" ? uscc : boss },
      agent,
      scope: "all",
      validUntil: until,
    });
  const mandate = "01KB0M6A4B5C6D7E8F9G0H1J2K";
  await grant(mandate, "natural");
  await accounts.giveConsent(justNow(boss), { purpose: "notices", textVersion: "1" }, { source: "192.0.2.1" });
  const opened = await accounts.openCounterSession(clerk.staff, wang, { source: "192.0.2.1" });
  const visit = opened.ok ? opened.value.id : "";

  const now = stage.clock;
  const applications = memoryApplications(cipher);
  const files = memoryUploads(cipher);
  const webhooks = {
    endpoints: memoryEndpoints(),
    lanes: memoryLanes(),
    deliveries: memoryDeliveries(),
    recoveries: memoryRecoveries(now),
    log: memoryFeedLog(),
    wakes: memoryWakes(),
    consumers: memoryEventConsumers(),
    vault: secretVault(cipher),
    guard: guardedPost({
      rules: addressRules(""),
      timeout: 1000,
      resolve: async () => [{ address: "93.184.216.34", family: 4 }],
    }),
    pause: async () => {},
    now,
  };
  const payments = paymentsStage({ now });
  const order = openedOrder({ ...place, applicant: { kind: "natural", id: boss } }, now());
  await payments.orders.save(order);
  const byOrder = { id: order.order.id };
  const byDay = { provider: "wechat", date: "2026-11-01" };
  const logistics = logisticsStage({ now });
  const theCase = { ...caseFacts(), ...place, applicant: { kind: "natural", id: boss } } as const;
  await logistics.deps.cases.keep(theCase);
  const catalogue = await catalogueStage();
  await catalogue.run({ ...cityData(), items: cityData().items.filter(({ code }) => code === HOUSE) });
  const endpoints: readonly Endpoint[] = [
    ...logisticsEndpoints(logistics.deps),
    ...identityEndpoints(accounts),
    ...taskEndpoints({ todos: memoryTodos(), worklistUrl: "https://city.example/" }),
    ...messageEndpoints({
      messages: memoryPersonMessages(),
      preferences: memoryPreferences(),
      log: { ofCase: async () => ({ items: [] }) },
      now,
    }),
    startChatBindingEndpoint({ accounts: memoryChatAccounts(new Map()), cipher, now }),
    ...applicationEndpoints({
      applications,
      items: memoryItems([rules()]),
      licences: caseLicences(applications, now),
      files: memoryFiles(),
      forms: ajvForms(),
      drafts: memoryDrafts(cipher, now),
      settings: defaultSettings,
      now,
    }),
    ...fileEndpoints({
      files,
      bytes: memoryFileBytes(),
      inspector: contentInspector,
      materials: itemMaterials(memoryItems([rules()])),
      applications,
      now,
    }),
    ...receiptEndpoints({ applications, receipts: memoryReceipts(), receiptBytes: memoryReceiptBytes(), files, now }),
    ...payments.endpoints,
    createEndpointEndpoint(webhooks),
    ...readingEndpoints(catalogue),
    ...managingEndpoints(catalogue),
    ...exchangingEndpoints(catalogue),
    ...keepingDirectoryEndpoints(catalogue),
    ...manageEndpoints(webhooks),
    ...deliveryEndpoints(webhooks),
    ...eventConsumerEndpoints(webhooks),
    pullEventsEndpoint(webhooks),
  ];
  const lambda = httpLambda(endpoints);

  const person = (sub: string, more: object = {}) => ({
    sub,
    act_for: { kind: "natural", id: sub },
    acr: "2",
    ...more,
  });
  const staffed = (staff: string, roles: string, of: object = place) => ({
    sub: `staff:${staff}`,
    staff,
    roles,
    acr: "2",
    ...of,
  });
  const client = (client_id: string, scope: string, more: object = {}) => ({
    client_id,
    sub: client_id,
    scope,
    ...more,
  });
  const departmental =
    "applications:read applications:decide applications:personal shipments:manage catalogue:manage webhooks:manage events:read identity:verify payments:refund";
  /** Persons and staff ask for every scope there is; what they get is the authorizer's to say. */
  const claims: Record<Exclude<ActorName, "nobody">, object> = {
    person: person(boss),
    stranger: person(stranger),
    agent: person(agent, { act_for: { kind: "natural", id: boss }, ground: `mandate:${mandate}` }),
    member: person(boss, { act_for: { kind: "legal", id: uscc }, ground: "member" }),
    guardian: person(boss, { act_for: { kind: "natural", id: ward }, ground: "guardian" }),
    visitor: person(stranger, { helper: clerk.staff, counter: visit }),
    clerk: staffed(clerk.staff, "clerk"),
    officer: staffed("of-1", "officer"),
    approver: staffed("ap-1", "approver"),
    supervisor: staffed("su-1", "supervisor"),
    catalogueManager: staffed("cm-1", "catalogue-manager"),
    operator: staffed("op-1", "operator"),
    elsewhere: staffed("el-1", StaffRole.options.join(" "), elsewhere),
    channel: client(
      "portal",
      "applications:submit applications:read shipments:request persons:register persons:contact payments:pay",
      {
        channel: "portal",
      },
    ),
    department: client("dept", departmental, place),
    otherDepartment: client("dept-2", departmental, elsewhere),
  };
  const verdictOf = async (actor: ActorName): Promise<Verdict> => {
    const handle = authorizer({ issuer, keys, live: stage.live, applicants: stage.applicants, now });
    if (actor === "nobody") return (await handle({ headers: {} })).context;
    const token = await new SignJWT({ client_id: "app", scope: allScopes, ...claims[actor] })
      .setIssuer(issuer)
      .setAudience("urn:yimen:api")
      .setExpirationTime("15m")
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k" })
      .sign(pair.privateKey);
    return (await handle({ headers: { authorization: `Bearer ${token}` } })).context;
  };

  const ask = async (operation: string, actor: ActorName, asked: Asked, key = "key-1") => {
    const contract = endpoints.find((endpoint) => endpoint.contract.operation === operation)?.contract;
    if (!contract) throw new Error(`no endpoint answers ${operation}`);
    const headers = { "idempotency-key": key };
    return said(await lambda(requestTo(contract, { verdict: await verdictOf(actor), headers, ...asked })));
  };

  const submitted = await ask("submitApplication", "channel", { body: submission() }, "case");
  const hook = await ask(
    "createWebhookEndpoint",
    "department",
    { body: { url: "https://department.example/", types: ["gov.yimen.application.*"] } },
    "hook",
  );
  const draft = await ask(
    "beginDraft",
    "channel",
    { body: { itemCode: rules().code, applicant: submission().applicant } },
    "draft",
  );
  const upload = {
    applicant: submission().applicant,
    name: "合同.pdf",
    mediaType: "application/pdf",
    bytes: 4,
    sha256: "0".repeat(64),
  };
  const file = await ask("uploadFile", "channel", { body: upload }, "file");
  const byFile = { id: file.body.id as string };
  const byDraft = { id: draft.body.id as string };
  const unpublished = HOUSE.replace(/.$/, "1");
  const byItem = { code: HOUSE };
  const ofDirectory = { basicCode: "440712009999" };
  const directory = { name: "一个目录事项", kind: "20", levels: ["4"] };
  await ask("keepBasicItem", "department", { params: ofDirectory, body: directory });
  const itemDraft = { ...realItem("存量房"), conditions: ["草稿"] };
  await ask("draftItem", "department", { params: byItem, body: { definition: itemDraft } });
  await ask("checkDraft", "department", { params: byItem });
  /** An event of the department, in its feed. */
  const inFeed = async (): Promise<string> => {
    const append = feedAppender({ ...webhooks, random: () => 0 });
    await append(place.department, [caseEvent("CASE", 1, { department: place.department, time: now() })]);
    return "CASE.1.0";
  };
  const byCase = { id: submitted.body.id as string };
  const byHook = { id: hook.body.id as string };
  const applicant = { kind: submission().applicant.kind, idNumber: submission().applicant.idNumber };
  const officer = { officer: "ss-sj-0203" };
  const shipping = { direction: "to-counter", address: address(), payment: "on-delivery" };
  const shipped = await ask("requestShipment", "channel", { params: { id: theCase.id }, body: shipping }, "shipment");
  const byShipment = { id: shipped.body.id as string };
  const settling = { ...officer, reason: "已电话联系申请人" };
  if (!submitted.body.id || !hook.body.id || !shipped.body.id) throw new Error("the city could not be set up");

  const fresh = { name: "陈新", idNumber: residentId("44060619900101001"), phone: "13512345678" };
  const child = { name: "小红", idNumber: residentId("44060620190601002") };
  const guardianConsents = [...consents, { purpose: "guardian", textVersion: "1" }];
  const requests: Record<string, () => Promise<Asked> | Asked> = {
    startPhoneChallenge: () => ({ body: { phone: fresh.phone, purpose: "register", source: "192.0.2.1" } }),
    registerPerson: async () => ({
      body: {
        ...fresh,
        password: "a long enough one",
        ...(await stage.codeFor(fresh.phone, "register")),
        consents,
        source: "192.0.2.1",
      },
    }),
    verifyPerson: () => ({
      params: { id: boss },
      body: { name: zhang.name, idNumber: zhang.idNumber, purpose: "acceptance" },
    }),
    registerWard: () => ({ body: { ...child, consents: guardianConsents } }),
    readMe: () => ({}),
    listPrincipals: () => ({}),
    changePhone: async () => ({
      body: { phone: fresh.phone, ...(await stage.codeFor(fresh.phone, "change-phone")), current: zhang.password },
    }),
    changePassword: () => ({ body: { current: zhang.password, wanted: "another long one" } }),
    giveConsent: () => ({ body: { purpose: "reuse-materials", textVersion: "1" } }),
    withdrawConsent: () => ({ params: { purpose: "notices" } }),
    listAccesses: () => ({}),
    exportMe: () => ({}),
    closeMe: () => ({ body: { password: wang.password } }),
    registerOrganisation: () => ({
      body: { ...company, representative: { name: zhang.name, idNumber: zhang.idNumber } },
    }),
    readOrganisation: () => ({ params: { uscc } }),
    setOrganisationMember: () => ({ params: { uscc, person: agent }, body: { roles: ["handler"] } }),
    removeOrganisationMember: () => ({ params: { uscc, person: boss } }),
    grantMandate: () => ({ body: { agent, scope: "all", validUntil: until } }),
    listMandates: () => ({}),
    revokeMandate: () => ({ params: { id: mandate } }),
    verifyMandate: () => ({ params: { id: mandate } }),
    openCounterSession: () => ({ body: fresh }),
    readContact: () => ({ params: { id: boss }, body: { purpose: "progress-message" } }),
    listStaff: () => ({}),
    readStaff: () => ({ params: { staff: clerk.staff } }),
    appointStaff: () => ({
      params: { staff: "sd-zr-0199" },
      body: { name: "陈新", division: place.division, roles: ["officer"], phone: fresh.phone },
    }),
    dismissStaff: () => ({ params: { staff: clerk.staff } }),
    replaceRepresentative: () => ({
      params: { id: visit },
      body: { uscc, evidence: { document: "准予变更登记通知书（三水）登字第 1 号" } },
    }),
    replaceGuardian: () => ({
      params: { id: visit },
      body: {
        name: "小明",
        idNumber: residentId("44060620180601001"),
        evidence: { document: "出生医学证明 D440606001" },
      },
    }),
    endCounterSession: () => ({ params: { id: visit } }),
    submitApplication: () => ({ body: submission() }),
    searchApplications: () => ({ body: { applicant } }),
    readApplication: () => ({ params: byCase }),
    readPersonalData: () => ({ params: byCase, body: { ...officer, purpose: "acceptance" } }),
    listWorklist: () => ({}),
    acceptApplication: () => ({ params: byCase, body: officer }),
    declineApplication: () => ({ params: byCase, body: { ...officer, reasons: ["不属于本部门职权"] } }),
    decideStage: () => ({ params: { ...byCase, stage: "handling" }, body: { ...officer, outcome: "approve" } }),
    concludeApplication: () => ({ params: byCase, body: officer }),
    withdrawApplication: () => ({ params: byCase, body: { applicant } }),
    listPaymentOrders: () => ({ query: { application: order.order.application } }),
    readPaymentOrder: () => ({ params: byOrder }),
    checkOutPaymentOrder: () => ({ params: byOrder, body: { provider: "wechat", way: "native-qr" } }),
    renewPaymentOrder: () => ({ params: byOrder }),
    readFiscalReceipt: () => ({ params: byOrder }),
    listDepartmentPaymentOrders: () => ({ query: { application: order.order.application } }),
    requestRefund: () => ({ params: byOrder, body: { ...officer, amount: 100, reason: "多收" } }),
    decideRefund: () => ({
      params: { ...byOrder, refund: `${order.order.id}R01` },
      body: { ...officer, approve: true },
    }),
    settlePaymentAttention: () => ({
      params: { ...byOrder, reference: `${order.order.id}R01` },
      body: { ...officer, outcome: "kept", note: "已联系缴款人" },
    }),
    readBillDay: () => ({ params: byDay }),
    compareBillDay: () => ({ params: byDay }),
    resolveDifference: () => ({ params: { ...byDay, difference: "x" }, body: { ...officer, reason: "已核实" } }),
    closeBillDay: () => ({ params: byDay, body: officer }),
    requestCorrection: () => ({ params: byCase, body: { ...officer, defects: [{ what: "缺身份证" }] } }),
    correctApplication: () => ({ params: byCase, body: { applicant } }),
    supplyMaterial: () => ({ params: byCase, body: { applicant, supply: { material: "m1", onPaper: true } } }),
    claimTask: () => ({ params: byCase, body: officer }),
    releaseTask: () => ({ params: byCase, body: officer }),
    suspendApplication: () => ({ params: byCase, body: { ...officer, procedure: "inspection" } }),
    resumeApplication: () => ({ params: byCase, body: officer }),
    extendApplication: () => ({ params: byCase, body: { ...officer, reason: "案情复杂" } }),
    verifyCommitment: () => ({ params: byCase, body: { ...officer, found: "kept" } }),
    reopenApplication: () => ({ params: byCase, body: { ...officer, complaint: "TS-1", reason: "投诉成立" } }),
    beginDraft: () => ({ body: { itemCode: rules().code, applicant: submission().applicant } }),
    saveDraft: () => ({ params: byDraft, body: { content: { form: { a: 1 } } } }),
    readDraft: () => ({ params: byDraft }),
    discardDraft: () => ({ params: byDraft }),
    searchDrafts: () => ({ body: { applicant } }),
    uploadFile: () => ({ body: upload }),
    completeFile: () => ({ params: byFile, body: { applicant } }),
    readFile: () => ({ params: byFile }),
    downloadFile: () => ({
      params: byFile,
      body: { applicant, application: byCase.id, ...officer, purpose: "acceptance" },
    }),
    searchFiles: () => ({ body: { applicant } }),
    searchLicences: () => ({ body: { applicant } }),
    listReceipts: () => ({ params: byCase }),
    downloadReceipt: () => ({
      params: { ...byCase, receipt: `${byCase.id}.1.0` },
      body: { applicant, ...officer, purpose: "supervision" },
    }),
    createWebhookEndpoint: () => ({
      body: { url: "https://department.example/two", types: ["gov.yimen.application.*"] },
    }),
    requestShipment: () => ({ params: { id: theCase.id }, body: { ...shipping, direction: "to-applicant" } }),
    listShipments: () => ({ params: { id: theCase.id } }),
    readShipment: () => ({ params: byShipment }),
    cancelShipment: () => ({ params: byShipment, body: {} }),
    listShipmentsToSend: () => ({}),
    readShipmentAddress: () => ({ params: byShipment, body: { ...officer, purpose: "sending" } }),
    sendShipment: () => ({
      params: byShipment,
      body: { ...officer, by: { how: "waybill", carrier: "ems", number: "LK434266003CN" } },
    }),
    settleShipment: () => ({ params: byShipment, body: { ...settling, action: "note" } }),
    listShipmentDifferences: () => ({}),
    resolveShipmentDifference: () => ({ params: byShipment, body: settling }),
    reconcileShipments: () => ({}),
    resolveReconciledShipment: () => ({ params: byShipment, body: settling }),
    listWebhookEndpoints: () => ({}),
    deleteWebhookEndpoint: () => ({ params: byHook }),
    listWebhookDeliveries: () => ({ params: byHook }),
    readWebhookEndpoint: () => ({ params: byHook }),
    changeWebhookEndpoint: () => ({ params: byHook, body: { description: "case system" } }),
    enableWebhookEndpoint: () => ({ params: byHook }),
    disableWebhookEndpoint: () => ({ params: byHook }),
    rotateWebhookSecret: () => ({ params: byHook }),
    testWebhookEndpoint: () => ({ params: byHook }),
    redeliverWebhookEvent: async () => {
      const event = await inFeed();
      return { params: { ...byHook, event } };
    },
    startWebhookRecovery: () => ({ params: byHook, body: { failedSince: "2026-11-22T02:00:00Z" } }),
    readWebhookRecovery: async () => {
      const begun = await ask(
        "startWebhookRecovery",
        "department",
        { params: byHook, body: { failedSince: "2026-11-22T02:00:00Z" } },
        "recovery",
      );
      return { params: { ...byHook, recovery: begun.body.id } };
    },
    pullEvents: () => ({}),
    acknowledgeEvents: () => ({ params: { name: "cases" }, body: { acknowledged: "latest" } }),
    listEventConsumers: () => ({}),
    removeEventConsumer: async () => {
      await ask("acknowledgeEvents", "department", { params: { name: "cases" }, body: { acknowledged: "latest" } });
      return { params: { name: "cases" } };
    },
    listItems: () => ({}),
    listTasks: () => ({}),
    countTasks: () => ({}),
    startChatBinding: () => ({}),
    listMessages: () => ({}),
    readMessage: () => ({ params: { id: "bm9uZQ" } }),
    readMessagePreferences: () => ({}),
    changeMessagePreferences: () => ({ body: { sms: true, wechat: false } }),
    listMessageTemplates: () => ({}),
    previewMessageTemplate: () => ({ params: { id: "submitted", version: "1" } }),
    listMessageLog: () => ({ query: { case: "C" } }),
    readItem: () => ({ params: { code: unpublished } }),
    readItemVersion: () => ({ params: { code: unpublished, version: "1" } }),
    guideItem: () => ({ params: byItem, body: {} }),
    readManual: () => ({ params: byItem }),
    compareItems: () => ({ query: { left: HOUSE, right: HOUSE } }),
    listBasicItems: () => ({}),
    readBasicItem: () => ({ params: ofDirectory }),
    listImplementations: () => ({ params: ofDirectory }),
    compareImplementations: () => ({ params: ofDirectory }),
    keepBasicItem: () => ({ params: ofDirectory, body: { name: "另一个名称", kind: "20", levels: ["4"] } }),
    retireBasicItem: () => ({ params: ofDirectory, body: { reason: "取消" } }),
    listManagedItems: () => ({}),
    importDrafts: () => ({ body: { definitions: [realItem("存量房")] } }),
    exportItems: () => ({}),
    readManagedItem: () => ({ params: byItem }),
    readItemLog: () => ({ params: byItem }),
    draftItem: () => ({ params: byItem, body: { definition: { ...realItem("存量房"), themes: ["另一个"] } } }),
    discardItemDraft: () => ({ params: byItem, body: {} }),
    checkDefinition: () => ({ body: { definition: realItem("存量房") } }),
    checkDraft: () => ({ params: byItem }),
    publishDraft: () => ({ params: byItem, body: { reason: "修订" } }),
    suspendItem: () => ({ params: byItem, body: { reason: "暂停" } }),
    resumeItem: () => ({ params: byItem, body: {} }),
    retireItem: () => ({ params: byItem, body: { reason: "取消" } }),
  };

  const made = new Map<string, Promise<Asked> | Asked>();
  return {
    /** The status that an actor is answered with; all who are asked in one city send the same. */
    async statusOf(operation: string, actor: ActorName): Promise<number> {
      const request = made.get(operation) ?? requests[operation]?.();
      if (!request) throw new Error(`nothing is known to be asked of ${operation}`);
      made.set(operation, request);
      return (await ask(operation, actor, await request)).status;
    },
  };
};
