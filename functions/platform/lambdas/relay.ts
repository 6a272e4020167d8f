import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import * as z from "zod";
import { env } from "#shared/runtime/env.ts";
import { relay } from "../relay.ts";

const { BUS_NAME } = env({ BUS_NAME: z.string() });

export const handler = relay({ bus: new EventBridgeClient({}), busName: BUS_NAME });
