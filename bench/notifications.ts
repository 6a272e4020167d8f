import { setTimeout as pause } from "node:timers/promises";
import { dynamoDesks, dynamoNotices } from "#functions/notifications/adapters/dynamo-desks.ts";
import { dynamoOfficers } from "#functions/notifications/adapters/dynamo-officers.ts";
import { dynamoPersonMessages, dynamoPreferences } from "#functions/notifications/adapters/dynamo-person-messages.ts";
import { dynamoTodos } from "#functions/notifications/adapters/dynamo-todos.ts";
import { onProgress } from "#functions/notifications/consumers/on-progress.ts";
import { onTasksChanged } from "#functions/notifications/consumers/on-tasks-changed.ts";
import { onWorkChanged } from "#functions/notifications/consumers/on-work-changed.ts";
import { later } from "#functions/notifications/domain/pace.ts";
import { TOLD_TYPES } from "#functions/notifications/domain/work.ts";
import { taskEndpoints } from "#functions/notifications/http/list-tasks.ts";
import { PROGRESS_TYPES } from "#functions/notifications/telling/progress-of-event.ts";
import { officialsTeller } from "#functions/notifications/telling/tell-officials.ts";
import { peopleTeller } from "#functions/notifications/telling/tell-people.ts";
import { NotificationsData } from "#infra/capabilities/notifications.ts";
import { local } from "#infra/config.ts";
import {
  ApplicationAcceptedV1,
  ApplicationConcludedV1,
  ApplicationDecidedV1,
  ApplicationSubmittedV1,
  StageDecidedV1,
} from "#shared/contracts/events/applications.ts";
import type { Task } from "#shared/contracts/events/parts.ts";
import { countTasks, listTasks } from "#shared/contracts/http/notifications/tasks.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, startDynamoDb } from "#test/support/dynamodb-local.ts";
import { requestTo } from "#test/support/http-request.ts";
import { observe, type Sent } from "#test/support/observed-client.ts";
import { context, fromBus } from "#test/support/queue-events.ts";
import { accept, decide, department, event, officialOf } from "#test/support/todo-events.ts";
import { publish, row, setting, TIMES_HEAD, timed } from "./measure.ts";

/** Fewer for a quick look at the units. */
const CASES = setting("CASES", 300);
const CLERKS = 10;

const dynamo = await startDynamoDb();
const client = localDocumentClient(dynamo.endpoint);
await createDeployedTable(client, "notifications", (scope) => new NotificationsData(scope, local));
const sent = observe(client);
const todos = dynamoTodos(client, "notifications");
const project = onTasksChanged({ todos, pause: (attempt) => pause(Math.random() * 10 * attempt) });

/** Units of what was sent since: writes of the table and its indexes, and reads. */
const unitsOf = (commands: readonly Sent[]) => {
  let [writes, reads] = [0, 0];
  for (const { command, consumed } of commands) {
    const all = [consumed ?? []].flat() as { CapacityUnits?: number }[];
    const units = all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    if (/^(Get|Query|BatchGet)/.test(command)) reads += units;
    else writes += units;
  }
  return { writes, reads };
};
const measured = async (work: () => Promise<unknown>) => {
  const from = sent.length;
  await work();
  return unitsOf(sent.slice(from));
};

const steps = (subject: string) => [
  event({ subject, sequence: 1, tasks: [accept] }),
  event({ subject, sequence: 2, tasks: [{ ...accept, claimedBy: "clerk-1" }] }),
  event({ subject, sequence: 3, tasks: [decide] }),
  event({ subject, sequence: 4, tasks: [decide] }),
  event({ subject, sequence: 5 }),
];
const NAMES = ["a task comes", "it is claimed", "the next waits", "nothing moves", "nothing waits any more"];
const unitLines = ["| event | write units | read units |", "|---|---|---|"];
let total = 0;
for (const [i, step] of steps("U").entries()) {
  const { writes, reads } = await measured(() => project(fromBus(step), context));
  total += writes;
  unitLines.push(`| ${NAMES[i]} | ${writes} | ${reads} |`);
}
const replay = await measured(() => project(fromBus(steps("U")[0]), context));
unitLines.push(`| the same again | ${replay.writes} | ${replay.reads} |`);

// Eight batches of ten at the same time, as eight functions would.
const events = Array.from({ length: CASES }, (_, i) => steps(`C${i}`)).flat();
const rounds = [0, 1, 2, 3, 4].map((step) => events.filter(({ sequence }) => sequence === step + 1));
const projecting = await timed(async () => {
  for (const round of rounds)
    for (let start = 0; start < round.length; start += 80) {
      const chunk = round.slice(start, start + 80);
      const batches = Array.from({ length: 8 }, (_, b) => chunk.slice(b * 10, b * 10 + 10)).filter(
        ({ length }) => length > 0,
      );
      await Promise.all(batches.map((batch) => project(fromBus(...batch), context)));
    }
});

const open = Array.from({ length: CASES }, (_, i) => event({ subject: `O${i}`, sequence: 1, tasks: [accept] }));
for (let start = 0; start < open.length; start += 10) await project(fromBus(...open.slice(start, start + 10)), context);
const http = httpLambda(taskEndpoints({ todos, worklistUrl: "https://city.example/" }));
const verdict = officialOf("clerk-1", ["clerk"]);
const listing: number[] = [];
const counting: number[] = [];
for (let i = 0; i < 100; i++) {
  listing.push(await timed(() => http(requestTo(listTasks, { verdict }))));
  counting.push(await timed(() => http(requestTo(countTasks, { verdict }))));
}
const page = await measured(() => http(requestTo(listTasks, { verdict })));
const counts = await measured(() => http(requestTo(countTasks, { verdict })));

const officers = dynamoOfficers(client, "notifications");
for (let i = 0; i < CLERKS; i++)
  await officers.appoint({ staff: `clerk-${i}`, department, division: "440606", roles: ["clerk"], sequence: 1 });
const now = () => new Date().toISOString();
const pace = { avoidedMinutes: [], gapSeconds: 300 };
let cards = 0;
const chat = {
  show: async () => {
    cards += 1;
    return { result: "shown" as const };
  },
};
const desks = dynamoDesks(client, "notifications");
const notices = dynamoNotices(client, "notifications");
const teller = officialsTeller({
  officers,
  notices,
  desks,
  todos,
  chat,
  pace,
  worklistUrl: "https://city.example/",
  now,
});
const tell = onWorkChanged({ officers, teller, worklistUrl: "https://city.example/", now });
const flood = Array.from({ length: 100 }, (_, i) => event({ subject: `F${i}`, sequence: 1, tasks: [accept] }));
const fromFlood = sent.length;
const telling = await timed(async () => {
  for (let start = 0; start < flood.length; start += 10)
    await tell(fromBus(...flood.slice(start, start + 10)), context);
});
const floodUnits = unitsOf(sent.slice(fromFlood));

const messages = dynamoPersonMessages(client, "notifications");
const people = peopleTeller({
  messages,
  preferences: { find: async () => undefined },
  channels: { sms: { send: async () => ({ result: "sent" }) } },
  pace,
  now,
});
const MESSAGES = 500;
const fromPeople = sent.length;
const messaging = await timed(async () => {
  for (let start = 0; start < MESSAGES; start += 10)
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        people.tell({
          recipient: { kind: "natural", id: `P${(start + i) % 50}` },
          event: `E${start + i}`,
          at: now(),
          case: `K${start + i}`,
          department,
          template: "accepted",
          params: { number: "N", item: "食品经营许可", date: "2026-12-04" },
        }),
      ),
    );
});
const peopleUnits = unitsOf(sent.slice(fromPeople));

// The main journey, event by event, as the rules of the bus pass it on: an official of each role, an applicant with an account.
const alone = "11440600007039469J";
let clock = "2026-11-24T02:33:00.000Z";
for (const [staff, role] of [
  ["one-clerk", "clerk"],
  ["one-officer", "officer"],
  ["one-approver", "approver"],
] as const)
  await officers.appoint({ staff, department: alone, division: "440606", roles: [role], sequence: 1 });
const journeyDeps = {
  officers,
  notices,
  desks,
  todos,
  chat,
  pace,
  worklistUrl: "https://city.example/",
  now: () => clock,
};
const journeyTeller = officialsTeller(journeyDeps);
const journeyPeople = peopleTeller({
  messages,
  preferences: dynamoPreferences(client, "notifications", fieldCipher({ id: "k1", key: "x".repeat(32), previous: [] })),
  channels: { sms: { send: async () => ({ result: "sent" }) } },
  pace,
  now: () => clock,
});
const all = { ...journeyDeps, teller: journeyTeller, personMessages: messages, people: journeyPeople };
const deadline = { date: "2026-12-04", provisional: false };
const applicant = { kind: "natural", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" };
const journey: readonly (readonly [{ readonly type: string }, readonly Task[], object])[] = [
  [ApplicationSubmittedV1, [accept], { acceptBy: deadline }],
  [ApplicationAcceptedV1, [decide], { promisedBy: deadline }],
  [StageDecidedV1, [{ ...decide, stage: "review" }], {}],
  [StageDecidedV1, [{ kind: "decide", role: "approver", stage: "approval" }], {}],
  [ApplicationDecidedV1, [{ kind: "issue", role: "clerk" }], { outcome: "approved", deliverBy: deadline }],
  [ApplicationConcludedV1, [], {}],
];
const parts = {
  list: { writes: 0, reads: 0, woken: 0 },
  officials: { writes: 0, reads: 0, woken: 0 },
  people: { writes: 0, reads: 0, woken: 0 },
};
const add = (to: keyof typeof parts, { writes, reads }: { writes: number; reads: number }, woken: number) => {
  parts[to].writes += writes;
  parts[to].reads += reads;
  parts[to].woken += woken;
};
const hasTold = cards;
for (const [i, [{ type }, tasks, data]] of journey.entries()) {
  const told = event({
    type,
    subject: "JOURNEY",
    sequence: i + 1,
    department: alone,
    tasks: tasks.length > 0 ? tasks : [],
    data: { applicant, ...data },
  });
  clock = later(clock, 3600);
  const happened = fromBus({ ...told, time: clock });
  add("list", await measured(() => project(happened, context)), 1);
  if (TOLD_TYPES.includes(type)) add("officials", await measured(() => onWorkChanged(all)(happened, context)), 1);
  if (PROGRESS_TYPES.includes(type)) add("people", await measured(() => onProgress(all)(happened, context)), 1);
  // What the sweep does for the desks of others is not this case's.
  for (let minutes = 0; minutes < 12; minutes += 6) {
    clock = later(clock, 360);
    for await (const due of desks.due(clock))
      for (const staff of due.filter((name) => name.startsWith("one-")))
        add("officials", await measured(() => journeyTeller.clear(staff)), 0);
  }
}
const journeyLines = Object.entries(parts).map(
  ([part, { woken, writes, reads }]) => `| ${part} | ${woken} | ${writes} | ${reads} |`,
);

publish("notifications", "Notifications", [
  "## The to-do list: units for each event",
  "",
  ...unitLines,
  "",
  `A case of five events: ${total} write units: the row, its line in the list (two when it goes from one list to another), and when it comes and ends the moment at which somebody looks whether it is late.`,
  "",
  `Projected ${events.length} events of one department, eight batches at a time: ${Math.round((events.length / projecting) * 1000)} a second.`,
  "",
  ...TIMES_HEAD,
  row(`a page of 20 of ${CASES} open tasks (${page.reads} read units)`, listing),
  row(`counts by kind of ${CASES} (${counts.reads} read units)`, counting),
  "",
  "## A case of the main journey",
  "",
  `Six events, one official of each role, an applicant with an account: ${cards - hasTold} cards.`,
  "",
  "| part | woken | write units | read units |",
  "|---|---|---|---|",
  ...journeyLines,
  "",
  "## Officials",
  "",
  `100 cases at once to ${CLERKS} clerks: ${cards} cards at once, the rest gathered; ${Math.round((1000 * 100) / telling)} cases (${Math.round((1000 * 100 * CLERKS) / telling)} notices) a second; ${(floodUnits.writes / (100 * CLERKS)).toFixed(1)} write units a notice.`,
  "",
  "## People",
  "",
  `${Math.round((MESSAGES / messaging) * 1000)} messages a second with a provider that answers at once; ${(peopleUnits.writes / MESSAGES).toFixed(1)} write units a message.`,
]);
await dynamo.stop();
