import type { TemplateValue } from "./assembly.ts";
import type { Outcome } from "./function-worker.ts";

/** How a stream mapping treats failures. -1 means without limit. */
export interface BatchRules {
  bisect: boolean;
  retries: number;
  maximumAgeSeconds: number;
  /** The function reports the first record that failed (ReportBatchItemFailures). */
  partial: boolean;
}

/** Why records were given up, in the words of Lambda's invocation record. */
export type GivenUp = "RetryAttemptsExhausted" | "RecordAgeExceeded";

/** What processing a batch does to the world. */
export interface BatchActions {
  invoke(batch: TemplateValue[]): Promise<Outcome>;
  /** Everything up to this sequence number is finished. */
  done(sequenceNumber: string): void;
  discard(batch: TemplateValue[], reason: GivenUp, attempts: number): Promise<void>;
  pause(milliseconds: number): Promise<void>;
  stopped(): boolean;
}

const sequenceOf = (record: TemplateValue): string => record.dynamodb.SequenceNumber;

/** Index of the first record that failed; the batch's length when all succeeded. */
const firstFailed = (batch: TemplateValue[], outcome: Outcome, partial: boolean): number => {
  if (!outcome.ok) return 0;
  const reported = partial ? JSON.parse(outcome.payload)?.batchItemFailures : undefined;
  if (!Array.isArray(reported) || reported.length === 0) return batch.length;
  const positions = reported.map((failure) =>
    batch.findIndex((record) => sequenceOf(record) === failure?.itemIdentifier),
  );
  // An identifier that is not in the batch fails the whole batch.
  return Math.max(0, Math.min(...positions));
};

/**
 * Gives a batch to the function until every record has succeeded or is given up; then, or when stopped, it returns.
 * Records keep their order: a later one is never tried before an earlier one is finished.
 * Source: "Using AWS Lambda with DynamoDB streams" (errors, bisecting, partial batch responses), AWS Lambda Developer Guide.
 */
export const processBatch = async (
  records: TemplateValue[],
  rules: BatchRules,
  actions: BatchActions,
): Promise<void> => {
  const pending: { batch: TemplateValue[]; attempts: number }[] = [{ batch: records, attempts: 0 }];
  const finish = (batch: TemplateValue[]) => {
    const last = batch.at(-1);
    if (last) actions.done(sequenceOf(last));
  };
  while (pending.length > 0 && !actions.stopped()) {
    const { batch, attempts } = pending.shift() as { batch: TemplateValue[]; attempts: number };
    const [oldest] = batch;
    if (!oldest) continue;
    // Tried at least once: DynamoDB Local rounds the creation time of a record down to the minute.
    const age = Date.now() / 1000 - oldest.dynamodb.ApproximateCreationDateTime;
    if (rules.maximumAgeSeconds >= 0 && attempts > 0 && age > Math.max(60, rules.maximumAgeSeconds)) {
      await actions.discard(batch, "RecordAgeExceeded", attempts);
      finish(batch);
      continue;
    }
    const outcome = await actions.invoke(batch);
    if (actions.stopped() && !outcome.ok) return;
    const failed = firstFailed(batch, outcome, rules.partial);
    finish(batch.slice(0, failed));
    const rest = batch.slice(failed);
    if (rest.length === 0) continue;
    if (rules.bisect && rest.length > 1) {
      // With partial responses the batch has been split at the failed record; otherwise it is split in two. Neither counts as a retry.
      const middle = Math.ceil(rest.length / 2);
      if (failed > 0) pending.unshift({ batch: rest, attempts: 0 });
      else pending.unshift({ batch: rest.slice(0, middle), attempts }, { batch: rest.slice(middle), attempts });
      continue;
    }
    const tried = failed > 0 ? 1 : attempts + 1;
    if (rules.retries >= 0 && tried > rules.retries) {
      await actions.discard(rest, "RetryAttemptsExhausted", tried);
      finish(rest);
      continue;
    }
    pending.unshift({ batch: rest, attempts: tried });
    await actions.pause(Math.min(10_000, 100 * 2 ** Math.min(tried, 10)));
  }
};
