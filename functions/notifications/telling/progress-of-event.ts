import * as z from "zod";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { ApplicantReference } from "#shared/contracts/events/parts.ts";
import type { Params } from "../domain/templates.ts";

const Deadline = z.object({ date: z.string(), provisional: z.boolean().default(false) });
type Deadline = z.infer<typeof Deadline>;
const Told = z.object({
  applicant: ApplicantReference.optional(),
  helper: z.string().optional(),
  number: z.string().optional(),
  itemName: z.string().optional(),
  application: z.string().optional(),
  purpose: z.object({ kind: z.string(), id: z.string() }).optional(),
  outcome: z.string().optional(),
  held: z.boolean().optional(),
  state: z.string().optional(),
  deadline: z.string().optional(),
  total: z.int().optional(),
  amount: z.int().optional(),
  surplus: z.boolean().optional(),
  acceptBy: Deadline.optional(),
  correctBy: Deadline.optional(),
  promisedBy: Deadline.optional(),
  expectedBy: Deadline.optional(),
  decideBy: Deadline.optional(),
  deliverBy: Deadline.optional(),
  dueBy: Deadline.optional(),
});
type Told = z.infer<typeof Told>;

interface Rule {
  readonly template: (told: Told) => string | undefined;
  readonly date?: (told: Told) => Deadline | undefined;
}
const plain = (template: string, date?: Rule["date"]): Rule => ({ template: () => template, ...(date && { date }) });

const CASE = "gov.yimen.application.";

/** By the event's type: what a person is told of it. */
const RULES: Readonly<Record<string, Rule>> = {
  [`${CASE}submitted.v1`]: plain("submitted", ({ acceptBy }) => acceptBy),
  [`${CASE}correction-requested.v1`]: plain("correction-requested", ({ correctBy }) => correctBy),
  [`${CASE}accepted.v1`]: plain("accepted", ({ promisedBy }) => promisedBy),
  [`${CASE}declined.v1`]: plain("declined"),
  [`${CASE}suspended.v1`]: plain("suspended", ({ expectedBy }) => expectedBy),
  [`${CASE}resumed.v1`]: plain("resumed", ({ promisedBy }) => promisedBy),
  [`${CASE}extended.v1`]: plain("extended", ({ decideBy }) => decideBy),
  [`${CASE}decided.v1`]: {
    template: ({ outcome, held }) => (outcome !== "approved" ? "refused" : held ? "approved-unpaid" : "approved"),
    date: ({ deliverBy }) => deliverBy,
  },
  [`${CASE}revoked.v1`]: plain("revoked"),
  [`${CASE}lapsed.v1`]: plain("lapsed"),
  [`${CASE}reopened.v1`]: plain("reopened", ({ decideBy }) => decideBy),
  [`${CASE}withdrawn.v1`]: plain("withdrawn"),
  [`${CASE}fee-due.v1`]: plain("fee-due"),
  // Officials' deadlines are not the applicant's business; these two are theirs.
  [`${CASE}deadline-near.v1`]: {
    template: ({ deadline }) => (deadline === "correction" || deadline === "material" ? "deadline-near" : undefined),
    date: ({ dueBy }) => dueBy,
  },
  [`${CASE}file-rejected.v1`]: plain("file-rejected"),
  "gov.yimen.payment.order-settled.v1": plain("paid"),
  // Of money that was not due, or not any more: what was paid in time stays paid.
  "gov.yimen.payment.refund-completed.v1": {
    template: ({ surplus }) => (surplus ? "surplus-refunded" : "refunded"),
  },
  "gov.yimen.shipment.sent.v1": plain("sent"),
  "gov.yimen.shipment.moved.v1": {
    template: ({ state }) => (state === "out-for-delivery" ? "out-for-delivery" : undefined),
  },
  "gov.yimen.shipment.delivered.v1": plain("delivered"),
  "gov.yimen.shipment.returned.v1": plain("returned"),
};

/** The types of events that people are told of. */
export const PROGRESS_TYPES = Object.keys(RULES);

const yuan = (fen: number): string => (fen / 100).toFixed(2);

/** While the holiday notice of its year is not out, a date may move, and whoever plans by it must know. */
const dateOf = (deadline: Deadline | undefined): string =>
  deadline ? `${deadline.date}${deadline.provisional ? "（暂定）" : ""}` : "";

/** What people are told of an event; undefined when nothing is. */
export const progressOfEvent = ({ type, subject, data }: AnyEvent) => {
  const rule = RULES[type];
  if (!rule) return undefined;
  const told = Told.parse(data);
  const template = rule.template(told);
  if (template === undefined) return undefined;
  const amount = told.amount ?? told.total;
  const params: Params = {
    ...(told.itemName !== undefined && { item: told.itemName }),
    ...(told.number !== undefined && { number: told.number }),
    ...(amount !== undefined && { amount: yuan(amount) }),
    date: dateOf(rule.date?.(told)),
  };
  const isOfCase = type.startsWith(CASE) && told.number !== undefined;
  return {
    template,
    params,
    applicant: told.applicant,
    helper: told.helper,
    case: isOfCase
      ? subject
      : (told.application ?? (told.purpose?.kind === "application" ? told.purpose.id : undefined)),
  };
};
