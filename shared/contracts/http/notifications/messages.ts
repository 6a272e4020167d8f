import * as z from "zod";
import { PageQuery, pageOf, type RefusalText, route } from "../route.ts";

const tag = "messages";

const staffOnly = {
  "message.staff-only": {
    status: 403,
    zh: "只对工作人员本人开放。",
    en: "Only a member of staff who has signed in may do this.",
  },
} as const satisfies Record<string, RefusalText>;

export const startChatBinding = route({
  operation: "startChatBinding",
  tag,
  summary:
    "A one-time code; said in the government chat within ten minutes (绑定 code), it binds that account to the member of staff",
  method: "POST",
  path: "/v1/chat-bindings",
  scopes: ["tasks:read"],
  keyed: true,
  success: {
    status: 201,
    schema: z.object({ code: z.string().regex(/^\d{8}$/), expiresAt: z.iso.datetime() }).meta({ id: "ChatBinding" }),
  },
  refusals: staffOnly,
});

const texts = {
  "message.person-only": {
    status: 403,
    zh: "消息只对本人、其监护人和所属组织的成员开放，代办人请登录办件查看。",
    en: "Messages are for the person, their guardian and the members of an organisation; an agent reads the case.",
  },
  "message.not-found": { status: 404, zh: "没有这条消息。", en: "There is no such message." },
  "message.self-only": {
    status: 403,
    zh: "只有本人可以设置自己的接收方式。",
    en: "Only the person themselves chooses how they are told.",
  },
  "message.template-not-found": {
    status: 404,
    zh: "没有这个消息模板或版本。",
    en: "No such template, or no such version of it.",
  },
} as const satisfies Record<string, RefusalText>;
const pick = <K extends keyof typeof texts>(...codes: readonly K[]) =>
  Object.fromEntries(codes.map((code) => [code, texts[code]])) as unknown as Pick<typeof texts, K>;

const MessageView = z
  .object({
    id: z.string(),
    title: z.string(),
    text: z.string(),
    at: z.iso.datetime().describe("when what it tells of happened"),
    template: z.string(),
    case: z.string().optional(),
    number: z.string().optional(),
    statutory: z.boolean().describe("the law has it told"),
    readAt: z.iso.datetime().optional(),
  })
  .meta({ id: "Message" });
export type MessageView = z.infer<typeof MessageView>;

export const listMessages = route({
  operation: "listMessages",
  tag,
  summary: "The messages of whom one acts for (站内信), newest first",
  method: "GET",
  path: "/v1/messages",
  scopes: ["messages:read"],
  query: PageQuery,
  success: { status: 200, schema: pageOf(MessageView) },
  refusals: pick("message.person-only"),
});

export const readMessage = route({
  operation: "readMessage",
  tag,
  summary: "Mark a message as read; once read, it stays so",
  method: "PUT",
  path: "/v1/messages/{id}/read",
  scopes: ["messages:read"],
  pathParams: z.object({ id: z.string().min(1).max(300) }),
  success: { status: 204, schema: z.undefined() },
  refusals: pick("message.person-only", "message.not-found"),
});

const PreferencesView = z
  .object({
    sms: z.boolean().describe("progress by text message; what the law has told is sent in any case"),
    wechat: z.boolean().describe("progress by subscription message"),
    wechatAccount: z.boolean().describe("whether an account is known"),
  })
  .meta({ id: "MessagePreferences" });

export const readMessagePreferences = route({
  operation: "readMessagePreferences",
  tag,
  summary: "How one is told",
  method: "GET",
  path: "/v1/message-preferences",
  scopes: ["messages:read"],
  success: { status: 200, schema: PreferencesView },
  refusals: pick("message.self-only"),
});

export const changeMessagePreferences = route({
  operation: "changeMessagePreferences",
  tag,
  summary: "Choose how one is told; the inbox always has everything",
  method: "PUT",
  path: "/v1/message-preferences",
  scopes: ["messages:read"],
  body: z.object({
    sms: z.boolean(),
    wechat: z.boolean(),
    openId: z
      .string()
      .regex(/^[\w-]{10,64}$/)
      .optional()
      .describe("the person's account in the city's official account; left out, the known one stays"),
  }),
  success: { status: 200, schema: PreferencesView },
  refusals: pick("message.self-only"),
});

const TemplateView = z
  .object({
    id: z.string(),
    version: z.int().positive(),
    title: z.string(),
    text: z.string().describe("with its blanks"),
    example: z.string().describe("as it reads with its blanks filled"),
    statutory: z.boolean(),
    canWait: z.boolean().describe("not sent between ten in the evening and eight in the morning"),
  })
  .meta({ id: "MessageTemplate" });

export const listMessageTemplates = route({
  operation: "listMessageTemplates",
  tag,
  summary: "What people are told and when, in the version in use",
  method: "GET",
  path: "/v1/message-templates",
  scopes: ["messages:manage"],
  success: { status: 200, schema: z.object({ items: z.array(TemplateView) }) },
  refusals: {},
});

export const previewMessageTemplate = route({
  operation: "previewMessageTemplate",
  tag,
  summary: "One version of a template, as it reads; with `Accept: text/html` a page that shows it by each way",
  method: "GET",
  path: "/v1/message-templates/{id}/versions/{version}",
  scopes: ["messages:manage"],
  pathParams: z.object({ id: z.string().max(64), version: z.coerce.number().int().positive() }),
  success: { status: 200, schema: TemplateView },
  refusals: pick("message.template-not-found"),
});

const LogEntryView = z
  .object({
    recipient: z.string().describe("kind and reference: staff:<number>, natural:<id>, legal:<code>"),
    event: z.string(),
    at: z.iso.datetime(),
    title: z.string(),
    status: z.string(),
    ways: z.record(z.string(), z.string()).describe("how it went by each way"),
  })
  .meta({ id: "MessageLogEntry" });

export const listMessageLog = route({
  operation: "listMessageLog",
  tag,
  summary: "What was sent about a case of one's department, to whom, and how it ended; newest first",
  method: "GET",
  path: "/v1/message-log",
  scopes: ["messages:manage"],
  query: PageQuery.extend({ case: z.string().min(1).max(64) }),
  success: { status: 200, schema: pageOf(LogEntryView) },
  refusals: staffOnly,
});
