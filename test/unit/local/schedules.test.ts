import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CloudError } from "#local/cloud/cloud-error.ts";
import type { Deployment, Resource } from "#local/cloud/deployment.ts";
import type { Targets } from "#local/cloud/event-targets.ts";
import { rateMilliseconds, startSchedules } from "#local/cloud/schedules.ts";

describe("schedule expressions", () => {
  it.each([
    ["rate(1 minute)", 60_000],
    ["rate(5 minutes)", 300_000],
    ["rate(2 hours)", 7_200_000],
    ["rate(1 day)", 86_400_000],
    ["cron(0 1 * * ? *)", undefined],
    ["rate(1 fortnight)", undefined],
  ])("%s", (expression, expected) => {
    expect(rateMilliseconds(expression)).toBe(expected);
  });
});

const schedule = (physicalId: string, expression: string): Resource =>
  ({
    stack: "s",
    logicalId: physicalId,
    physicalId,
    type: "AWS::Scheduler::Schedule",
    properties: {
      ScheduleExpression: expression,
      Target: { Arn: `arn:aws:lambda:us-east-1:000000000000:function:${physicalId}`, RoleArn: "role" },
    },
  }) as unknown as Resource;

describe("schedules", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const begun: string[] = [];
  const said: string[] = [];
  let end = () => {};
  const start = (timers?: boolean) => {
    begun.length = 0;
    said.length = 0;
    const all = [schedule("sweep", "rate(5 minutes)"), schedule("bills", "cron(30 1 * * ? *)")];
    const deployment = {
      ofType: (type: string) => (type === "AWS::Scheduler::Schedule" ? all : []),
    } as unknown as Deployment;
    const targets = {
      functions: {
        find: (name: string) => ({ name }),
        invokeLater: ({ name }: { name: string }) => {
          begun.push(name.split(":").at(-1) ?? "");
          return new Promise<void>((resolve) => {
            end = resolve;
          });
        },
      },
    } as unknown as Targets;
    const policies = new Map([["role", { allows: () => true }]]) as never;
    return startSchedules(deployment, targets, policies, (line) => said.push(line), timers);
  };

  it("of a rate run by themselves, others only when fired", () => {
    const schedules = start();
    expect(said).toEqual(["Schedules that run only when fired: bills (cron(30 1 * * ? *))."]);
    vi.advanceTimersByTime(299_999);
    expect(begun).toEqual([]);
    vi.advanceTimersByTime(300_001);
    expect(begun).toEqual(["sweep", "sweep"]);
    schedules.stop();
    vi.advanceTimersByTime(86_400_000);
    expect(begun).toHaveLength(2);
  });

  it("run only when fired, all of them, where no timers are wanted", async () => {
    const schedules = start(false);
    expect(said[0]).toContain("sweep (rate(5 minutes))");
    vi.advanceTimersByTime(86_400_000);
    expect(begun).toEqual([]);
    const fired = schedules.fire("sweep");
    end();
    await fired;
    expect(begun).toEqual(["sweep"]);
  });

  it("have run when firing them is over", async () => {
    let over = false;
    const fired = start(false)
      .fire("sweep")
      .then(() => {
        over = true;
      });
    await vi.advanceTimersByTimeAsync(1000);
    expect(over).toBe(false);
    end();
    await fired;
    expect(over).toBe(true);
  });

  it("of a name that nobody has are refused", async () => {
    await expect(start(false).fire("nobody")).rejects.toThrow(CloudError);
  });
});
