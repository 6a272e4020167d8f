/** What a token may do. A client holds the scopes it was registered with and asks for those it needs. */
export const scopes = {
  "applications:submit": "submit applications for an applicant, and withdraw them",
  "applications:read": "read applications and their progress, personal data masked",
  "applications:decide": "accept, decline, decide and conclude the department's own cases",
  "applications:personal":
    "read an applicant's unmasked data of the department's own cases, with a purpose that is logged",
  "webhooks:manage": "register the department's webhook endpoints and read their delivery log",
} as const;

export type Scope = keyof typeof scopes;
