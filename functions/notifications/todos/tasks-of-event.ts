import * as z from "zod";
import { FileReadV1, FileRejectedV1, PersonalDataReadV1 } from "#shared/contracts/events/applications.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { Tasks } from "#shared/contracts/events/parts.ts";
import { EndpointTestedV1 } from "#shared/contracts/events/webhooks.ts";
import type { Task, Todo } from "../domain/todo.ts";

/** Capabilities whose aggregates tell what waits for an official; the beginnings of their events' types. */
export const TASK_EVENTS = [
  "gov.yimen.application.",
  "gov.yimen.payment.",
  "gov.yimen.shipment.",
  "gov.yimen.webhook.",
] as const;

/**
 * Their events that say nothing of tasks: from these nothing may be concluded, not even that nothing waits. A test compares
 * this with all contracts.
 */
export const WITHOUT_TASKS: readonly string[] = [
  PersonalDataReadV1.type,
  FileReadV1.type,
  FileRejectedV1.type,
  EndpointTestedV1.type,
];

const Told = z.object({
  tasks: Tasks,
  number: z.string().optional(),
  itemName: z.string().optional(),
  /** Of a department's endpoint, which has no name but these. */
  description: z.string().optional(),
  host: z.string().optional(),
  application: z.string().optional(),
  purpose: z.object({ kind: z.string(), id: z.string() }).optional(),
});

const nameOf = ({ description, host }: { description?: string | undefined; host?: string | undefined }) =>
  description && host ? `${description}（${host}）` : (description ?? host);

/** What an event says of tasks; undefined when it says nothing of them. */
export const tasksOfEvent = (
  event: AnyEvent,
): (Omit<Todo, "tasks"> & { readonly tasks: readonly Task[] }) | undefined => {
  const { type, source, subject, sequence, department, division, time, data } = event;
  if (WITHOUT_TASKS.includes(type) || !TASK_EVENTS.some((beginning) => type.startsWith(beginning))) return undefined;
  const { tasks = [], number, itemName, application, purpose, ...endpoint } = Told.parse(data);
  const ofCase = type.startsWith("gov.yimen.application.")
    ? subject
    : (application ?? (purpose?.kind === "application" ? purpose.id : undefined));
  return {
    source,
    subject,
    sequence,
    department,
    division,
    case: ofCase,
    number,
    item: itemName ?? nameOf(endpoint),
    changedAt: time,
    tasks,
  };
};
