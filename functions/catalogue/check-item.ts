import { type Clock, legalDate } from "#shared/kernel/clock.ts";
import { type City, checkDefinition, ownLicences } from "./domain/check-against-city.ts";
import type { ItemDefinition } from "./domain/item.ts";
import type { BasicItems, CityFacts, FormCheck, ItemStore, Reference } from "./domain/ports.ts";
import type { Problem } from "./domain/problems.ts";

export interface CheckDeps {
  readonly items: ItemStore;
  readonly basics: BasicItems;
  readonly facts: CityFacts;
  readonly checkForm: FormCheck;
  readonly now: Clock;
}

/** Runs every automatic check on a definition, and writes nothing. A long import reads the reference once and hands it in. */
export const checkItem =
  ({ items, basics, facts, checkForm, now }: CheckDeps) =>
  async (definition: ItemDefinition, known?: Reference): Promise<Problem[]> => {
    const [reference, basicItem, staff, form, record] = await Promise.all([
      known ?? facts.reference(),
      basics.find(definition.basicCode),
      facts.staffOf(definition.department.uscc),
      checkForm(definition.form),
      items.find(definition.code),
    ]);
    const types = [
      ...new Set(
        definition.materials.flatMap(({ name, licenceTypes }) => [
          ...licenceTypes,
          ...ownLicences(name, reference.licenceTypes),
        ]),
      ),
    ];
    const issuers = new Map(await Promise.all(types.map(async (type) => [type, await items.issuersOf(type)] as const)));
    const city: City = {
      today: legalDate(now()),
      divisions: new Set(reference.divisions.map(({ code }) => code)),
      departments: reference.departments,
      licenceTypes: reference.licenceTypes,
      issuers,
      ...(basicItem && { basicItem }),
      staff,
      ...form,
      standing: record?.standing.kind ?? "unpublished",
    };
    return [...checkDefinition(definition, city)];
  };
