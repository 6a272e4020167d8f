import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import type { ShownCard } from "#local/outside/wecom-server.ts";
import { testCity } from "../support/city.ts";
import {
  expectedSteps,
  flowUnderKills,
  impatient,
  type KillReport,
  killInTurn,
  notificationsOf,
} from "../support/kills.ts";

const CASES = 40;

describe("while functions are killed one after the other", () => {
  let city: City;
  let told: KillReport;
  let kills: ReturnType<typeof killInTurn>;
  beforeAll(async () => {
    city = await testCity({ changeTemplate: impatient });
    kills = killInTurn(city.cloud, 3_000);
    told = await flowUnderKills(
      { ...city, department: city.outside.department ?? "", notifications: notificationsOf(city.cloud) },
      { cases: CASES, calm: kills.stop },
    );
  }, 600_000);
  afterAll(async () => {
    kills?.stop();
    await city?.stop();
  });

  it("many of them die in the middle of their work", () => {
    expect(kills.atWork()).toBeGreaterThan(8);
    expect(kills.functions()).toBeGreaterThan(4);
  });

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

  it("no official is shown a card twice", async () => {
    const { cards } = (await (await fetch(`${city.outside.wecom}/inbox`)).json()) as { cards: ShownCard[] };
    const withButtons = cards.filter(({ keys }) => keys.length > 0).map(({ user, keys }) => `${user} ${keys}`);
    expect(withButtons.length).toBeGreaterThan(0);
    expect(new Set(withButtons)).toHaveLength(withButtons.length);
  });

  it("nothing waits for an official in the end", () => {
    expect(told.waiting).toBe(0);
  });
});
