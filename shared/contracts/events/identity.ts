import * as z from "zod";
import { cloudEvent } from "./envelope.ts";

export const StaffRole = z.enum(["clerk", "officer", "approver", "supervisor", "catalogue-manager", "operator"]);
export type StaffRole = z.infer<typeof StaffRole>;

export const StaffAppointedV1 = cloudEvent({
  type: "gov.yimen.identity.staff-appointed.v1",
  summary: "A member of staff holds these roles from now on; it replaces what was known of them.",
  data: z.object({
    staff: z.string().describe("staff number; the same account name in the government chat"),
    department: z.string(),
    division: z.string(),
    roles: z.array(StaffRole),
  }),
  example: {
    staff: "sd-zr-0102",
    department: "11440606MB2D26310W",
    division: "440606",
    roles: ["clerk", "officer"],
  },
});
