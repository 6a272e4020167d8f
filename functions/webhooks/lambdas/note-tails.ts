import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { logger } from "#shared/runtime/logger.ts";
import { dynamoFeedLog } from "../adapters/dynamo-feed-log.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });
const log = dynamoFeedLog(documentClient(), TABLE_NAME, systemClock);

export const handler = async (): Promise<void> => logger.info("feed.tails-noted", { logs: await log.noteTails() });
