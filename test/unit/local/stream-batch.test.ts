import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCheckpoints } from "#local/cloud/checkpoints.ts";
import { type BatchRules, processBatch } from "#local/cloud/stream-batch.ts";

const records = (...names: string[]) =>
  names.map((name) => ({ dynamodb: { SequenceNumber: name, ApproximateCreationDateTime: Date.now() / 1000 } }));

/** Runs a batch against a function given as what it answers for the records of one call. */
const run = async (
  names: string[],
  rules: Partial<BatchRules>,
  answer: (batch: string[], call: number) => "throw" | string[],
) => {
  const calls: string[] = [];
  const log: string[] = [];
  let stopped = false;
  await processBatch(
    records(...names),
    { bisect: false, retries: -1, maximumAgeSeconds: -1, partial: false, ...rules },
    {
      invoke: async (batch) => {
        const own = batch.map((record) => record.dynamodb.SequenceNumber);
        calls.push(own.join(""));
        const failures = answer(own, calls.length);
        if (calls.length > 50) stopped = true;
        return failures === "throw"
          ? { ok: false, error: { errorType: "E", errorMessage: "e" } }
          : {
              ok: true,
              payload: JSON.stringify({ batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) }),
            };
      },
      done: (sequence) => log.push(`done ${sequence}`),
      discard: async (batch, reason, attempts) =>
        void log.push(`${reason} ${batch.map((record) => record.dynamodb.SequenceNumber).join("")} after ${attempts}`),
      pause: async () => {},
      stopped: () => stopped,
    },
  );
  return { calls, log };
};

describe("a batch of stream records", () => {
  it("is done when all succeed", async () => {
    expect(await run(["a", "b"], {}, () => [])).toEqual({ calls: ["ab"], log: ["done b"] });
  });
  it("is tried again as a whole, and given up after the retries", async () => {
    expect(await run(["a", "b"], { retries: 2 }, () => "throw")).toEqual({
      calls: ["ab", "ab", "ab"],
      log: ["RetryAttemptsExhausted ab after 3", "done b"],
    });
  });
  it("starts again at the first record that failed, and keeps what came before", async () => {
    const result = await run(["a", "b", "c"], { partial: true, retries: 1 }, (batch) =>
      batch.filter((name) => name === "b"),
    );
    expect(result.calls).toEqual(["abc", "bc", "bc"].slice(0, result.calls.length));
    expect(result.log[0]).toBe("done a");
    expect(result.log).toContain("RetryAttemptsExhausted bc after 2");
  });
  it("isolates the one bad record by bisecting, in order, losing no other", async () => {
    const { calls, log } = await run(["a", "b", "c", "d"], { bisect: true, retries: 1 }, (batch) =>
      batch.includes("c") ? "throw" : [],
    );
    expect(log).toEqual(["done b", "RetryAttemptsExhausted c after 2", "done c", "done d"]);
    expect(calls).toEqual(["abcd", "ab", "cd", "c", "c", "d"]);
  });
  it("isolates it with partial responses too", async () => {
    const { log } = await run(["a", "b", "c", "d"], { bisect: true, partial: true, retries: 0 }, (batch) =>
      batch.filter((name) => name === "b"),
    );
    expect(log.filter((line) => line.startsWith("Retry"))).toEqual(["RetryAttemptsExhausted b after 1"]);
    expect(log.at(-1)).toBe("done d");
  });
  it("takes an unknown identifier for the failure of all", async () => {
    expect((await run(["a", "b"], { partial: true, retries: 0 }, () => ["z"])).log).toEqual([
      "RetryAttemptsExhausted ab after 1",
      "done b",
    ]);
  });
  it("never gives up without a limit", async () => {
    expect((await run(["a"], {}, (_batch, call) => (call < 20 ? "throw" : []))).log).toEqual(["done a"]);
  });
});

describe("checkpoints", () => {
  const path = () => join(mkdtempSync(join(tmpdir(), "checkpoints-")), "m.json");
  it("come back after a restart", () => {
    const file = path();
    const first = openCheckpoints(file);
    expect(first.resumed).toBe(false);
    first.write("s1", "1");
    first.write("s2", "7");
    first.write("s1", "2");
    const second = openCheckpoints(file);
    expect([second.resumed, second.read("s1"), second.read("s2"), second.read("s3")]).toEqual([
      true,
      "2",
      "7",
      undefined,
    ]);
  });
  it("remember that the mapping has run, even if nothing was read", () => {
    const file = path();
    openCheckpoints(file);
    expect(openCheckpoints(file).resumed).toBe(true);
  });
  it("start over when the file is damaged", () => {
    const file = path();
    writeFileSync(file, "{");
    expect(openCheckpoints(file).read("s1")).toBeUndefined();
  });
});
