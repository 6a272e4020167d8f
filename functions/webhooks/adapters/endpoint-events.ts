import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import {
  EndpointDisabledV1,
  EndpointEnabledV1,
  EndpointFailingV1,
  EndpointRecoveredV1,
  EndpointRemovedV1,
  EndpointStoppedV1,
  EndpointTestedV1,
} from "#shared/contracts/events/webhooks.ts";
import { eventsOf, type Occurrence } from "#shared/runtime/outbox.ts";
import type { Endpoint, EndpointNews } from "../domain/endpoint.ts";

/** Whoever answers for the endpoint has something to do until it works again. */
const mend = [{ kind: "mend-endpoint" as const, role: "operator" as const }];

/** Enough for whoever is told to know which one it is. The rest of a URL may hold what only its department is to know. */
const known = ({ contact, description, url }: Endpoint) => ({
  ...(contact !== undefined && { contact }),
  ...(description !== undefined && { description }),
  host: new URL(url).host,
});

const occurrenceOf = (endpoint: Endpoint, told: EndpointNews): Occurrence => {
  switch (told.news) {
    case "test":
      return { contract: EndpointTestedV1, data: { endpoint: endpoint.id } };
    case "failing":
      return { contract: EndpointFailingV1, data: { ...known(endpoint), since: told.since, tasks: mend } };
    case "recovered":
      return { contract: EndpointRecoveredV1, data: { ...known(endpoint), failedSince: told.since } };
    case "disabled":
      return { contract: EndpointDisabledV1, data: { ...known(endpoint), cause: told.reason, tasks: mend } };
    case "enabled":
      return { contract: EndpointEnabledV1, data: known(endpoint) };
    case "stopped":
      return { contract: EndpointStoppedV1, data: known(endpoint) };
    case "removed":
      return { contract: EndpointRemovedV1, data: known(endpoint) };
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
