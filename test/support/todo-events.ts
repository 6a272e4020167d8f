import fc from "fast-check";
import { ApplicationSubmittedV1 } from "#shared/contracts/events/applications.ts";
import type { Task } from "#shared/contracts/events/parts.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";

export const department = "11440606MB2D26310W";

interface Happening {
  readonly type?: string;
  readonly subject: string;
  readonly sequence: number;
  readonly tasks?: readonly Task[];
  readonly department?: string;
  readonly division?: string;
  readonly data?: object;
}
export const event = ({ type = ApplicationSubmittedV1.type, subject, sequence, tasks, data, ...place }: Happening) => ({
  specversion: "1.0",
  id: `${subject}.${sequence}.0`,
  source: "/applications",
  type,
  time: `2026-11-22T02:00:${String(sequence).padStart(2, "0")}.000Z`,
  subject,
  datacontenttype: "application/json",
  sequence,
  department,
  division: "440606",
  ...place,
  data: { number: `N-${subject}`, itemName: "食品经营许可", ...data, ...(tasks && { tasks }) },
});

export const accept: Task = { kind: "accept", role: "clerk", dueBy: { date: "2026-11-27", provisional: false } };
export const decide: Task = { kind: "decide", role: "officer", stage: "handling" };

/** The verdict on an official's token. */
export const officialOf = (name: string, roles: string[], more: object = {}) =>
  ({
    client: "workbench",
    scopes: "tasks:read",
    staff: name,
    department,
    division: "440606",
    roles,
    ...more,
  }) as Verdict;
const Kind = fc.constantFrom<Task["kind"]>("accept", "decide", "issue", "settle-parcel");
const Role = fc.constantFrom<Task["role"]>("clerk", "officer", "approver");
const AnyTask = fc.record(
  {
    kind: Kind,
    role: Role,
    claimedBy: fc.constantFrom("s1", "s2"),
    dueBy: fc.record({ date: fc.constantFrom("2026-11-27", "2026-12-01"), provisional: fc.boolean() }),
  },
  { requiredKeys: ["kind", "role"] },
);
const History = fc.array(fc.array(AnyTask, { maxLength: 3 }), { minLength: 1, maxLength: 6 });

/** The events of some aggregates, in an order in which every one of them comes at least once. */
export const Deliveries = fc.array(History, { minLength: 1, maxLength: 4 }).chain((histories) => {
  const all = histories.flatMap((history, s) =>
    history.map((tasks, i) =>
      event({
        subject: `S${s}`,
        sequence: i + 1,
        division: s % 2 ? "440606" : "440606101",
        ...(tasks.length > 0 && { tasks: tasks as Task[] }),
      }),
    ),
  );
  const again = fc.array(fc.constantFrom(...all), { maxLength: 10 });
  return fc
    .tuple(again, fc.integer())
    .chain(([more]) => fc.shuffledSubarray([...all, ...more], { minLength: all.length + more.length }))
    .map((delivered) => ({ histories, delivered }));
});
