import type { SNSEvent } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alarmText, onAlarm } from "#functions/notifications/consumers/on-alarm.ts";
import { startWecomServer } from "#local/outside/wecom-server.ts";

type Server = Awaited<ReturnType<typeof startWecomServer>>;
let server: Server;
beforeEach(async () => {
  server = await startWecomServer({ corpId: "c", corpSecret: "s", agentId: 1, robotKey: "key-of-the-group", port: 0 });
});
afterEach(() => server.stop());

const alarm = (more: object = {}): SNSEvent =>
  ({
    Records: [
      {
        Sns: {
          Message: JSON.stringify({
            AlarmName: "NotificationsSweepFails",
            NewStateValue: "ALARM",
            AlarmDescription: "The sweep of messages fails. <b>Digests</b> do not reach officials.",
            StateChangeTime: "2026-11-24T02:33:00.000+0000",
            ...more,
          }),
        },
      },
    ],
  }) as unknown as SNSEvent;
const group = async () => ((await (await fetch(`${server.url}/group`)).json()) as { messages: string[] }).messages;

describe("an alarm", () => {
  it("comes into the operators' group, its text as text", async () => {
    await onAlarm({ baseUrl: server.url, robotKey: "key-of-the-group" })(alarm());
    expect(await group()).toEqual([
      '<font color="warning">ALARM</font> NotificationsSweepFails\nThe sweep of messages fails.  b Digests /b  do not reach officials.\n> 2026-11-24T02:33:00.000+0000',
    ]);
  });

  it("is tried again when the robot does not take it, and its key stands in no error", async () => {
    const refused = onAlarm({ baseUrl: server.url, robotKey: "another-key" })(alarm());
    await expect(refused).rejects.toThrow(/^the group robot answered errcode 93000$/);
  });

  it("goes nowhere while there is no robot", async () => {
    await onAlarm({ baseUrl: server.url, robotKey: "" })(alarm());
    expect(await group()).toEqual([]);
  });

  it("that is longer than a message may be is cut, and one that is no JSON is shown as it is", () => {
    expect(
      Buffer.byteLength(alarmText(alarm({ AlarmDescription: "长".repeat(5000) }).Records[0]?.Sns.Message ?? "")),
    ).toBeLessThanOrEqual(4096);
    expect(alarmText("budget exceeded")).toBe("budget exceeded");
  });
});
