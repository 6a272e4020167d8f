import type { S3Client } from "@aws-sdk/client-s3";
import type { Scanner } from "../domain/ports.ts";
import { clamdScanner } from "./clamd-scanner.ts";
import { guarddutyScanner } from "./guardduty-scanner.ts";

/** Only the content inspector looks: for one machine and for tests, where no engine runs. */
const noEngine: Scanner = { scan: async () => "clean" };

/**
 * @param engine "guardduty", "clamd:<host>:<port>", or "inspection-only"
 * @throws Error for anything else: a city that believes it scans and does not is worse than one that does not start
 */
export const configuredScanner = (engine: string, client: S3Client, bucket: string): Scanner => {
  if (engine === "guardduty") return guarddutyScanner(client, bucket);
  if (engine.startsWith("clamd:")) return clamdScanner(engine.slice("clamd:".length));
  if (engine === "inspection-only") return noEngine;
  throw new Error(`there is no scanner "${engine}"`);
};
