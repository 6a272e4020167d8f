export * from "./identity/counter.ts";
export * from "./identity/mandates.ts";
export * from "./identity/organisations.ts";
export * from "./identity/own-account.ts";
export * from "./identity/persons.ts";
export * from "./identity/staff.ts";
