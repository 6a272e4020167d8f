import { describe, expect, it } from "vitest";
import { memoryChat } from "#functions/notifications/adapters/memory-chat.ts";
import { memoryMessages } from "#functions/notifications/adapters/memory-messages.ts";
import { memoryOfficers } from "#functions/notifications/adapters/memory-officers.ts";
import { onApplicationSubmitted } from "#functions/notifications/consumers/on-application-submitted.ts";
import { onStaffAppointed } from "#functions/notifications/consumers/on-staff-appointed.ts";
import { ApplicationSubmittedV1 } from "#shared/contracts/events/applications.ts";
import { StaffAppointedV1, type StaffRole } from "#shared/contracts/events/identity.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const department = "11440606MB2D26310W";
const envelope = {
  specversion: "1.0",
  source: "/applications",
  time: "2026-11-22T02:00:00.000Z",
  datacontenttype: "application/json",
  sequence: 1,
};
const submitted = {
  ...envelope,
  id: "CASE.1.0",
  type: ApplicationSubmittedV1.type,
  subject: "CASE",
  department,
  division: "440606",
  data: ApplicationSubmittedV1.example,
};
const appointed = (staff: string, roles: StaffRole[], more: object = {}, sequence = 1) => ({
  ...envelope,
  id: `${staff}.${sequence}.0`,
  type: StaffAppointedV1.type,
  subject: staff,
  sequence,
  data: { staff, department, division: "440606", roles, ...more },
});

const setUp = async (...appointments: object[]) => {
  const officers = memoryOfficers();
  const messages = memoryMessages();
  const chat = memoryChat(["unknown"]);
  const now = () => envelope.time;
  const deps = { officers, messages, chat, worklistUrl: "https://city.example/cases/", now };
  const appoint = (...events: object[]) => onStaffAppointed(deps)(fromBus(...events), context);
  for (const event of appointments) await appoint(event);
  return { officers, messages, chat, appoint, submit: () => onApplicationSubmitted(deps)(fromBus(submitted), context) };
};
const allDone = { batchItemFailures: [] };

describe("a submitted application", () => {
  it("is told to the clerks and officers of its department and division, in one call", async () => {
    const city = await setUp(
      appointed("clerk", ["clerk"]),
      appointed("officer", ["officer", "approver"]),
      appointed("approver", ["approver"]),
      appointed("elsewhere", ["clerk"], { division: "440607" }),
      appointed("city", ["clerk"], { division: "440600" }),
      appointed("other", ["clerk"], { department: "11440600007039469J" }),
    );
    expect(await city.submit()).toEqual(allDone);
    expect(city.chat.shown).toEqual([
      {
        staff: ["city", "clerk", "officer"],
        card: expect.objectContaining({ url: "https://city.example/cases/CASE" }),
      },
    ]);
    expect(await city.messages.find("CASE.1.0")).toMatchObject({
      recipients: { city: "sent", clerk: "sent", officer: "sent" },
    });
  });

  it("is told once, however often the event comes", async () => {
    const city = await setUp(appointed("clerk", ["clerk"]), appointed("unknown", ["clerk"]));
    await city.submit();
    await city.submit();
    expect(city.chat.shown).toHaveLength(1);
    expect((await city.messages.find("CASE.1.0"))?.recipients).toEqual({ clerk: "sent", unknown: "failed" });
  });

  it("is told to whoever came to be an officer before a retry, and to nobody else", async () => {
    const city = await setUp(appointed("clerk", ["clerk"]));
    await city.submit();
    await city.appoint(appointed("new", ["officer"]));
    await city.submit();
    expect(city.chat.shown.map(({ staff }) => staff)).toEqual([["clerk"], ["new"]]);
  });

  it("is retried when the chat cannot take it", async () => {
    const city = await setUp(appointed("clerk", ["clerk"]));
    const show = city.chat.show;
    city.chat.show = async () => Promise.reject(new Error("45009"));
    expect(await city.submit()).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
    city.chat.show = show;
    expect(await city.submit()).toEqual(allDone);
    expect(city.chat.shown).toHaveLength(1);
  });

  it("of a department without officers is no fault", async () => {
    const city = await setUp();
    expect(await city.submit()).toEqual(allDone);
    expect(city.chat.shown).toEqual([]);
  });
});

describe("an appointment", () => {
  it("replaces what was known, wherever the officer was before", async () => {
    const city = await setUp(appointed("a", ["clerk"]));
    await city.appoint(appointed("a", ["clerk"], { department: "11440600007039469J" }, 2));
    expect(await city.officers.ofDepartment(department)).toEqual([]);
    expect(await city.officers.ofDepartment("11440600007039469J")).toMatchObject([{ staff: "a", sequence: 2 }]);
  });

  it("that is older than what is known does nothing", async () => {
    const city = await setUp(appointed("a", ["clerk"], {}, 3));
    expect(await city.appoint(appointed("a", ["officer"], {}, 2))).toEqual(allDone);
    expect(await city.officers.ofDepartment(department)).toMatchObject([{ roles: ["clerk"], sequence: 3 }]);
  });
});
