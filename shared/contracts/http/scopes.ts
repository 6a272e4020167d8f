import type { StaffRole } from "../events/identity.ts";

/** What a token may do. A client holds the scopes it was registered with and asks for those it needs. */
export const scopes = {
  "applications:submit": "draft, submit, correct and withdraw applications, and upload their materials",
  "applications:read": "read applications and their progress, personal data masked",
  "applications:decide": "accept, decline, decide and conclude the department's own cases",
  "applications:personal":
    "read an applicant's unmasked data of the department's own cases, with a purpose that is logged",
  "applications:supervise": "reopen a concluded case after a successful complaint",
  "catalogue:manage": "draft, check, publish, suspend and retire the department's service items",
  "payments:pay": "read payment orders and check them out",
  "payments:refund": "request refunds of the department's own orders, and approve those another requested",
  "payments:reconcile": "see what differs from the providers' bills, resolve it, and close the day",
  "shipments:request": "have materials collected and results delivered, and see where the parcel is",
  "shipments:manage": "enter waybills of the department's own shipments and see to parcels that need a person",
  "webhooks:manage": "register the department's webhook endpoints and read their delivery log",
  "events:read": "pull the department's events, and acknowledge them",
  "tasks:read": "read one's own list of what waits for one",
  "messages:read": "read one's own messages, and choose how one is told",
  "messages:manage": "preview message templates and read the log of what was sent",
  "persons:register": "register persons, and have one-time codes sent to them",
  "persons:contact": "read where a person can be reached, for a purpose that is logged",
  "personal:read": "read the name and phone of the person who signs in unmasked, with a purpose that is logged",
  "persons:self": "read one's own account, masked",
  "persons:manage": "change, export and close one's own account, and register one's children; only our own programs",
  "organisations:manage": "register organisations and manage the members of one's own; only our own programs",
  "mandates:manage": "grant, list and revoke mandates; only our own programs",
  "counter:assist": "serve an applicant who is present at the counter",
  "staff:manage": "appoint and dismiss staff",
  "identity:verify": "ask whether a person or a mandate is what it is said to be",
} as const;

export type Scope = keyof typeof scopes;

/** The only scopes that a token of a person may carry, whoever the client is; all else is for clients themselves. */
export const personScopes = [
  "applications:submit",
  "applications:read",
  "payments:pay",
  "shipments:request",
  "messages:read",
  "personal:read",
  "persons:self",
  "persons:manage",
  "organisations:manage",
  "mandates:manage",
] as const satisfies Scope[];

/** The only scopes that a token of staff may carry, and the roles of which each needs one. */
export const staffScopes = {
  "applications:read": ["clerk", "officer", "approver", "supervisor"],
  "applications:decide": ["clerk", "officer", "approver"],
  "applications:personal": ["clerk", "officer", "approver", "supervisor"],
  "applications:supervise": ["supervisor"],
  "catalogue:manage": ["catalogue-manager"],
  "payments:refund": ["clerk", "officer", "approver"],
  "payments:reconcile": ["operator"],
  "shipments:manage": ["clerk", "officer"],
  "tasks:read": ["clerk", "officer", "approver", "supervisor", "catalogue-manager", "operator"],
  "messages:manage": ["operator"],
  "counter:assist": ["clerk"],
  "staff:manage": ["operator"],
} as const satisfies Partial<Record<Scope, readonly StaffRole[]>>;
