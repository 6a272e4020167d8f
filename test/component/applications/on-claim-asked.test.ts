import { beforeEach, describe, expect, it } from "vitest";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { memoryItems } from "#functions/applications/adapters/memory-items.ts";
import { onClaimAsked } from "#functions/applications/consumers/on-claim-asked.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { ClaimAskedV1 } from "#shared/contracts/events/notifications.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import { cipher, RECEIVED, rules, submitted } from "#test/support/applications.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const LATER = "2026-11-23T02:00:00.000Z";
const mine = rules();

const asked = (of: string, staff: string, { sequence = 1, department = mine.department.uscc } = {}) =>
  eventsOf(
    {
      source: "/notifications/chat",
      subject: `${of}-${staff}`,
      version: 1,
      at: LATER,
      extensions: { department, division: mine.division },
    },
    [{ contract: ClaimAskedV1, data: { case: of, staff, caseSequence: sequence } }],
  )[0];

describe("an official who takes a case in the chat", () => {
  let applications: ReturnType<typeof memoryApplications>;
  let take: (event: unknown) => Promise<unknown>;
  const id = submitted().state.id;

  beforeEach(async () => {
    applications = memoryApplications(cipher);
    await applications.save(submitted(mine, { id, at: RECEIVED }));
    const items = memoryItems([mine]);
    const handle = onClaimAsked({ applications, items, settings: defaultSettings, now: () => LATER });
    take = (event) => handle(fromBus(event as never), context);
  });
  const holder = async () => (await applications.find(id))?.claimedBy;

  it("has it, and a repeat changes nothing", async () => {
    await take(asked(id, "sd-zr-0102"));
    await take(asked(id, "sd-zr-0102"));
    expect(await holder()).toBe("sd-zr-0102");
    expect((await applications.find(id))?.version).toBe(2);
  });

  it("does not have it when another was faster", async () => {
    await take(asked(id, "sd-zr-0102"));
    await take(asked(id, "sd-zr-0103"));
    await take(asked(id, "sd-zr-0103", { sequence: 2 }));
    expect(await holder()).toBe("sd-zr-0102");
  });

  it("does not have what has changed since they saw it", async () => {
    await take(asked(id, "sd-zr-0102", { sequence: 7 }));
    expect(await holder()).toBeUndefined();
  });

  it("does not have another department's case, nor one that is not there", async () => {
    await take(asked(id, "nh-mz-0001", { department: "11440605007040232D" }));
    expect(await take(asked("01KB0M5Q2W8ZC3T7N4XJ6VHR9D", "sd-zr-0102"))).toEqual({ batchItemFailures: [] });
    expect(await holder()).toBeUndefined();
  });
});
