/** What a token may do. A client holds the scopes it was registered with and asks for those it needs. */
export const scopes = {
  "applications:submit": "submit applications for an applicant, and withdraw them",
  "applications:read": "read applications and their progress, personal data masked",
  "applications:decide": "accept, decline, decide and conclude the department's own cases",
  "applications:personal":
    "read an applicant's unmasked data of the department's own cases, with a purpose that is logged",
  "webhooks:manage": "register the department's webhook endpoints and read their delivery log",
  "persons:register": "register persons, and have one-time codes sent to them",
  "personal:read": "read the name and phone of the person who signs in unmasked, with a purpose that is logged",
  "persons:self": "read and change one's own account",
  "organisations:manage": "register organisations and manage the members of one's own",
  "mandates:manage": "grant, list and revoke mandates",
  "counter:assist": "serve an applicant who is present at the counter",
  "staff:manage": "appoint and dismiss staff",
  "identity:verify": "ask whether a person or a mandate is what it is said to be",
} as const;

export type Scope = keyof typeof scopes;

/** The only scopes that a token of a person may carry, whoever the client is; all else is for clients themselves. */
export const personScopes = [
  "personal:read",
  "persons:self",
  "organisations:manage",
  "mandates:manage",
] as const satisfies Scope[];

/** The only scopes that a token of staff may carry, and the role each needs. */
export const staffScopes = {
  "counter:assist": "clerk",
  "staff:manage": "operator",
} as const satisfies Partial<Record<Scope, string>>;
