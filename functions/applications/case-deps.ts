import type { Clock } from "#shared/kernel/clock.ts";
import type { Application } from "./domain/application.ts";
import type { Given } from "./domain/change.ts";
import type { Applications, Items } from "./domain/ports.ts";
import type { CitySettings } from "./domain/settings.ts";

/** What everything that acts on cases stands on. */
export interface CaseDeps {
  readonly applications: Applications;
  readonly items: Items;
  readonly settings: CitySettings;
  readonly now: Clock;
}

/** What a decision on this case rests on: a case is held to the version of its item that it was made under. */
export const givenOf = async (
  { items, settings }: Pick<CaseDeps, "items" | "settings">,
  { item }: Pick<Application, "item">,
): Promise<Given> => ({ rules: await items.version(item.code, item.version), settings });
