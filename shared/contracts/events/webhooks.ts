import * as z from "zod";
import { cloudEvent } from "./envelope.ts";
import { Tasks } from "./parts.ts";

const Endpoint = z.object({
  contact: z.string().optional().describe("staff number of whoever answers for the endpoint"),
  description: z.string().optional().describe("what its department calls the endpoint"),
  host: z.string().describe("where it is: the host of its URL, and no more of that"),
  tasks: Tasks,
});
const example = { contact: "ss-sj-0203", description: "case system", host: "cases.example.gov.cn" };

export const EndpointFailingV1 = cloudEvent({
  type: "gov.yimen.webhook.endpoint-failing.v1",
  summary: "An endpoint has not answered for some time; deliveries wait for it.",
  data: Endpoint.extend({ since: z.iso.datetime() }),
  example: {
    ...example,
    since: "2026-11-22T02:00:00.000Z",
    tasks: [{ kind: "mend-endpoint", role: "operator" }],
  },
});

export const EndpointRecoveredV1 = cloudEvent({
  type: "gov.yimen.webhook.endpoint-recovered.v1",
  summary: "The endpoint answers again.",
  data: Endpoint.extend({ failedSince: z.iso.datetime() }),
  example: { ...example, failedSince: "2026-11-22T02:00:00.000Z" },
});

export const EndpointDisabledV1 = cloudEvent({
  type: "gov.yimen.webhook.endpoint-disabled.v1",
  summary: "An endpoint is switched off: nothing is delivered to it until its department enables it again.",
  data: Endpoint.extend({ cause: z.enum(["gone", "failing"]) }),
  example: { ...example, cause: "failing", tasks: [{ kind: "mend-endpoint", role: "operator" }] },
});

export const EndpointEnabledV1 = cloudEvent({
  type: "gov.yimen.webhook.endpoint-enabled.v1",
  summary:
    "Its department has enabled an endpoint that was switched off or failed; nothing is left to mend until it fails again.",
  data: Endpoint,
  example,
});

export const EndpointStoppedV1 = cloudEvent({
  type: "gov.yimen.webhook.endpoint-stopped.v1",
  summary: "Its department has switched an endpoint off: nothing is delivered to it, and nothing is to be mended.",
  data: Endpoint,
  example,
});

export const EndpointRemovedV1 = cloudEvent({
  type: "gov.yimen.webhook.endpoint-removed.v1",
  summary: "Its department has removed an endpoint.",
  data: Endpoint,
  example,
});

export const EndpointTestedV1 = cloudEvent({
  type: "gov.yimen.webhook.test.v1",
  summary: "A department asked for a test of one of its endpoints; pushed to that one only.",
  data: z.object({ endpoint: z.string() }),
  example: { endpoint: "01KB0M6A4B5C6D7E8F9G0H1J2K" },
});
