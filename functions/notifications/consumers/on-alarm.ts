import type { SNSEvent } from "aws-lambda";
import * as z from "zod";
import { logger } from "#shared/runtime/logger.ts";
import { withinBytes } from "../adapters/text-limits.ts";

const Alarm = z.object({
  AlarmName: z.string(),
  NewStateValue: z.string(),
  AlarmDescription: z.string().nullish(),
  StateChangeTime: z.string().optional(),
});

const MARKDOWN_BYTES = 4096;
const REQUEST_MS = 5_000;
const Answer = z.object({ errcode: z.int() });

interface Deps {
  readonly baseUrl: string;
  /** Empty for no robot: then alarms go by mail only. */
  readonly robotKey: string;
}

/** Text that the robot's markdown cannot take for anything else. */
const plain = (text: string): string => text.replaceAll(/[<>`*_[\]]/g, " ");

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const alarmText = (message: string): string => {
  const parsed = Alarm.safeParse(jsonOf(message));
  if (!parsed.success) return withinBytes(plain(message), MARKDOWN_BYTES);
  const { AlarmName, NewStateValue, AlarmDescription, StateChangeTime } = parsed.data;
  const colour = NewStateValue === "ALARM" ? "warning" : "info";
  return withinBytes(
    [
      `<font color="${colour}">${NewStateValue}</font> ${plain(AlarmName)}`,
      plain(AlarmDescription ?? ""),
      `> ${StateChangeTime ?? ""}`,
    ].join("\n"),
    MARKDOWN_BYTES,
  );
};

/**
 * Puts alarms into the operators' group by its robot (群机器人), which takes 20 a minute. What it does not take is thrown, so
 * that SNS tries again: it does so for hours.
 */
export const onAlarm =
  ({ baseUrl, robotKey }: Deps) =>
  async ({ Records }: SNSEvent): Promise<void> => {
    if (robotKey === "") return logger.info("robot.none", { alarms: Records.length });
    for (const { Sns } of Records) {
      const url = new URL("cgi-bin/webhook/send", baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`);
      url.searchParams.set("key", robotKey);
      const answer = await fetch(url, {
        method: "POST",
        signal: AbortSignal.timeout(REQUEST_MS),
        body: JSON.stringify({ msgtype: "markdown", markdown: { content: alarmText(Sns.Message) } }),
      });
      // The address holds the key: it stands in no error.
      if (!answer.ok) throw new Error(`the group robot answered HTTP ${answer.status}`);
      const { errcode } = Answer.parse(await answer.json());
      if (errcode !== 0) throw new Error(`the group robot answered errcode ${errcode}`);
      logger.info("robot.told");
    }
  };
