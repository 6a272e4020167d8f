import type { Context, SQSEvent } from "aws-lambda";

/** A batch of a queue that a bus rule feeds. */
export const fromBus = (...details: unknown[]): SQSEvent => fromQueue(...details.map((detail) => ({ detail })));

/** A batch of a queue of our own; message ids are m0, m1, ... */
export const fromQueue = (...bodies: unknown[]): SQSEvent =>
  ({ Records: bodies.map((body, i) => ({ messageId: `m${i}`, body: JSON.stringify(body) })) }) as unknown as SQSEvent;

export const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
