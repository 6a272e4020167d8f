import type { ApplicationView } from "#shared/contracts/http/applications.ts";
import { readApplication, submitApplication } from "#shared/contracts/http/applications.ts";
import { readItem } from "#shared/contracts/http/catalogue/finding.ts";
import { newId } from "#shared/kernel/ids.ts";
import type { City } from "../city.ts";
import { demoApplication } from "../demo-city/applicant.ts";
import { sourceItems } from "../demo-city/registry.ts";
import type { Received } from "../outside/department-system.ts";
import type { ShownCard } from "../outside/wecom-server.ts";
import { until } from "../until.ts";
import { answered, apiAs, getJson, numbered, type Print } from "./parts.ts";

/**
 * Walks one real service item from the channel to the department and back, printing each step with what proves it: the
 * answers of the API, and what the outside systems say that they received and verified.
 */
export const walkFoodLicence = async (city: City, print: Print): Promise<ApplicationView> => {
  const portal = apiAs(city, ({ channel }) => channel === "portal");
  const code = sourceItems().find(({ name }) => name === demoApplication.itemName)?.code;
  if (!code) throw new Error("the demo city lacks the item of this walk");
  const step = numbered(print);

  const item = await answered(portal(readItem, { path: { code } }));
  step(`The portal reads the item: ${item.name}`, [
    `code ${item.code}, version ${item.version}; ${item.department.name}`,
    `promised ${item.limits.promised} working days, statutory ${item.limits.statutory}; stages ${item.stages.map(({ title }) => title).join(" → ")}`,
  ]);

  const { applicant, form, materials } = demoApplication;
  const submitted = await answered(
    portal(submitApplication, { key: `walk-${newId()}`, body: { itemCode: code, applicant, form, materials } }),
  );
  const { id } = submitted;
  step("An enterprise applies through the portal", [
    `case number ${submitted.number}`,
    `to be accepted by ${submitted.acceptBy?.date} (5 working days, Administrative Licensing Law art. 32)`,
  ]);

  const card = await until("an officer's phone shows the card", async () => {
    const { cards } = await getJson<{ cards: ShownCard[] }>(`${city.outside.wecom}/inbox`);
    return cards.find(({ description }) => description.includes(submitted.number));
  });
  step("The officers of the department are told in the government chat", [
    `WeCom showed ${card.user}: ${card.title}`,
    `message ${card.msgid}, accepted by the WeCom server with a token it had given out`,
  ]);

  const shown = new Set<string>();
  await until("the department's system has concluded the case", async () => {
    const { events } = await getJson<Received>(`${city.outside.department}/received`);
    for (const { at, event } of events) {
      if (event.subject !== id || shown.has(event.id)) continue;
      shown.add(event.id);
      step(`The department's system receives ${event.type}`, [
        `signature verified by the standardwebhooks library at ${at}; webhook-id ${event.id}`,
      ]);
    }
    return [...events].some(({ event }) => event.subject === id && event.type.endsWith(".concluded.v1"));
  });

  const { actions } = await getJson<Received>(`${city.outside.department}/received`);
  step("What that system did through the API with its own client", [
    ...actions.filter((action) => action.case === id).map(({ does, result }) => `${does}: ${result}`),
  ]);

  const view = await answered(portal(readApplication, { path: { id } }));
  step(`The applicant sees the case as ${view.status}, outcome ${view.outcome}`, [
    `applicant as shown: ${view.applicant.name} ${view.applicant.idNumber}`,
    ...view.timeline.map(
      ({ at, step: what, stage, by }) =>
        `${at}  ${what}${stage ? ` (${stage})` : ""}  by ${by.officer ?? by.channel ?? by.client}`,
    ),
  ]);
  return view;
};
