import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import { demoApplication } from "#local/demo-city/applicant.ts";
import { departmentClientId, departments } from "#local/demo-city/registry.ts";
import { listen } from "#local/outside/http-server.ts";
import { until } from "#local/until.ts";
import { createEndpoint, deleteEndpoint, testEndpoint } from "#shared/contracts/http/webhooks/endpoints.ts";
import { apiOf, misbehave, receivedBy, submitDemo, testCity, untilConcluded } from "../support/city.ts";
import { impatient } from "../support/kills.ts";

/** A receiver that takes requests and answers none; it knows which are still waited for. */
const startDead = async () => {
  const requests: { readonly path: string; open: boolean }[] = [];
  const running = await listen(0, async ({ url = "", socket }) => {
    const request = { path: url, open: true };
    requests.push(request);
    socket.once("close", () => {
      request.open = false;
    });
  });
  return { ...running, to: (path: string) => requests.filter((request) => request.path === path) };
};

/** A receiver that takes everything. */
const startHealthy = async () => {
  const ids = new Set<string>();
  const running = await listen(0, async ({ headers }, response) => {
    ids.add(String(headers["webhook-id"]));
    response.writeHead(204).end();
  });
  return { ...running, ids };
};

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

  it("endpoints that take requests and never answer delay no other, of their own department or of another", async () => {
    const [dead, healthy] = await Promise.all([startDead(), startHealthy()]);
    const own = departments().find(({ name }) => name === demoApplication.department);
    const other = departments().find(({ name }) => name !== demoApplication.department);
    if (!own || !other) throw new Error("the demo city has two departments");
    const [ours, theirs] = [own, other].map(({ uscc }) => apiOf(city, departmentClientId(uscc)));
    if (!ours || !theirs) throw new Error("each has a client");

    const made: { api: typeof ours; id: string }[] = [];
    const register = async (api: typeof ours, url: string): Promise<string> => {
      const answer = await api(createEndpoint, {
        key: `beside-dead-${made.length}`,
        body: { url, types: ["gov.yimen.application.*"] },
      });
      if (!answer.ok) throw new Error(answer.code);
      made.push({ api, id: answer.value.id });
      return answer.value.id;
    };
    const test = async (api: typeof ours, id: string): Promise<string> => {
      const answer = await api(testEndpoint, { path: { id }, key: "test" });
      if (!answer.ok) throw new Error(answer.code);
      return answer.value.event;
    };
    try {
      await test(ours, await register(ours, `${dead.url}/ours`));
      await test(theirs, await register(theirs, `${dead.url}/theirs`));
      const well = [
        await register(ours, `${healthy.url}/ours`),
        await register(theirs, `${healthy.url}/theirs`),
      ] as const;
      // A quick worker has given each up after three seconds; now a slow one waits fifteen for it, for the first time.
      const waiting = await until(
        "both are waited for with patience",
        () => {
          const second = [dead.to("/ours")[1], dead.to("/theirs")[1]];
          return second.every((request) => request?.open) && second;
        },
        { seconds: 60 },
      );
      const cases = await Promise.all([1, 2, 3].map((n) => submitDemo(city, `beside-dead-${n}`)));
      const wanted = [...cases.map(({ id }) => `${id}.1.0`), await test(ours, well[0]), await test(theirs, well[1])];
      await until("the healthy ones have all", () => wanted.every((id) => healthy.ids.has(id)), { seconds: 30 });
      expect(waiting.map((request) => request?.open)).toEqual([true, true]);
      for (const { id } of cases) await untilConcluded(city, id, 60);
    } finally {
      for (const { api, id } of made) await api(deleteEndpoint, { path: { id } });
      await Promise.all([dead.stop(), healthy.stop()]);
    }
  }, 150_000);
});
