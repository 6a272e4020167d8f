import { describe, expect, it } from "vitest";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { memoryItems } from "#functions/applications/adapters/memory-items.ts";
import { acceptCase } from "#functions/applications/domain/acceptance.ts";
import { requestCorrection } from "#functions/applications/domain/correction.ts";
import type { Applications } from "#functions/applications/domain/ports.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { recomputeDeadlines } from "#functions/applications/recompute-deadlines.ts";
import { sweepDue } from "#functions/applications/sweep-due.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import {
  applicant,
  cipher,
  command,
  givenOf,
  granted,
  RECEIVED,
  rules,
  stages,
  submitted,
} from "#test/support/applications.ts";

const item = rules({ stages: stages("approval"), limits: { statutory: 20, promised: 3 } });
const tacit = rules({ ...item, code: "11440606MB2D26310W4440712002041", tacit: "approved" });
const WAITING = derivedId("waiting");
const RETURNED = derivedId("returned");
const SILENT = derivedId("silent");

const left = () => 60_000;

/** Three open cases: one nobody has looked at, one that waits for its applicant, one whose officer is silent. */
const city = async () => {
  const store = memoryApplications(cipher);
  await store.save(submitted(item, { id: WAITING }));
  const returned = submitted(item, { id: RETURNED, by: applicant({ name: "李四" }) });
  await store.save(returned);
  await store.save(granted(requestCorrection(returned.state, givenOf(item), [{ what: "缺身份证" }], command())));
  const silent = submitted(tacit, { id: SILENT });
  await store.save(silent);
  await store.save(granted(acceptCase(silent.state, givenOf(tacit), undefined, command())));
  const before = store.published().length;
  const items = memoryItems([item, tacit]);
  const sweep = (applications: Applications, at: string) =>
    sweepDue({ applications, items, settings: defaultSettings, now: () => at, left })();
  const states = async () => {
    const found = await Promise.all([WAITING, RETURNED, SILENT].map((id) => store.find(id)));
    return found.map((state) => state && { ...state, wake: undefined });
  };
  const told = () =>
    store
      .published()
      .slice(before)
      .map(({ type, subject, data }) =>
        [
          subject,
          type.replace("gov.yimen.application.", ""),
          data.deadline ?? "",
          data.dueBy ? JSON.stringify(data.dueBy) : "",
        ].join(" "),
      )
      .sort();
  return { store, items, sweep, states, told };
};

/** A process that dies: at its n-th call, before it or after it has been done; from then on nothing it asks is done. */
const dying = (applications: Applications, at: number, when: "before" | "after"): Applications => {
  let calls = 0;
  return new Proxy(applications, {
    get: (target, name: keyof Applications) => {
      const method = target[name] as (...given: unknown[]) => Promise<unknown>;
      return async (...given: unknown[]) => {
        calls += 1;
        if (calls > at || (calls === at && when === "before")) throw new Error("killed");
        const result = await method.apply(target, given);
        if (calls >= at) throw new Error("killed");
        return result;
      };
    },
  });
};

/** Moments at which the sweep runs: around each of the deadlines, and long after them all. */
const moments = [
  "2026-11-26T16:00:00.000Z",
  "2026-11-27T16:00:00.000Z",
  "2026-12-04T16:00:00.000Z",
  "2026-12-18T16:00:00.000Z",
  "2027-03-01T00:00:00.000Z",
];

const undisturbed = async () => {
  const { store, sweep, states, told } = await city();
  for (const at of moments) await sweep(store, at);
  return { states: await states(), told: told() };
};

describe("the sweep of deadlines", () => {
  it("tells what is near and over, accepts and decides by law, and lets lapse: each once", async () => {
    const { states, told } = await undisturbed();
    expect(states.map((state) => state?.phase.status)).toEqual(["accepted", "lapsed", "approved"]);
    const of = (id: string) =>
      told.filter((line) => line.startsWith(id)).map((line) => line.split(" ").slice(1, 3).join(" ").trim());
    expect(of(WAITING)).toEqual(
      [
        "accepted.v1",
        "deadline-near.v1 acceptance",
        "deadline-near.v1 promised",
        "deadline-near.v1 statutory",
        "overdue.v1 acceptance",
        "overdue.v1 promised",
        "overdue.v1 statutory",
      ].sort(),
    );
    expect(of(RETURNED)).toEqual(["deadline-near.v1 correction", "lapsed.v1"]);
    expect(of(SILENT)).toEqual(
      [
        "deadline-near.v1 promised",
        "overdue.v1 promised",
        "deadline-near.v1 statutory",
        "overdue.v1 statutory",
        "decided.v1",
        "deadline-near.v1 delivery",
        "overdue.v1 delivery",
      ].sort(),
    );
    expect(new Set(told).size).toBe(told.length);
  });

  it("has nothing more to do when it runs again at the same moment", async () => {
    const { store, sweep, told } = await city();
    for (const at of moments) {
      await sweep(store, at);
      const before = told();
      expect(await sweep(store, at)).toMatchObject({ changed: 0, failed: 0 });
      expect(told()).toEqual(before);
    }
  });

  it("does not look again at what it has moved: the index holds what is still to come", async () => {
    const { store, sweep } = await city();
    const at = "2026-11-24T16:00:00.000Z";
    expect((await sweep(store, at)).looked).toBeGreaterThan(0);
    expect(await sweep(store, at)).toEqual({ looked: 0, changed: 0, moved: 0, failed: 0 });
  });

  it.each(["before", "after"] as const)(
    "may be killed %s any of its steps, and the next one ends the same",
    async (when) => {
      const expected = await undisturbed();
      for (let step = 1, wasKilled = true; wasKilled; step++) {
        const { store, sweep, states, told } = await city();
        wasKilled = false;
        for (const at of moments) {
          await sweep(dying(store, step, when), at).catch(() => {
            wasKilled = true;
          });
          await sweep(store, at);
        }
        expect(told(), `killed ${when} step ${step}`).toEqual(expected.told);
        // The same steps on the same days: only how often a version was counted may not differ either.
        expect((await states()).map((state) => [state?.phase, state?.raised, state?.version])).toEqual(
          expected.states.map((state) => [state?.phase, state?.raised, state?.version]),
        );
      }
    },
  );

  it("does the same when two run at once", async () => {
    const expected = await undisturbed();
    const { store, sweep, told } = await city();
    for (const at of moments) await Promise.all([sweep(store, at), sweep(store, at), sweep(store, at)]);
    expect(told()).toEqual(expected.told);
  });

  it("gives way to an officer who acts at the same moment", async () => {
    const { store, items, told } = await city();
    const state = await store.find(WAITING);
    if (!state) throw new Error("no case");
    const racing: Applications = {
      ...store,
      find: async (id) => {
        const found = await store.find(id);
        if (id === WAITING && found?.version === 1)
          await store.save(granted(acceptCase(found, givenOf(item), undefined, command({ at: RECEIVED }))));
        return found;
      },
    };
    await sweepDue({ applications: racing, items, settings: defaultSettings, now: () => moments[1] ?? "", left })();
    expect(told().filter((line) => line.includes(WAITING) && line.includes("accepted"))).toHaveLength(1);
    expect((await store.find(WAITING))?.timeline.at(-1)?.byLaw).toBeUndefined();
  });

  it("goes on with the others when one case cannot be read, and then fails, so that the alarm hears of it", async () => {
    const { store, items, told } = await city();
    const broken: Applications = {
      ...store,
      find: (id) => (id === WAITING ? Promise.reject(new Error("altered row")) : store.find(id)),
    };
    const run = sweepDue({ applications: broken, items, settings: defaultSettings, now: () => moments[4] ?? "", left });
    await expect(run()).rejects.toThrow("1 cases could not be looked at");
    expect(told().some((line) => line.includes(SILENT) && line.includes("decided"))).toBe(true);
  });
});

describe("computing deadlines anew", () => {
  it("walks all open cases in slices and writes none whose dates have not moved", async () => {
    const { store, items, told } = await city();
    const recompute = recomputeDeadlines({
      applications: store,
      items,
      settings: defaultSettings,
      now: () => RECEIVED,
    });
    let seen = 0;
    let next: object | undefined = { limit: 1 };
    while (next) {
      const slice: Awaited<ReturnType<typeof recompute>> = await recompute({ limit: 1, ...next });
      seen += slice.seen;
      expect(slice.moved).toBe(0);
      next = slice.next;
    }
    expect(seen).toBe(3);
    expect(told()).toEqual([]);
  });

  it("moves what a notice has moved, tells it once, and may be run again", async () => {
    const { store, items, told } = await city();
    const state = await store.find(SILENT);
    if (state?.phase.status !== "accepted") throw new Error("not accepted");
    const provisional = { ...state.phase.decideBy, date: "2026-12-21", provisional: true };
    await store.save({
      at: RECEIVED,
      events: [],
      state: { ...state, version: state.version + 1, phase: { ...state.phase, decideBy: provisional } },
    });
    const recompute = recomputeDeadlines({
      applications: store,
      items,
      settings: defaultSettings,
      now: () => RECEIVED,
    });
    const all = async () => {
      let moved = 0;
      for (let next: object | undefined = {}; next; ) {
        const slice: Awaited<ReturnType<typeof recompute>> = await recompute(next);
        moved += slice.moved;
        next = slice.next;
      }
      return moved;
    };
    expect([await all(), await all()]).toEqual([1, 0]);
    expect(told().map((line) => line.split(" ")[1])).toEqual(["deadlines-recomputed.v1"]);
    expect((await store.find(SILENT))?.phase).toMatchObject({ decideBy: { date: "2026-12-18", provisional: false } });
  });
});
