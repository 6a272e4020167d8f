import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { logger } from "#shared/runtime/logger.ts";
import { elementOf, type WecomCallback } from "../adapters/wecom-callback.ts";
import { commandOfKey, commandOfText } from "../domain/chat-command.ts";
import type { ChatAnswerer } from "./answer-chat.ts";

interface Deps {
  /** Undefined while the callback is not set up. */
  readonly callback: WecomCallback | undefined;
  readonly answer: ChatAnswerer;
}

const text = (statusCode: number, body: string, type = "text/plain"): HttpResponse => ({
  statusCode,
  headers: { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" },
  body,
});

const PATH = "/callbacks/chat/wecom";

/** Where the government chat posts what officials say and press, and asks once whether the address is ours. */
export const chatCallback =
  ({ callback, answer }: Deps) =>
  async (request: HttpRequest): Promise<HttpResponse> => {
    if (!callback || request.rawPath !== PATH) return text(404, "not found");
    const { msg_signature = "", timestamp = "", nonce = "", echostr } = request.queryStringParameters ?? {};
    const method = request.requestContext.http.method;
    if (method !== "GET" && method !== "POST") return text(405, "method not allowed");

    const body = request.isBase64Encoded ? Buffer.from(request.body ?? "", "base64").toString() : (request.body ?? "");
    const encrypted = method === "GET" ? echostr : elementOf(body, "Encrypt");
    if (!encrypted || !callback.isSigned(msg_signature, timestamp, nonce, encrypted)) {
      logger.warn("chat.unsigned", { method });
      return text(403, "signature does not verify");
    }
    const message = callback.decrypt(encrypted);
    if (message === undefined) {
      logger.warn("chat.not-ours", { method });
      return text(403, "not for us");
    }
    if (method === "GET") return text(200, message);

    const reply = await replyTo(message, answer);
    return reply === undefined ? text(200, "") : text(200, callback.answer(reply, timestamp, nonce), "application/xml");
  };

/** What to say to a message: undefined for what is not said to us, such as that somebody has opened the application. */
const replyTo = async (message: string, answer: ChatAnswerer): Promise<string | undefined> => {
  const of = (name: string): string => elementOf(message, name) ?? "";
  const user = of("FromUserName");
  const envelope = (content: string): string =>
    `<xml><ToUserName><![CDATA[${of("FromUserName")}]]></ToUserName><FromUserName><![CDATA[${of("ToUserName")}]]></FromUserName><CreateTime>${of("CreateTime")}</CreateTime>${content}</xml>`;
  if (of("MsgType") === "text") {
    const said = await answer(`m.${of("MsgId")}`, user, commandOfText(of("Content")));
    return envelope(`<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${said}]]></Content>`);
  }
  if (of("MsgType") === "event" && of("Event") === "template_card_event") {
    const key = of("EventKey");
    const said = await answer(`e.${user}.${of("CreateTime")}.${key}`, user, commandOfKey(key));
    // Changes the button for whoever pressed it [M].
    return envelope(
      `<MsgType><![CDATA[update_button]]></MsgType><Button><ReplaceName><![CDATA[${said}]]></ReplaceName></Button>`,
    );
  }
  return undefined;
};
