import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import type { Template } from "#local/cloud/index.ts";
import { until } from "#local/until.ts";
import {
  misbehave,
  readCase,
  receivedBy,
  submitDemo,
  testCity,
  untilConcluded,
  untilReceived,
} from "../support/city.ts";

/** Messages of a killed function come back after 5 seconds instead of minutes. */
const impatient = (_stack: string, template: Template): Template => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === "AWS::SQS::Queue" && Properties?.VisibilityTimeout) Properties.VisibilityTimeout = 5;
  return template;
};

const STEPS = ["submitted", "accepted", "stage-decided", "approved", "concluded"];

describe("when things fail on the way", () => {
  let city: City;
  beforeAll(async () => {
    city = await testCity({ changeTemplate: impatient });
  });
  afterAll(() => city.stop());

  it("a department whose endpoint is down for a while misses nothing", async () => {
    await misbehave(city.outside.department, { mode: "down", times: 2 });
    const { id } = await submitDemo(city, "down-1");
    const other = await submitDemo(city, "down-2");
    await untilConcluded(city, id, 60);
    await untilConcluded(city, other.id, 60);
    expect((await receivedBy(city.outside.department)).misbehaved).toBe(2);
  });

  it("a department that answers 500, nonsense or late gets its events again", async () => {
    for (const mode of ["500", "bad-answer"]) {
      await misbehave(city.outside.department, { mode, times: 1 });
      const { id } = await submitDemo(city, `mode-${mode}`);
      await untilConcluded(city, id, 60);
    }
  });

  it("an access token that the chat has let expire is fetched again", async () => {
    // Several cases in a row make a digest, which names none of them.
    const shown = async () =>
      ((await (await fetch(`${city.outside.wecom}/inbox`)).json()) as { cards: unknown[] }).cards.length;
    await misbehave(city.outside.wecom, { mode: "expire-tokens" });
    const before = await shown();
    const { id } = await submitDemo(city, "expired-token");
    await until("a card is shown", async () => (await shown()) > before, { seconds: 60 });
    await untilConcluded(city, id, 60);
  });

  it("functions killed again and again in the middle of their work lose nothing and do nothing twice", async () => {
    const cases: string[] = [];
    for (let n = 0; n < 12; n++) {
      const submitted = submitDemo(city, `kill-${n}`);
      if (n % 2 === 0) city.cloud.killWorkers();
      cases.push((await submitted).id);
      if (n % 3 === 0) city.cloud.killWorkers();
    }
    for (const id of cases) {
      await untilConcluded(city, id, 90);
      const { timeline } = await readCase(city, id);
      expect(timeline.map(({ step }) => step)).toEqual(STEPS);
    }
    for (const id of cases)
      expect((await untilReceived(city.outside.department, id, 5)).sort()).toEqual([1, 2, 3, 4, 5]);
  }, 120_000);
});
