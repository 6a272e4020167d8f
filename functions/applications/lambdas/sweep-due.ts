import type { Context } from "aws-lambda";
import { deployed } from "../deployed.ts";
import { sweepDue } from "../sweep-due.ts";

export const handler = (_: unknown, context: Context) =>
  sweepDue({ ...deployed, left: () => context.getRemainingTimeInMillis() })();
