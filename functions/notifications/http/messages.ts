import type { Caller } from "#shared/contracts/http/caller.ts";
import {
  changeMessagePreferences,
  listMessageLog,
  listMessages,
  listMessageTemplates,
  type MessageView,
  previewMessageTemplate,
  readMessage,
  readMessagePreferences,
} from "#shared/contracts/http/notifications/messages.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import { markRead, type PersonMessage, type Preferences, type Recipient, USUAL } from "../domain/person-message.ts";
import type { MessageLog, PersonMessages, PreferenceStore } from "../domain/ports.ts";
import { EXAMPLE, occasionOf, render, TEMPLATE_IDS, type Template, templateOf } from "../domain/templates.ts";

import { prefersPage, previewPage } from "./preview-page.ts";

interface Deps {
  readonly messages: PersonMessages;
  readonly preferences: PreferenceStore;
  readonly log: MessageLog;
  readonly now: Clock;
}

/** Its own place in the inbox; whose inbox it is, the token says. */
const idOf = ({ at, event }: PersonMessage): string => Buffer.from(`${at}#${event}`).toString("base64url");
const placeOf = (id: string): { at: string; event: string } => {
  const [at = "", ...event] = Buffer.from(id, "base64url").toString().split("#");
  return { at, event: event.join("#") };
};

/** Whose messages a token may read: one's own, one's child's, one's organisation's. An agent has a mandate for cases. */
const recipientOf = ({ person, actFor, ground }: Caller): Decision<Recipient, "message.person-only"> => {
  if (person === undefined || ground?.startsWith("mandate:")) return refuse("message.person-only");
  return accept(actFor ? { kind: actFor.kind, id: actFor.id } : { kind: "natural", id: person });
};

const selfOf = ({ person, actFor, helper }: Caller): Decision<string, "message.self-only"> =>
  person === undefined || (actFor && actFor.id !== person) || helper !== undefined
    ? refuse("message.self-only")
    : accept(person);

const viewOf = (message: PersonMessage): MessageView => {
  const template = templateOf(message.template, message.templateVersion);
  const { params, at, statutory, readAt } = message;
  return {
    id: idOf(message),
    ...(template ? render(template, params) : { title: message.template, text: "" }),
    at,
    template: message.template,
    ...(message.case !== undefined && { case: message.case }),
    ...(params.number !== undefined && { number: params.number }),
    statutory,
    ...(readAt !== undefined && { readAt }),
  };
};

const preferencesView = ({ sms, wechat, openId }: Preferences & { readonly openId?: string | undefined }) => ({
  sms,
  wechat,
  wechatAccount: openId !== undefined,
});

const templateView = (template: Template) => {
  const { statutory = false, canWait = true } = occasionOf(template.id) ?? {};
  return { ...template, example: render(template, EXAMPLE).text, statutory, canWait };
};

/** The same for people: whoever asks for a page gets what they may see as one. */
const orPage = ({ contract, handle }: Endpoint): Endpoint => ({
  contract,
  async handle(request) {
    const answer = await handle(request);
    if (answer.statusCode !== 200 || !prefersPage(request)) return answer;
    const { id = "", version } = request.pathParameters ?? {};
    const template = templateOf(id, Number(version));
    return template ? previewPage(template) : answer;
  },
});

export const messageEndpoints = ({ messages, preferences, log, now }: Deps): Endpoint[] => [
  endpoint(listMessages, async ({ caller, query }) => {
    const recipient = recipientOf(caller);
    if (!recipient.ok) return recipient;
    const page = await messages.page(recipient.value, query);
    return page ? accept({ ...page, items: page.items.map(viewOf) }) : refuse("request.bad-cursor");
  }),

  endpoint(readMessage, async ({ caller, path }) => {
    const recipient = recipientOf(caller);
    if (!recipient.ok) return recipient;
    const message = await messages.find({ recipient: recipient.value, ...placeOf(path.id) });
    if (!message) return refuse("message.not-found");
    const read = markRead(message, now());
    if (read !== message) await messages.save(read);
    return accept(undefined);
  }),

  endpoint(readMessagePreferences, async ({ caller }) => {
    const person = selfOf(caller);
    if (!person.ok) return person;
    return accept(preferencesView((await preferences.find(person.value)) ?? USUAL));
  }),

  endpoint(changeMessagePreferences, async ({ caller, body: { sms, wechat, openId } }) => {
    const person = selfOf(caller);
    if (!person.ok) return person;
    const known = await preferences.find(person.value);
    const chosen = { sms, wechat, openId: openId ?? known?.openId };
    await preferences.save(person.value, chosen);
    return accept(preferencesView(chosen));
  }),

  endpoint(listMessageTemplates, async () =>
    accept({
      items: TEMPLATE_IDS.flatMap((id) => {
        const template = templateOf(id);
        return template ? [templateView(template)] : [];
      }),
    }),
  ),

  orPage(
    endpoint(previewMessageTemplate, async ({ path: { id, version } }) => {
      const template = templateOf(id, version);
      return template ? accept(templateView(template)) : refuse("message.template-not-found");
    }),
  ),

  endpoint(listMessageLog, async ({ caller: { department }, query: { case: of, ...asked } }) => {
    if (department === undefined) return refuse("message.staff-only");
    const page = await log.ofCase(department, of, asked);
    return page ? accept(page) : refuse("request.bad-cursor");
  }),
];
