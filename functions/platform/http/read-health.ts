import { readHealth } from "#shared/contracts/http/platform.ts";
import { accept } from "#shared/kernel/decision.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";

export const healthEndpoint = endpoint(readHealth, async () => accept({ status: "ok" as const }));
