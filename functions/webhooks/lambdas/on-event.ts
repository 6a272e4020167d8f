import { setTimeout } from "node:timers/promises";
import { onEvent } from "../consumers/on-event.ts";
import { deployed } from "../deployed.ts";
import { feedAppender } from "../feed/append.ts";
import { endpointWaker } from "../feed/wake-endpoints.ts";

export const handler = onEvent({
  append: feedAppender({ ...deployed, pause: (seconds) => setTimeout(seconds * 1000), random: Math.random }),
  wake: endpointWaker(deployed),
  now: deployed.now,
});
