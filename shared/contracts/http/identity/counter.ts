import * as z from "zod";
import { Principal } from "../caller.ts";
import { route } from "../route.ts";
import { IdNumber, Name, Phone, tag, Ulid } from "./fields.ts";
import { pick } from "./texts.ts";

const CounterSession = z
  .object({
    id: Ulid,
    staff: z.string(),
    department: z.string(),
    person: Ulid,
    principal: Principal,
    openedAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    status: z.enum(["open", "ended"]),
  })
  .meta({ id: "CounterSession" });

export const openCounterSession = route({
  operation: "openCounterSession",
  tag,
  summary: "Serve someone who is present and shows a document (窗口代办); ends by itself after 30 minutes",
  method: "POST",
  path: "/v1/counter-sessions",
  scopes: ["counter:assist"],
  keyed: true,
  body: z.object({ name: Name, idNumber: IdNumber, phone: Phone.optional(), actFor: Principal.optional() }),
  success: { status: 201, schema: CounterSession },
  refusals: pick(
    "person.invalid-id-number",
    "person.guardian-needed",
    "counter.not-a-clerk",
    "counter.name-differs",
    "mandate.none",
  ),
});

export const endCounterSession = route({
  operation: "endCounterSession",
  tag,
  summary: "The visit is over: its tokens are refused from now on",
  method: "POST",
  path: "/v1/counter-sessions/{id}/end",
  scopes: ["counter:assist"],
  pathParams: z.object({ id: Ulid }),
  keyed: true,
  success: { status: 200, schema: CounterSession },
  refusals: pick("counter.not-found"),
});
