import { systemClock } from "#shared/kernel/clock.ts";
import { rotationLambda } from "#shared/runtime/rotation-lambda.ts";
import { dynamoRows } from "../adapters/dynamo-rows.ts";
import { rotateKeys } from "../rotate-keys.ts";

export const handler = rotationLambda(({ client, table, cipher }) =>
  rotateKeys({ rows: dynamoRows(client, table, systemClock), cipher }),
);
