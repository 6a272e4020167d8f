import * as z from "zod";
import { env } from "#shared/runtime/env.ts";
import { loadWecomAccount } from "../adapters/wecom-chat.ts";
import { onAlarm } from "../consumers/on-alarm.ts";

const { WECOM_SECRET } = env({ WECOM_SECRET: z.string() });

export const handler = onAlarm(await loadWecomAccount(WECOM_SECRET));
