import { rotationLambda } from "#shared/runtime/rotation-lambda.ts";
import { dynamoSealedRows } from "#shared/runtime/sealed-rows.ts";
import { rotateKeys } from "../rotate-keys.ts";

export const handler = rotationLambda(({ client, table, cipher }) =>
  rotateKeys({ rows: dynamoSealedRows(client, table), cipher }),
);
