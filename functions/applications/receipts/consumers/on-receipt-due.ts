import { createHash } from "node:crypto";
import * as z from "zod";
import {
  ApplicationAcceptedV1,
  ApplicationConcludedV1,
  ApplicationDecidedV1,
  ApplicationDeclinedV1,
  ApplicationExtendedV1,
  ApplicationRevokedV1,
  ApplicationSubmittedV1,
  ApplicationSuspendedV1,
  CorrectionRequestedV1,
} from "#shared/contracts/events/applications.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Application, TimelineEntry } from "../../domain/application.ts";
import type { ItemRules } from "../../domain/item-rules.ts";
import { missing } from "../../domain/materials.ts";
import type { Applications, Items } from "../../domain/ports.ts";
import type { Printer, ReceiptBytes, Receipts } from "../domain/ports.ts";
import type { CaseFacts, Occasion } from "../domain/receipt.ts";
import { writeReceipt } from "../domain/write-receipt.ts";

const Event = z.discriminatedUnion("type", [
  ApplicationSubmittedV1.schema,
  ApplicationAcceptedV1.schema,
  CorrectionRequestedV1.schema,
  ApplicationDeclinedV1.schema,
  ApplicationSuspendedV1.schema,
  ApplicationExtendedV1.schema,
  ApplicationDecidedV1.schema,
  ApplicationRevokedV1.schema,
  ApplicationConcludedV1.schema,
]);
type Event = z.infer<typeof Event>;

/** Of a submission there is no receipt: what it is answered with is the acceptance. */
const occasionOf = (event: Event): Occasion | undefined => {
  switch (event.type) {
    case ApplicationSubmittedV1.type:
      return undefined;
    case ApplicationAcceptedV1.type:
      return { kind: "acceptance", ...event.data };
    case CorrectionRequestedV1.type:
      return { kind: "correction", ...event.data };
    case ApplicationDeclinedV1.type:
      return { kind: "decline" };
    case ApplicationSuspendedV1.type:
      return { kind: "suspension", ...event.data };
    case ApplicationExtendedV1.type:
      return { kind: "extension", ...event.data };
    case ApplicationDecidedV1.type:
      return { kind: "decision", ...event.data };
    case ApplicationRevokedV1.type:
      return { kind: "revocation" };
    case ApplicationConcludedV1.type:
      return { kind: "delivery", outcome: event.data.outcome };
  }
};

/** Administrative licences (行政许可) among the kinds of items, GB/T 39046. */
const LICENCE = "01";

/** The case may have gone on since: what was said, and what was still to follow, at the event's time is in the timeline. */
const factsOf = (state: Application, rules: ItemRules, at: string): CaseFacts => {
  const { id, number, item, applicant, receivedAt, timeline } = state;
  const nameOf = (material: string): string => rules.materials.find((each) => each.id === material)?.name ?? material;
  const isLater = (material: string): boolean =>
    timeline.some((entry) => entry.at > at && entry.step === "material-supplied" && entry.material === material);
  const isBrought = (material: string): boolean => state.materials.some((each) => each.material === material);
  const following = state.deferred.filter(({ material, supplied }) => !supplied || isLater(material));
  const promised = (state.commitment?.instead ?? []).filter((material) => !isBrought(material));
  const wasBefore = (step: TimelineEntry["step"]): boolean =>
    timeline.some((entry) => entry.at <= at && entry.step === step);
  return {
    id,
    number,
    itemCode: item.code,
    isLicence: rules.kind === LICENCE,
    itemName: item.name,
    department: item.department.name,
    applicant,
    receivedAt,
    reasons: timeline.filter((entry) => entry.at === at).flatMap(({ reasons = [] }) => reasons),
    received: state.materials
      .filter(({ material }) => !following.some((each) => each.material === material))
      .map(({ material }) => nameOf(material)),
    following: following.map(({ material, days }) => ({ name: nameOf(material), days })),
    promised: promised.map(nameOf),
    absent: missing(rules, state.situation, state.materials)
      .filter((material) => !promised.includes(material.id))
      .map(({ name }) => name),
    paid: wasBefore("fee-settled"),
    corrected: wasBefore("corrected"),
  };
};

/**
 * Makes the receipt that a step of a case calls for. Its file bears the event's id and nothing of the time of its making: told
 * twice, or killed between file and row, the same bytes are written over the same.
 */
export const onReceiptDue = ({
  applications,
  items,
  receipts,
  bytes,
  printer,
  progressUrl,
}: {
  readonly applications: Pick<Applications, "find">;
  readonly items: Pick<Items, "version">;
  readonly receipts: Receipts;
  readonly bytes: ReceiptBytes;
  readonly printer: Printer;
  /** Where the progress of a case is shown, without the case's id. */
  readonly progressUrl: string;
}) =>
  consume(Event, async (event) => {
    const { id, subject, time, data } = event;
    await receipts.noteNumber(data.number, subject);
    const occasion = occasionOf(event);
    if (!occasion) return;
    const state = await applications.find(subject);
    if (!state) throw new Error(`there is no case ${subject}`);
    const rules = await items.version(state.item.code, state.item.version);
    const at = new Date(time).toISOString();
    const document = writeReceipt(occasion, factsOf(state, rules, at), at);
    const pdf = await printer.print(document, `${progressUrl}/${subject}`);
    await bytes.keep(id, pdf);
    await receipts.note(subject, {
      id,
      kind: occasion.kind,
      title: document.title,
      issuedAt: at,
      bytes: pdf.length,
      sha256: createHash("sha256").update(pdf).digest("hex"),
    });
    logger.info("receipt.issued", { case: subject, kind: occasion.kind });
  });
