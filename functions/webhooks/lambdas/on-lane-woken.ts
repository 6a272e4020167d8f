import { setTimeout } from "node:timers/promises";
import * as z from "zod";
import { newId } from "#shared/kernel/ids.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { addressRules } from "../adapters/address-rules.ts";
import { guardedPost } from "../adapters/guarded-post.ts";
import { httpsCourier } from "../adapters/https-courier.ts";
import { secretVault } from "../adapters/secret-vault.ts";
import { onLaneWoken } from "../consumers/on-lane-woken.ts";
import { deployed } from "../deployed.ts";
import { lanePusher } from "../push/push-lane.ts";
import { recoverer } from "../push/recover.ts";

const { SIGNING_KEYS_SECRET, ALLOWED_PRIVATE_HOSTS, SPEED, PATIENCE } = env({
  SIGNING_KEYS_SECRET: z.string(),
  ALLOWED_PRIVATE_HOSTS: z.string().default(""),
  SPEED: z.enum(["quick", "slow"]),
  PATIENCE: z.coerce.number().int().positive(),
});
const vault = secretVault(fieldCipher(await loadKeyRing(SIGNING_KEYS_SECRET)));
const push = lanePusher({
  ...deployed,
  courier: httpsCourier(guardedPost({ rules: addressRules(ALLOWED_PRIVATE_HOSTS), timeout: PATIENCE * 1000 }), vault),
  speed: SPEED,
  patience: PATIENCE,
  random: Math.random,
  pause: (seconds) => setTimeout(seconds * 1000),
  newHolder: newId,
});

export const handler = onLaneWoken({ push, recover: recoverer(deployed) });
