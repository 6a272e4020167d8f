import * as z from "zod";
import { type RefusalText, route } from "./route.ts";

const tag = "messages";

const staffOnly = {
  "message.staff-only": {
    status: 403,
    zh: "只对工作人员本人开放。",
    en: "Only a member of staff who has signed in may do this.",
  },
} as const satisfies Record<string, RefusalText>;

export const startChatBinding = route({
  operation: "startChatBinding",
  tag,
  summary:
    "A one-time code; said in the government chat within ten minutes (绑定 code), it binds that account to the member of staff",
  method: "POST",
  path: "/v1/chat-bindings",
  scopes: ["tasks:read"],
  keyed: true,
  success: {
    status: 201,
    schema: z.object({ code: z.string().regex(/^\d{8}$/), expiresAt: z.iso.datetime() }).meta({ id: "ChatBinding" }),
  },
  refusals: staffOnly,
});
