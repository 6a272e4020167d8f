import { derivedId } from "#shared/kernel/ids.ts";
import type { CaseFacts } from "../domain/case-facts.ts";
import type { Cases, Shipments } from "../domain/ports.ts";
import { afterCase, SHIPMENTS_AT_MOST } from "../domain/request-shipment.ts";
import type { Direction, Shipment } from "../domain/shipment.ts";

export const DIRECTIONS: readonly Direction[] = ["to-counter", "to-applicant"];

/** The id of a case's n-th shipment in a direction, from 0: two of the same number cannot be written. */
export const shipmentId = (application: string, direction: Direction, serial: number): string =>
  derivedId("shipment", application, direction, String(serial));

/** The oldest first; read one after the other, since the next is only made when the one before is closed. */
export const shipmentsOf = async (
  shipments: Pick<Shipments, "find">,
  application: string,
  direction: Direction,
): Promise<readonly Shipment[]> => {
  const found: Shipment[] = [];
  for (let serial = 0; serial < SHIPMENTS_AT_MOST; serial++) {
    const shipment = await shipments.find(shipmentId(application, direction, serial));
    if (!shipment) break;
    found.push(shipment);
  }
  return found;
};

/** Lets a shipment catch up with its case. Throws StaleVersionError at a race. */
export const alignWithCase = async (
  { shipments, now }: { readonly shipments: Shipments; readonly now: () => string },
  shipment: Shipment,
  facts: CaseFacts,
): Promise<void> => {
  const change = afterCase(shipment, facts, now());
  if (change) await shipments.save(change);
};

/** The same with what is known of the case now. */
export const alignById = async (
  deps: { readonly shipments: Shipments; readonly cases: Cases; readonly now: () => string },
  id: string,
): Promise<Shipment | undefined> => {
  const shipment = await deps.shipments.find(id);
  const facts = shipment && (await deps.cases.find(shipment.application));
  if (shipment && facts) await alignWithCase(deps, shipment, facts);
  return shipment;
};
