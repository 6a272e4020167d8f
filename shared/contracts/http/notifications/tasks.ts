import * as z from "zod";
import { Task } from "../../events/parts.ts";
import { PageQuery, pageOf, type RefusalText, route } from "../route.ts";

const TaskEntry = Task.omit({ role: true })
  .extend({
    id: z.string().describe("of the aggregate on which it waits: a case, a payment order, a shipment, an endpoint"),
    source: z.string().describe("the capability it waits in"),
    case: z.string().optional().describe("the case concerned"),
    number: z.string().optional().describe("case number"),
    item: z.string().optional().describe("name of the service item, or of the endpoint"),
    since: z.iso.datetime().describe("when it came to wait"),
    link: z.string().describe("where it is opened"),
  })
  .meta({ id: "TaskEntry" });
export type TaskEntry = z.infer<typeof TaskEntry>;

const Kind = Task.shape.kind;

const texts = {
  "task.staff-only": {
    status: 403,
    zh: "待办只对工作人员本人开放。",
    en: "Only a member of staff who has signed in has a list of tasks.",
  },
} as const satisfies Record<string, RefusalText>;

export const listTasks = route({
  operation: "listTasks",
  tag: "tasks",
  summary: "What waits for the official who has signed in (统一待办), over all capabilities, by due day",
  method: "GET",
  path: "/v1/tasks",
  scopes: ["tasks:read"],
  query: PageQuery.extend({
    kind: Kind.optional(),
    whose: z
      .enum(["mine", "unclaimed"])
      .optional()
      .describe("what the official has taken, or what nobody has; both unless told"),
  }),
  success: { status: 200, schema: pageOf(TaskEntry) },
  refusals: texts,
});

const Counts = z.partialRecord(Kind, z.int().positive());

export const countTasks = route({
  operation: "countTasks",
  tag: "tasks",
  summary: "How much waits for the official, by kind; counted from the list, so always as true as the list",
  method: "GET",
  path: "/v1/tasks/counts",
  scopes: ["tasks:read"],
  success: {
    status: 200,
    schema: z
      .object({
        mine: Counts,
        unclaimed: Counts,
        more: z.boolean().describe("there was more than is counted: the numbers are the least it is"),
      })
      .meta({ id: "TaskCounts" }),
  },
  refusals: texts,
});
