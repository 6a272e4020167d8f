import { memoryChat } from "#functions/notifications/adapters/memory-chat.ts";
import { memoryDesks, memoryNotices } from "#functions/notifications/adapters/memory-desks.ts";
import { memoryOfficers } from "#functions/notifications/adapters/memory-officers.ts";
import { memoryPersonMessages, memoryPreferences } from "#functions/notifications/adapters/memory-person-messages.ts";
import { memoryTodos } from "#functions/notifications/adapters/memory-todos.ts";
import { onProgress } from "#functions/notifications/consumers/on-progress.ts";
import { onStaffAppointed } from "#functions/notifications/consumers/on-staff-appointed.ts";
import { onTasksChanged } from "#functions/notifications/consumers/on-tasks-changed.ts";
import { onWorkChanged } from "#functions/notifications/consumers/on-work-changed.ts";
import { DEFAULT_PACE, later, type Pace } from "#functions/notifications/domain/pace.ts";
import type { Channel } from "#functions/notifications/domain/person-message.ts";
import type { PersonChannel } from "#functions/notifications/domain/ports.ts";
import { sweepDue } from "#functions/notifications/sweep-due.ts";
import { officialsTeller } from "#functions/notifications/telling/tell-officials.ts";
import { peopleTeller } from "#functions/notifications/telling/tell-people.ts";
import { StaffAppointedV1, type StaffRole } from "#shared/contracts/events/identity.ts";
import { context, fromBus } from "./queue-events.ts";
import { department } from "./todo-events.ts";

/** Half past ten and a bit in the morning, in Shanghai. */
export const MORNING = "2026-11-24T02:33:00.000Z";

export const appointed = (staff: string, roles: StaffRole[], more: object = {}, sequence = 1) => ({
  specversion: "1.0",
  source: "/identity",
  time: MORNING,
  datacontenttype: "application/json",
  id: `${staff}.${sequence}.0`,
  type: StaffAppointedV1.type,
  subject: staff,
  sequence,
  data: { staff, department, division: "440606", roles, ...more },
});

/** A department's officials with their phones, on a clock that stands until it is moved. */
export const officialsStage = async (
  appointments: readonly object[],
  {
    pace = DEFAULT_PACE,
    unknown = ["unknown"],
    channels = {},
  }: { pace?: Pace; unknown?: readonly string[]; channels?: Partial<Record<Channel, PersonChannel>> } = {},
) => {
  let clock = MORNING;
  const deps = {
    officers: memoryOfficers(),
    notices: memoryNotices(),
    desks: memoryDesks(),
    todos: memoryTodos(),
    chat: memoryChat(unknown),
    pace,
    worklistUrl: "https://city.example/cases/",
    now: () => clock,
  };
  const personMessages = memoryPersonMessages();
  const preferences = memoryPreferences();
  const people = peopleTeller({ messages: personMessages, preferences, channels, pace, now: deps.now });
  const all = { ...deps, teller: officialsTeller(deps), personMessages, people };
  const appoint = onStaffAppointed(deps);
  await appoint(fromBus(...appointments), context);
  return {
    ...deps,
    personMessages,
    preferences,
    /** What comes by the bus goes to the people it concerns. */
    progress: (...events: object[]) => onProgress(all)(fromBus(...events), context),
    appoint: (...events: object[]) => appoint(fromBus(...events), context),
    /** What comes by the bus goes to the list and to the chat. */
    async hear(...events: object[]) {
      await onTasksChanged({ todos: deps.todos, pause: async () => {} })(fromBus(...events), context);
      return onWorkChanged(all)(fromBus(...events), context);
    },
    tell: (...events: object[]) => onWorkChanged(all)(fromBus(...events), context),
    sweep: () => sweepDue(all)({}, context),
    /** Lets so much time pass, the sweep at work every minute. */
    async pass(minutes: number) {
      for (let i = 0; i < minutes; i++) {
        clock = later(clock, 60);
        await sweepDue(all)({}, context);
      }
    },
    setNow(at: string) {
      clock = at;
    },
    get now() {
      return clock;
    },
    /** The titles on one phone, oldest first. */
    phone: (user: string) => deps.chat.shown.filter((shown) => shown.user === user).map(({ card }) => card),
  };
};
