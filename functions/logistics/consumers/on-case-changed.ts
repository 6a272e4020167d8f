import {
  ApplicationAcceptedV1,
  ApplicationConcludedV1,
  ApplicationDecidedV1,
  ApplicationDeclinedV1,
  ApplicationLapsedV1,
  ApplicationReopenedV1,
  ApplicationRevokedV1,
  ApplicationSubmittedV1,
  ApplicationWithdrawnV1,
} from "#shared/contracts/events/applications.ts";
import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { type CaseFacts, type CaseNews, type CaseStatus, learn } from "../domain/case-facts.ts";
import type { Cases, Shipments } from "../domain/ports.ts";
import { alignById, DIRECTIONS, shipmentsOf } from "../steps/shipments-of-case.ts";

const contracts = [
  [ApplicationSubmittedV1, "open"],
  [ApplicationAcceptedV1, "open"],
  [ApplicationReopenedV1, "open"],
  [ApplicationDecidedV1, "decided"],
  [ApplicationConcludedV1, "concluded"],
  [ApplicationDeclinedV1, "closed"],
  [ApplicationWithdrawnV1, "closed"],
  [ApplicationLapsedV1, "closed"],
  [ApplicationRevokedV1, "closed"],
] as const;

/** The types of events that tell something of a case. */
export const CASE_TYPES = contracts.map(([{ type }]) => type);

const newsOf = (event: AnyEvent, status: CaseStatus): CaseNews => {
  const { subject, sequence, department = "", division = "", itemcode = "", data } = event;
  const { number, applicant, deliverable } = data as Partial<CaseNews>;
  return {
    id: subject,
    sequence,
    status,
    number: number ?? "",
    itemCode: itemcode,
    department,
    division,
    ...(applicant && { applicant }),
    ...(deliverable !== undefined && { deliverable }),
  };
};

interface Deps {
  readonly cases: Cases;
  readonly shipments: Shipments;
  readonly now: Clock;
}

/** Events of the same case may come in any order and again: the facts are kept first, then the shipments follow them. */
const keep = async ({ cases }: Deps, news: CaseNews): Promise<CaseFacts> => {
  const known = await cases.find(news.id);
  const facts = learn(known, news);
  if (facts !== known) await cases.keep(facts);
  return facts;
};

export const onCaseChanged = (deps: Deps) =>
  consume(AnyEvent, async (event) => {
    const [contract, status] = contracts.find(([{ type }]) => type === event.type) ?? [];
    if (!contract || !status) throw new Error(`${event.type} tells nothing of a case`);
    contract.schema.parse(event);
    const facts = await untilNoRace(() => keep(deps, newsOf(event, status)));
    for (const direction of DIRECTIONS) {
      const last = (await shipmentsOf(deps.shipments, facts.id, direction)).at(-1);
      if (last) await untilNoRace(() => alignById(deps, last.id));
    }
    logger.info("case.kept", { case: facts.id, sequence: facts.sequence });
  });
