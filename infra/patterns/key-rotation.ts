import { Duration } from "aws-cdk-lib";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import { grantRows } from "./grants.ts";
import type { KeyRingSecret } from "./key-ring-secret.ts";
import { ServiceFunction } from "./service-function.ts";

export interface KeyRotationProps {
  /** functions/<capability>/lambdas/rotate-keys.ts */
  readonly entry: string;
  readonly data: { readonly table: TableV2; readonly fieldKeys: KeyRingSecret };
  /** Whether some rows are found by a keyed hash: with a new key they move. */
  readonly rowsMove?: boolean;
  /** Over and above the table and the ring. */
  readonly environment?: Record<string, string>;
}

/** The function that seals a capability's rows anew after its field keys were rotated; an operator calls it (npm run rotate-keys). */
export const keyRotation = (
  scope: Construct,
  { entry, data: { table, fieldKeys }, rowsMove = false, environment }: KeyRotationProps,
): void => {
  const rotateKeys = new ServiceFunction(scope, "RotateKeys", {
    entry,
    timeout: Duration.minutes(5),
    environment: { ...environment, TABLE_NAME: table.tableName, FIELD_KEYS_SECRET: fieldKeys.secretArn },
  });
  grantRows(table, rotateKeys, [
    "dynamodb:Scan",
    "dynamodb:PutItem",
    ...(rowsMove ? ["dynamodb:DeleteItem" as const] : []),
  ]);
  fieldKeys.grantReadTo(rotateKeys);
};
