import { describe, expect, it } from "vitest";
import { TOLD_TYPES } from "#functions/notifications/domain/work.ts";
import { PROGRESS_TYPES } from "#functions/notifications/telling/progress-of-event.ts";
import { TASK_EVENTS, WITHOUT_TASKS } from "#functions/notifications/todos/tasks-of-event.ts";
import * as rules from "#infra/capabilities/notification-events.ts";
import { events as contracts } from "#shared/contracts/events/index.ts";

/** EventBridge takes no longer pattern. */
const PATTERN_LENGTH = 2_048;

describe("the rules of notifications", () => {
  it.each([
    ["officials", rules.TOLD_TO_OFFICIALS, TOLD_TYPES],
    ["people", rules.TOLD_TO_PEOPLE, PROGRESS_TYPES],
  ])("wake the function that tells %s for exactly what it tells", (_whom, woken, handled) => {
    expect([...woken].sort()).toEqual([...handled].sort());
    const known = contracts.map(({ type }) => type);
    for (const type of handled) expect(known).toContain(type);
    expect(JSON.stringify({ "detail-type": woken }).length).toBeLessThan(PATTERN_LENGTH);
  });

  it("wake the list for every event that says something of tasks", () => {
    expect(rules.TASK_CAPABILITIES).toEqual(TASK_EVENTS);
    expect([...rules.WITHOUT_TASKS].sort()).toEqual([...WITHOUT_TASKS].sort());
  });
});
