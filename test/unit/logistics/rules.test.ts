import { expect, it } from "vitest";
import { CASE_TYPES } from "#functions/logistics/consumers/on-case-changed.ts";
import { PAYMENT_TYPES } from "#functions/logistics/consumers/on-payment-changed.ts";
import { OF_CASES, OF_PAYMENTS } from "#infra/capabilities/logistics-events.ts";

/** An event that the rule lets through and the function does not know ends in the dead letters; one the other way round is never heard. */
it.each([
  ["cases", OF_CASES, CASE_TYPES],
  ["payments", OF_PAYMENTS, PAYMENT_TYPES],
])("the rule of parcels lets through what the function knows of %s, and no more", (_of, woken, known) => {
  expect([...woken].sort()).toEqual([...known].sort());
});
