import { otherStaff, otherStaffAnswers } from "./access-of-staff.ts";

/** Who asks. Persons and staff ask for every scope there is and get what theirs may carry; clients hold what they were given. */
export const actors = {
  nobody: "nobody: no token",
  person: "a person, for themselves; the admin of an organisation, and a guardian",
  stranger: "another person, for themselves",
  agent: "an agent under a mandate of the person",
  member: "the person, for their organisation",
  guardian: "the person, for their child",
  visitor: "another person at the counter, a clerk's hands on the keyboard",
  clerk: "a clerk",
  operator: "an operator",
  ...otherStaff,
  channel: "a channel's client",
  department: "a department's client",
  otherDepartment: "another department's client",
} as const;
export type ActorName = keyof typeof actors;

export interface AccessRow {
  readonly operation: string;
  readonly resource: string;
  readonly action: string;
  /**
   * The status each is answered with. Whoever is not named is refused: 401 without a token, 403 with one. What is named and
   * still no success got past the door and met a rule: 404 hides what is not theirs.
   */
  readonly answers: Readonly<Partial<Record<ActorName, number>>>;
}

const everyone = (status: number): AccessRow["answers"] =>
  Object.fromEntries(Object.keys(actors).map((actor) => [actor, status]));

/** People who may bring applications, whoever they do it for. */
const people = (status: number): AccessRow["answers"] =>
  Object.fromEntries(["person", "stranger", "agent", "member", "guardian", "visitor"].map((actor) => [actor, status]));

const rows: readonly AccessRow[] = [
  {
    operation: "startPhoneChallenge",
    resource: "one-time codes",
    action: "have one sent",
    answers: { channel: 201 },
  },
  {
    operation: "registerPerson",
    resource: "accounts",
    action: "register a person",
    answers: { channel: 201 },
  },
  {
    operation: "verifyPerson",
    resource: "the account of a person",
    action: "ask whether it is theirs",
    answers: { department: 200, otherDepartment: 200 },
  },
  {
    operation: "readContact",
    resource: "the account of a person",
    action: "ask where they can be reached",
    answers: { channel: 200 },
  },
  {
    operation: "registerWard",
    resource: "the accounts of children",
    action: "register one's child",
    answers: { person: 201, stranger: 201 },
  },
  {
    operation: "readMe",
    resource: "one's own account",
    action: "read, masked",
    answers: { person: 200, stranger: 200, guardian: 200, visitor: 200 },
  },
  {
    operation: "listPrincipals",
    resource: "one's own account",
    action: "see for whom one may act",
    answers: { person: 200, stranger: 200, agent: 200, member: 200, guardian: 200, visitor: 200 },
  },
  {
    operation: "changePhone",
    resource: "one's own account",
    action: "change the phone, the person's password given",
    answers: { person: 200, stranger: 422 },
  },
  {
    operation: "changePassword",
    resource: "one's own account",
    action: "change the password, the person's old one given",
    answers: { person: 200, stranger: 422 },
  },
  {
    operation: "giveConsent",
    resource: "one's own account",
    action: "agree to a purpose",
    answers: { person: 200, stranger: 200 },
  },
  {
    operation: "withdrawConsent",
    resource: "one's own account",
    action: "withdraw a consent that only the person has given",
    answers: { person: 200, stranger: 409 },
  },
  {
    operation: "listAccesses",
    resource: "one's own account",
    action: "see who looked at it",
    answers: { person: 200, stranger: 200 },
  },
  {
    operation: "exportMe",
    resource: "one's own account",
    action: "export it, unmasked",
    answers: { person: 200, stranger: 200 },
  },
  {
    operation: "closeMe",
    resource: "one's own account",
    action: "close it, the other person's password given",
    answers: { person: 422, stranger: 200 },
  },
  {
    operation: "registerOrganisation",
    resource: "the person's organisation",
    action: "register it, again, as the person",
    answers: { person: 201 },
  },
  {
    operation: "readOrganisation",
    resource: "the person's organisation",
    action: "read it",
    answers: { person: 200, stranger: 404, agent: 404, member: 200, guardian: 404, visitor: 404 },
  },
  {
    operation: "setOrganisationMember",
    resource: "the person's organisation",
    action: "take a member in",
    answers: { person: 200, stranger: 404, agent: 404, member: 200, guardian: 404, visitor: 404 },
  },
  {
    operation: "removeOrganisationMember",
    resource: "the person's organisation",
    action: "remove its last admin",
    answers: { person: 409, stranger: 404, agent: 404, member: 409, guardian: 404, visitor: 404 },
  },
  {
    operation: "grantMandate",
    resource: "mandates of whom one acts for",
    action: "grant one to the agent",
    answers: { person: 201, stranger: 201, member: 201 },
  },
  {
    operation: "listMandates",
    resource: "mandates of whom one acts for",
    action: "list them",
    answers: { person: 200, stranger: 200, member: 200, guardian: 200, visitor: 200 },
  },
  {
    operation: "revokeMandate",
    resource: "the mandate that the person gave the agent",
    action: "revoke it or lay it down",
    answers: { person: 200, stranger: 404, agent: 200, member: 200, guardian: 200, visitor: 404 },
  },
  {
    operation: "verifyMandate",
    resource: "the mandate that the person gave the agent",
    action: "ask whether it is good",
    answers: { department: 200, otherDepartment: 200 },
  },
  {
    operation: "listStaff",
    resource: "the department's staff",
    action: "list them",
    answers: { operator: 200 },
  },
  {
    operation: "readStaff",
    resource: "the department's clerk",
    action: "read the appointment",
    answers: { operator: 200 },
  },
  {
    operation: "appointStaff",
    resource: "the department's staff",
    action: "appoint an officer",
    answers: { operator: 200 },
  },
  {
    operation: "dismissStaff",
    resource: "the department's clerk",
    action: "dismiss them",
    answers: { operator: 200 },
  },
  {
    operation: "openCounterSession",
    resource: "visits to the counter",
    action: "open one",
    answers: { clerk: 201 },
  },
  {
    operation: "replaceRepresentative",
    resource: "the person's organisation, in the clerk's visit",
    action: "make the visitor its legal representative",
    answers: { clerk: 200, elsewhere: 404 },
  },
  {
    operation: "replaceGuardian",
    resource: "the person's child, in the clerk's visit",
    action: "make the visitor its guardian",
    answers: { clerk: 200, elsewhere: 404 },
  },
  {
    operation: "endCounterSession",
    resource: "the clerk's visit",
    action: "end it",
    answers: { clerk: 200 },
  },
  {
    operation: "submitApplication",
    resource: "applications",
    action: "submit one, the applicant named who is nobody a person here acts for",
    answers: { ...people(422), channel: 201 },
  },
  {
    operation: "uploadFile",
    resource: "files",
    action: "announce one, the applicant named who is nobody a person here acts for",
    answers: { ...people(422), channel: 201 },
  },
  {
    operation: "completeFile",
    resource: "a file of the applicant",
    action: "say that it has been sent, which it has not",
    answers: { ...people(422), channel: 409 },
  },
  {
    operation: "readFile",
    resource: "a file of the applicant",
    action: "read how its check went",
    answers: { ...people(404), clerk: 404, channel: 200, department: 404, otherDepartment: 404 },
  },
  {
    operation: "downloadFile",
    resource: "a file of the applicant",
    action: "open it, not yet checked and attached to no case",
    answers: { ...people(422), clerk: 404, channel: 409, department: 404, otherDepartment: 404 },
  },
  {
    operation: "searchLicences",
    resource: "the licences of the applicant",
    action: "see what can be attached, the applicant named",
    answers: { ...people(422), channel: 200 },
  },
  {
    operation: "searchFiles",
    resource: "the files of the applicant",
    action: "see what can be used again",
    answers: { ...people(422), channel: 200 },
  },
  {
    operation: "listReceipts",
    resource: "the receipts of a case of the department",
    action: "list them",
    answers: { ...people(404), clerk: 200, channel: 200, department: 200, otherDepartment: 404 },
  },
  {
    operation: "downloadReceipt",
    resource: "the receipts of a case of the department",
    action: "open one that is not there",
    answers: { ...people(422), clerk: 404, channel: 404, department: 404, otherDepartment: 404 },
  },
  {
    operation: "searchApplications",
    resource: "applications of an applicant",
    action: "find them, the applicant named who is nobody a person here acts for",
    answers: { ...people(422), channel: 200 },
  },
  {
    operation: "readApplication",
    resource: "a case of the department",
    action: "read it, masked",
    answers: { ...people(404), clerk: 200, channel: 200, department: 200, otherDepartment: 404 },
  },
  {
    operation: "readPersonalData",
    resource: "a case of the department",
    action: "read the applicant, unmasked",
    answers: { clerk: 200, department: 200, otherDepartment: 404 },
  },
  {
    operation: "listWorklist",
    resource: "the caller's own open cases",
    action: "list them",
    answers: { clerk: 200, department: 200, otherDepartment: 200 },
  },
  {
    operation: "acceptApplication",
    resource: "a case of the department",
    action: "accept it",
    answers: { clerk: 200, department: 200, otherDepartment: 404 },
  },
  {
    operation: "declineApplication",
    resource: "a case of the department",
    action: "decline it",
    answers: { clerk: 200, department: 200, otherDepartment: 404 },
  },
  {
    operation: "decideStage",
    resource: "a case of the department",
    action: "decide a stage, before it is accepted",
    answers: { department: 409, otherDepartment: 404 },
  },
  {
    operation: "concludeApplication",
    resource: "a case of the department",
    action: "conclude it, before it is decided",
    answers: { clerk: 409, department: 409, otherDepartment: 404 },
  },
  {
    operation: "withdrawApplication",
    resource: "a case of the department",
    action: "withdraw it, its applicant named",
    answers: { ...people(404), channel: 200 },
  },
  ...(
    [
      ["requestCorrection", "tell what is missing", { clerk: 200, department: 200, otherDepartment: 404 }],
      ["correctApplication", "supply what nobody asked for", { ...people(404), channel: 409 }],
      ["supplyMaterial", "supply what was not deferred", { ...people(404), channel: 422 }],
      ["claimTask", "take its task", { clerk: 200, department: 200, otherDepartment: 404 }],
      [
        "releaseTask",
        "give back what nobody has taken",
        { ...people(404), clerk: 409, channel: 404, department: 409, otherDepartment: 404 },
      ],
      ["suspendApplication", "suspend it, before it is accepted", { department: 409, otherDepartment: 404 }],
      ["resumeApplication", "resume it, not being suspended", { department: 409, otherDepartment: 404 }],
      ["extendApplication", "extend it, before it is accepted", { department: 409, otherDepartment: 404 }],
      ["verifyCommitment", "look into no promise", { department: 409, otherDepartment: 404 }],
      ["reopenApplication", "reopen it", {}],
    ] as const
  ).map(([operation, action, answers]) => ({ operation, resource: "a case of the department", action, answers })),
  ...(
    [
      ["beginDraft", "begin one, for an applicant nobody here acts for", { ...people(422), channel: 201 }],
      ["searchDrafts", "find them, the applicant named", { ...people(422), channel: 200 }],
      ["saveDraft", "save the channel's", { ...people(404), channel: 200 }],
      ["readDraft", "read the channel's", { ...people(404), channel: 200 }],
      ["discardDraft", "throw away the channel's", { ...people(404), channel: 204 }],
    ] as const
  ).map(([operation, action, answers]) => ({ operation, resource: "drafts", action, answers })),
  {
    operation: "requestShipment",
    resource: "the person's case",
    action: "have its result delivered",
    answers: { person: 201, stranger: 404, agent: 201, member: 404, guardian: 404, visitor: 404, channel: 201 },
  },
  {
    operation: "listShipments",
    resource: "the person's case",
    action: "see its shipments",
    answers: {
      person: 200,
      stranger: 404,
      agent: 200,
      member: 404,
      guardian: 404,
      visitor: 404,
      channel: 200,
      clerk: 200,
      department: 200,
      otherDepartment: 404,
    },
  },
  {
    operation: "readShipment",
    resource: "a shipment of the person's case",
    action: "see where the parcel is",
    answers: {
      person: 200,
      stranger: 404,
      agent: 200,
      member: 404,
      guardian: 404,
      visitor: 404,
      channel: 200,
      clerk: 200,
      department: 200,
      otherDepartment: 404,
    },
  },
  {
    operation: "cancelShipment",
    resource: "a shipment of the person's case",
    action: "cancel it",
    answers: { person: 200, stranger: 404, agent: 200, member: 404, guardian: 404, visitor: 404, channel: 200 },
  },
  {
    operation: "listShipmentsToSend",
    resource: "the caller's own parcels to send",
    action: "list them",
    answers: { clerk: 200, department: 200, otherDepartment: 200 },
  },
  {
    operation: "readShipmentAddress",
    resource: "a shipment of the department",
    action: "read the address, unmasked",
    answers: { clerk: 200, department: 200, otherDepartment: 404 },
  },
  {
    operation: "sendShipment",
    resource: "a shipment of the department",
    action: "enter its waybill",
    answers: { clerk: 200, department: 200, otherDepartment: 404 },
  },
  {
    operation: "settleShipment",
    resource: "a shipment of the department",
    action: "settle it, when nothing is wrong",
    answers: { clerk: 409, department: 409, otherDepartment: 404 },
  },
  {
    operation: "listShipmentDifferences",
    resource: "the caller's own parcels",
    action: "see which do not agree with their payment",
    answers: { clerk: 200, department: 200, otherDepartment: 200 },
  },
  {
    operation: "resolveShipmentDifference",
    resource: "a shipment of the department",
    action: "say why it differs, when it does not",
    answers: { clerk: 404, department: 404, otherDepartment: 404 },
  },
  {
    operation: "reconcileShipments",
    resource: "all parcels of the city",
    action: "see which do not agree with their payment",
    answers: { operator: 200 },
  },
  {
    operation: "resolveReconciledShipment",
    resource: "a shipment of any department",
    action: "say why it differs, when it does not",
    answers: { operator: 404 },
  },
  {
    operation: "listPaymentOrders",
    resource: "payment orders",
    action: "list those of a case that one may pay",
    answers: { channel: 200, ...people(200) },
  },
  {
    operation: "readPaymentOrder",
    resource: "a payment order",
    action: "read",
    answers: { channel: 200, ...people(404), person: 200, agent: 200 },
  },
  {
    operation: "checkOutPaymentOrder",
    resource: "a payment order",
    action: "begin to pay",
    answers: { channel: 200, ...people(404), person: 200, agent: 200 },
  },
  {
    operation: "renewPaymentOrder",
    resource: "a payment order",
    action: "open again",
    answers: { channel: 200, ...people(404), person: 200, agent: 200 },
  },
  {
    operation: "readFiscalReceipt",
    resource: "a payment order",
    action: "read the receipt, which is not made out",
    answers: { channel: 409, ...people(404), person: 409, agent: 409 },
  },
  {
    operation: "listDepartmentPaymentOrders",
    resource: "payment orders of the department",
    action: "list those of a case",
    answers: { clerk: 200, department: 200, otherDepartment: 200 },
  },
  {
    operation: "requestRefund",
    resource: "a payment order of the department",
    action: "ask for a refund, unpaid",
    answers: { clerk: 409, department: 409, otherDepartment: 404 },
  },
  {
    operation: "decideRefund",
    resource: "a payment order of the department",
    action: "decide a refund that nobody asked for",
    answers: { clerk: 403, department: 404, otherDepartment: 404 },
  },
  {
    operation: "settlePaymentAttention",
    resource: "a payment order of the department",
    action: "see to what needs nobody",
    answers: { clerk: 404, department: 404, otherDepartment: 404 },
  },
  {
    operation: "readBillDay",
    resource: "a day of a provider's bill",
    action: "read, not compared yet",
    answers: { operator: 404 },
  },
  {
    operation: "compareBillDay",
    resource: "a day of a provider's bill",
    action: "have it compared",
    answers: { operator: 200 },
  },
  {
    operation: "resolveDifference",
    resource: "a day of a provider's bill",
    action: "resolve a difference, not compared yet",
    answers: { operator: 404 },
  },
  {
    operation: "closeBillDay",
    resource: "a day of a provider's bill",
    action: "close, not compared yet",
    answers: { operator: 404 },
  },
  {
    operation: "createWebhookEndpoint",
    resource: "webhook endpoints",
    action: "register one",
    answers: { department: 201, otherDepartment: 201 },
  },
  {
    operation: "listWebhookEndpoints",
    resource: "webhook endpoints",
    action: "list one's own",
    answers: { department: 200, otherDepartment: 200 },
  },
  {
    operation: "deleteWebhookEndpoint",
    resource: "an endpoint of the department",
    action: "remove it",
    answers: { department: 204, otherDepartment: 404 },
  },
  {
    operation: "listWebhookDeliveries",
    resource: "an endpoint of the department",
    action: "read its delivery log",
    answers: { department: 200, otherDepartment: 404 },
  },
  {
    operation: "readWebhookEndpoint",
    resource: "an endpoint of the department",
    action: "read how it fares",
    answers: { department: 200, otherDepartment: 404 },
  },
  {
    operation: "changeWebhookEndpoint",
    resource: "an endpoint of the department",
    action: "change it",
    answers: { department: 200, otherDepartment: 404 },
  },
  {
    operation: "enableWebhookEndpoint",
    resource: "an endpoint of the department",
    action: "enable it",
    answers: { department: 200, otherDepartment: 404 },
  },
  {
    operation: "disableWebhookEndpoint",
    resource: "an endpoint of the department",
    action: "disable it",
    answers: { department: 200, otherDepartment: 404 },
  },
  {
    operation: "rotateWebhookSecret",
    resource: "an endpoint of the department",
    action: "have new signing keys made",
    answers: { department: 200, otherDepartment: 404 },
  },
  {
    operation: "testWebhookEndpoint",
    resource: "an endpoint of the department",
    action: "send it a test event",
    answers: { department: 201, otherDepartment: 404 },
  },
  {
    operation: "redeliverWebhookEvent",
    resource: "an endpoint of the department",
    action: "have an event delivered again",
    answers: { department: 200, otherDepartment: 404 },
  },
  {
    operation: "startWebhookRecovery",
    resource: "an endpoint of the department",
    action: "have all that failed delivered again",
    answers: { department: 201, otherDepartment: 404 },
  },
  {
    operation: "readWebhookRecovery",
    resource: "an endpoint of the department",
    action: "read how far that has come",
    answers: { department: 200, otherDepartment: 404 },
  },
  {
    operation: "pullEvents",
    resource: "the department's events",
    action: "pull them",
    answers: { department: 200, otherDepartment: 200 },
  },
  {
    operation: "acknowledgeEvents",
    resource: "the department's events",
    action: "acknowledge them",
    answers: { department: 200, otherDepartment: 200 },
  },
  {
    operation: "listEventConsumers",
    resource: "the department's events",
    action: "see how far its consumers have come",
    answers: { department: 200, otherDepartment: 200 },
  },
  {
    operation: "removeEventConsumer",
    resource: "the department's events",
    action: "forget a consumer",
    answers: { department: 204, otherDepartment: 404 },
  },
  {
    operation: "listItems",
    resource: "published items",
    action: "list them",
    answers: everyone(200),
  },
  {
    operation: "readItem",
    resource: "an item that is not published",
    action: "read it",
    answers: everyone(404),
  },
  {
    operation: "readItemVersion",
    resource: "an item that is not published",
    action: "read a version of it",
    answers: everyone(404),
  },
  {
    operation: "listTasks",
    resource: "what waits for an official",
    action: "list one's own",
    answers: { clerk: 200, operator: 200 },
  },
  {
    operation: "countTasks",
    resource: "what waits for an official",
    action: "count one's own by kind",
    answers: { clerk: 200, operator: 200 },
  },
  {
    operation: "startChatBinding",
    resource: "an official's account in the chat",
    action: "have a code to bind one's own",
    answers: { clerk: 201, operator: 201 },
  },
  {
    operation: "listMessages",
    resource: "the inbox of a person",
    action: "read that of whom one acts for",
    answers: { person: 200, stranger: 200, member: 200, guardian: 200, visitor: 200 },
  },
  {
    operation: "readMessage",
    resource: "a message that is not there",
    action: "mark it as read",
    answers: { person: 404, stranger: 404, member: 404, guardian: 404, visitor: 404 },
  },
  {
    operation: "readMessagePreferences",
    resource: "how a person is told",
    action: "read one's own",
    answers: { person: 200, stranger: 200 },
  },
  {
    operation: "changeMessagePreferences",
    resource: "how a person is told",
    action: "choose for oneself",
    answers: { person: 200, stranger: 200 },
  },
  {
    operation: "listMessageTemplates",
    resource: "message templates",
    action: "list them",
    answers: { operator: 200 },
  },
  {
    operation: "previewMessageTemplate",
    resource: "message templates",
    action: "see one version",
    answers: { operator: 200 },
  },
  {
    operation: "listMessageLog",
    resource: "what was sent about a case",
    action: "read it",
    answers: { operator: 200 },
  },
  {
    operation: "guideItem",
    resource: "published items",
    action: "read the guide to one",
    answers: everyone(200),
  },
  {
    operation: "readManual",
    resource: "published items",
    action: "read the manual of one",
    answers: everyone(200),
  },
  {
    operation: "compareItems",
    resource: "published items",
    action: "compare two",
    answers: everyone(200),
  },
  {
    operation: "listBasicItems",
    resource: "the directory list",
    action: "list it",
    answers: everyone(200),
  },
  {
    operation: "readBasicItem",
    resource: "the directory list",
    action: "read an item of it",
    answers: everyone(200),
  },
  {
    operation: "listImplementations",
    resource: "the directory list",
    action: "see where an item of it is in force",
    answers: everyone(200),
  },
  {
    operation: "compareImplementations",
    resource: "the directory list",
    action: "compare where an item of it is in force",
    answers: everyone(200),
  },
  {
    operation: "keepBasicItem",
    resource: "the directory list",
    action: "change what a department entered",
    answers: { department: 200 },
  },
  {
    operation: "retireBasicItem",
    resource: "the directory list",
    action: "end what a department entered",
    answers: { department: 200 },
  },
  {
    operation: "listManagedItems",
    resource: "a department's items",
    action: "list one's own",
    answers: { department: 200, otherDepartment: 200 },
  },
  {
    operation: "checkDefinition",
    resource: "definitions of items",
    action: "have them checked",
    answers: { department: 200, otherDepartment: 200 },
  },
  {
    operation: "readManagedItem",
    resource: "an item of a department",
    action: "read it with its draft",
    answers: { department: 200 },
  },
  {
    operation: "readItemLog",
    resource: "an item of a department",
    action: "read its change log",
    answers: { department: 200 },
  },
  {
    operation: "draftItem",
    resource: "an item of a department",
    action: "draft it",
    answers: { department: 200 },
  },
  {
    operation: "discardItemDraft",
    resource: "an item of a department",
    action: "throw its draft away",
    answers: { department: 200 },
  },
  {
    operation: "checkDraft",
    resource: "an item of a department",
    action: "have its draft checked",
    answers: { department: 200 },
  },
  {
    operation: "publishDraft",
    resource: "an item of a department",
    action: "publish its draft",
    answers: { department: 200 },
  },
  {
    operation: "suspendItem",
    resource: "an item of a department",
    action: "suspend it",
    answers: { department: 200 },
  },
  {
    operation: "retireItem",
    resource: "an item of a department",
    action: "retire it",
    answers: { department: 200 },
  },
  {
    operation: "resumeItem",
    resource: "an item of a department that is not suspended",
    action: "resume it",
    answers: { department: 409 },
  },
  {
    operation: "importDrafts",
    resource: "a department's items",
    action: "bring them in as drafts",
    answers: { department: 200, otherDepartment: 200 },
  },
  {
    operation: "exportItems",
    resource: "a department's items",
    action: "take them out",
    answers: { department: 200, otherDepartment: 200 },
  },
];

/** Every route but the platform's own pages, which are public. Deny by default. */
export const accessTable: readonly AccessRow[] = rows.map((row) => ({
  ...row,
  answers: { ...row.answers, ...otherStaffAnswers[row.operation] },
}));

/** What an actor is answered with. */
export const expectedStatus = ({ answers }: AccessRow, actor: ActorName): number =>
  answers[actor] ?? (actor === "nobody" ? 401 : 403);
