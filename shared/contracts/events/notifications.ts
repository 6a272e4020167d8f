import * as z from "zod";
import { cloudEvent } from "./envelope.ts";

export const ClaimAskedV1 = cloudEvent({
  type: "gov.yimen.notification.claim-asked.v1",
  summary:
    "An official has answered a card in the government chat that they take the case's task. It is a request: the case decides, and tells by its own event.",
  data: z.object({
    case: z.string().describe("the id of the case"),
    staff: z.string().describe("staff number of who takes it; the chat has vouched for the account bound to it"),
    caseSequence: z
      .int()
      .positive()
      .describe("the case's version on which they decided; a newer one may not be what they saw"),
  }),
  example: { case: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D", staff: "ss-sj-0203", caseSequence: 2 },
});
