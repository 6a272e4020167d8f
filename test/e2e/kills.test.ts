import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import type { Template } from "#local/cloud/index.ts";
import { testCity } from "../support/city.ts";
import { expectedSteps, flowUnderKills, type KillReport } from "../support/kills.ts";

const CASES = 40;

/** Messages of a killed function come back after seconds instead of minutes. */
const impatient = (_stack: string, template: Template): Template => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === "AWS::SQS::Queue" && Properties?.VisibilityTimeout) Properties.VisibilityTimeout = 5;
  return template;
};

describe("while functions are killed one after the other", () => {
  let city: City;
  let told: KillReport;
  beforeAll(async () => {
    city = await testCity({ changeTemplate: impatient });
    told = await flowUnderKills(city, { cases: CASES, killEveryMs: 1_000 });
  }, 600_000);
  afterAll(() => city?.stop());

  it("every case takes every step once", () => {
    expect(told.timelines.size).toBe(CASES);
    for (const steps of told.timelines.values()) expect(steps).toEqual(expectedSteps);
  });

  it("the department's system hears of every step, from nobody but the platform", () => {
    for (const sequences of told.received.values()) expect([...sequences].sort()).toEqual([1, 2, 3, 4, 5]);
    expect(told.forged).toBe(0);
  });

  it("the feed holds every event once", () => {
    const ofCases = told.feed.filter(
      ({ subject, type }) => told.timelines.has(subject) && type.includes(".application."),
    );
    const ids = ofCases.map(({ source, id }) => `${source} ${id}`);
    expect(new Set(ids)).toHaveLength(ids.length);
    for (const id of told.timelines.keys())
      expect(
        ofCases
          .filter(({ subject }) => subject === id)
          .map(({ sequence }) => sequence)
          .sort(),
      ).toEqual([1, 2, 3, 4, 5]);
  });

  it("nothing waits for an official in the end", () => {
    expect(told.kills).toBeGreaterThan(10);
    expect(told.waiting).toBe(0);
  });
});
