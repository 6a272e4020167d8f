import { ItemPublishedV1 } from "#shared/contracts/events/catalogue.ts";
import type { Item } from "#shared/contracts/http/catalogue/item.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { ItemRules } from "../domain/item-rules.ts";
import type { Items } from "../domain/ports.ts";

/** Keeps this capability's own copy of what it needs of an item, so that submitting depends on nothing else. */
export const onItemPublished = (deps: { items: Items; readItem: (code: string, version: number) => Promise<Item> }) =>
  consume(ItemPublishedV1.schema, async ({ data }) => {
    const item = await deps.readItem(data.code, data.version);
    await deps.items.keep(rulesOf(item));
    logger.info("item.kept", { code: item.code, version: item.version });
  });

const rulesOf = (item: Item): ItemRules => ({
  code: item.code,
  version: item.version,
  name: item.name,
  department: item.department,
  division: item.division,
  kind: item.kind,
  handling: item.handling,
  applicants: item.applicants,
  limits: { statutory: item.limits.statutory, promised: item.limits.promised },
  stages: item.stages.map(({ name, checks }) => ({ name, checks })),
  options: item.options.map(({ id, choices }) => ({ id, choices: choices.map((choice) => choice.id) })),
  form: item.form,
  materials: item.materials.map(
    ({ id, name, required, grade, licenceTypes, formats, maxBytes, deferrable, deferDays, when }) => ({
      id,
      name,
      required,
      grade,
      licenceTypes,
      formats,
      maxBytes,
      deferrable,
      ...(deferDays !== undefined && { deferDays }),
      ...(when && { when }),
    }),
  ),
  fees: item.fees.map(({ name, amount, due, chargeItem, when }) => ({
    name,
    amount,
    due,
    ...(chargeItem && { chargeItem }),
    ...(when && { when }),
  })),
  specialProcedures: item.specialProcedures.map(({ kind, workingDays }) => ({ kind, workingDays })),
  tacit: item.tacit,
  commitment: item.commitment,
  ...(item.assurance !== undefined && { assurance: item.assurance }),
  deliverable: item.deliverable,
  ...(item.result.licenceType && {
    licence: {
      type: item.result.licenceType,
      ...(item.result.validityYears && { years: item.result.validityYears }),
    },
  }),
});
