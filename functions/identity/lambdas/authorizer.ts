import { createRemoteJWKSet } from "jose";
import * as z from "zod";
import { env } from "#shared/runtime/env.ts";
import { authorizer } from "../authorizer.ts";

const { ISSUER } = env({ ISSUER: z.url() });

export const handler = authorizer({ issuer: ISSUER, keys: createRemoteJWKSet(new URL(`${ISSUER}/jwks`)) });
