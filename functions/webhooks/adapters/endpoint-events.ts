import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import {
  EndpointDisabledV1,
  EndpointFailingV1,
  EndpointRecoveredV1,
  EndpointTestedV1,
} from "#shared/contracts/events/webhooks.ts";
import { eventsOf, type Occurrence } from "#shared/runtime/outbox.ts";
import type { Endpoint, EndpointNews } from "../domain/endpoint.ts";

/** Whoever answers for the endpoint has something to do until it works again. */
const mend = [{ kind: "mend-endpoint" as const, role: "operator" as const }];

const occurrenceOf = (endpoint: Endpoint, told: EndpointNews): Occurrence => {
  const { contact } = endpoint;
  switch (told.news) {
    case "test":
      return { contract: EndpointTestedV1, data: { endpoint: endpoint.id } };
    case "failing":
      return { contract: EndpointFailingV1, data: { contact, since: told.since, tasks: mend } };
    case "recovered":
      return { contract: EndpointRecoveredV1, data: { contact, failedSince: told.since } };
    case "disabled":
      return { contract: EndpointDisabledV1, data: { contact, cause: told.reason, tasks: mend } };
  }
};

export const endpointEvents = (endpoint: Endpoint, news: readonly EndpointNews[]): AnyEvent[] => {
  const { id, version, department, division } = endpoint;
  const change = {
    source: "/webhooks" as const,
    subject: id,
    version,
    at: new Date().toISOString(),
    extensions: { department, ...(division !== undefined && { division }) },
  };
  return eventsOf(
    change,
    news.map((told) => occurrenceOf(endpoint, told)),
  );
};
