import { randomBytes, randomInt } from "node:crypto";
import { decrypt, encrypt, getSignature } from "@wecom/crypto";
import * as z from "zod";

export interface WecomPosterOptions {
  readonly url: string;
  readonly token: string;
  readonly encodingAesKey: string;
  readonly corpId: string;
  readonly agentId: number;
}

/** What a member says, or which button they press; `id` and `at` (seconds) are given to repeat what was posted before. */
const Doing = z.object({
  user: z.string(),
  text: z.string().optional(),
  key: z.string().optional(),
  task: z.string().default("task"),
  id: z.string().optional(),
  at: z.int().optional(),
});

export interface Answered {
  readonly status: number;
  /** What the platform answered, decrypted; undefined for an empty answer. */
  readonly reply?: string;
  /** Whether the answer's signature verifies and it is addressed to us. */
  readonly genuine?: boolean;
}

const cdata = (name: string, value: string): string => `<${name}><![CDATA[${value}]]></${name}>`;
const inner = (xml: string, name: string): string =>
  new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([\\s\\S]*?)(?:\\]\\]>)?</${name}>`).exec(xml)?.[1] ?? "";

/** Posts to the application's callback as WeCom does, through its own library (@wecom/crypto), and reads the answer. */
export const wecomPoster =
  ({ url, token, encodingAesKey, corpId, agentId }: WecomPosterOptions) =>
  async (doing: unknown): Promise<Answered> => {
    const { user, text, key, task, id, at = Math.floor(Date.now() / 1000) } = Doing.parse(doing);
    const content =
      key === undefined
        ? `${cdata("MsgType", "text")}${cdata("Content", text ?? "")}<MsgId>${id ?? randomInt(2 ** 47)}</MsgId>`
        : `${cdata("MsgType", "event")}${cdata("Event", "template_card_event")}${cdata("EventKey", key)}${cdata("TaskId", task)}${cdata("CardType", "button_interaction")}`;
    const message = `<xml>${cdata("ToUserName", corpId)}${cdata("FromUserName", user)}<CreateTime>${at}</CreateTime>${content}<AgentID>${agentId}</AgentID></xml>`;
    const encrypted = encrypt(encodingAesKey, message, corpId);
    const timestamp = String(at);
    const nonce = randomBytes(5).toString("hex");
    const query = new URLSearchParams({
      msg_signature: getSignature(token, timestamp, nonce, encrypted),
      timestamp,
      nonce,
    });
    const answer = await fetch(`${url}?${query}`, {
      method: "POST",
      headers: { "content-type": "text/xml" },
      body: `<xml>${cdata("ToUserName", corpId)}${cdata("Encrypt", encrypted)}${cdata("AgentID", String(agentId))}</xml>`,
      signal: AbortSignal.timeout(5_000),
    });
    const said = await answer.text();
    if (said === "" || !answer.ok) return { status: answer.status };
    const secret = inner(said, "Encrypt");
    const { message: reply, id: receiver } = decrypt(encodingAesKey, secret);
    const signature = getSignature(token, inner(said, "TimeStamp"), inner(said, "Nonce"), secret);
    return {
      status: answer.status,
      reply,
      genuine: signature === inner(said, "MsgSignature") && receiver === corpId,
    };
  };
