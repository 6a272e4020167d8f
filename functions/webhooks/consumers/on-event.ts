import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import * as z from "zod";
import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { isTooOld } from "../domain/feed.ts";
import { bodyOf, EventTooLargeError } from "../feed/append.ts";

const BusMessage = z.object({ detail: AnyEvent });

interface Deps {
  readonly append: (department: string, events: readonly AnyEvent[]) => Promise<number>;
  /** Has the department's endpoints look at the feed. */
  readonly wake: (department: string, events: readonly AnyEvent[]) => Promise<void>;
  readonly now: Clock;
}

interface Taken {
  readonly messageId: string;
  readonly event: AnyEvent;
}

/**
 * Takes events of the bus into the feeds of their departments, those of one department in one write, and then wakes its
 * endpoints. Handling them again is safe: what is in the feed is not appended again, and a wake only has someone look.
 */
export const onEvent = ({ append, wake, now }: Deps) => {
  const read = ({ messageId, body }: SQSEvent["Records"][number]): Taken | undefined => {
    const { detail: event } = BusMessage.parse(JSON.parse(body));
    if (!event.department) return undefined;
    if (isTooOld(event.time, now())) {
      logger.warn("feed.too-old", { event: event.id, type: event.type, correlationId: event.correlationid });
      return undefined;
    }
    bodyOf(event);
    return { messageId, event };
  };

  const takeIn = async (department: string, taken: readonly Taken[]): Promise<readonly string[]> => {
    const events = inOrderOfCases(taken.map(({ event }) => event));
    try {
      const appended = await append(department, events);
      await wake(department, events);
      for (const { id, type, correlationid } of events)
        logger.info("feed.event-taken", { event: id, type, department, appended, correlationId: correlationid });
      return [];
    } catch (error) {
      logger.error("message.failed", error, { department, events: events.length });
      return taken.map(({ messageId }) => messageId);
    }
  };

  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    const byDepartment = new Map<string, Taken[]>();
    for (const record of Records)
      try {
        const taken = read(record);
        const department = taken?.event.department;
        if (department) byDepartment.set(department, [...(byDepartment.get(department) ?? []), taken]);
      } catch (error) {
        const code = error instanceof EventTooLargeError ? "feed.event-too-large" : "message.failed";
        logger.error(code, error, { messageId: record.messageId });
        failed.push(record.messageId);
      }
    const rest = await Promise.all([...byDepartment].map(([department, taken]) => takeIn(department, taken)));
    return { batchItemFailures: [...failed, ...rest.flat()].map((itemIdentifier) => ({ itemIdentifier })) };
  };
};

/** The queue keeps no order: within a batch, what happened to a case stands as it happened. */
const inOrderOfCases = (events: readonly AnyEvent[]): AnyEvent[] => {
  const ofCase = new Map<string, AnyEvent[]>();
  for (const event of events) ofCase.set(event.subject, [...(ofCase.get(event.subject) ?? []), event]);
  for (const mine of ofCase.values())
    mine.sort((one, other) => one.sequence - other.sequence || (one.id < other.id ? -1 : 1));
  return events.flatMap(({ subject }) => ofCase.get(subject)?.shift() ?? []);
};
