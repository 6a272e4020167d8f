import type { Verdict } from "#shared/contracts/http/caller.ts";
import { applicant, otherPerson } from "./applications.ts";
import { department } from "./applications-api.ts";

export const PERSON = "01KB0M5Q2W8ZC3T7N4XJ6VHR9D";
export const AGENT = "01KB0M5Q2W8ZC3T7N4XJ6VHR9E";
const { name, idNumber } = applicant();

/** The applicant of the fixtures, signed in at the portal. */
export const person = {
  client: "app",
  channel: "mobile",
  scopes: "applications:submit applications:read",
  person: PERSON,
  actFor: { kind: "natural", id: PERSON },
  applicant: { kind: "natural", name, idNumber, phone: "13827712345" },
} as const satisfies Verdict;

/** Who acts for them under a mandate. */
export const agent = { ...person, person: AGENT, ground: "mandate:m-1" } as const satisfies Verdict;

export const stranger = {
  ...person,
  person: AGENT,
  actFor: { kind: "natural", id: AGENT },
  applicant: { kind: "natural", name: otherPerson.name, idNumber: otherPerson.idNumber },
} as const satisfies Verdict;

export const staff = (number: string, ...roles: ("clerk" | "officer" | "approver" | "supervisor")[]) =>
  ({
    ...department,
    client: "desk",
    staff: number,
    roles,
    scopes: "applications:read applications:decide applications:supervise",
  }) as const satisfies Verdict;

/** The code of a refusal, as a problem names it. */
export const problemOf = (answer: { body: { type?: string } }) => answer.body.type?.replace("/problems/", "");
