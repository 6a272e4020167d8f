import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dynamoApplications } from "#functions/applications/adapters/dynamo-applications.ts";
import { dynamoItems } from "#functions/applications/adapters/dynamo-items.ts";
import { acceptCase } from "#functions/applications/domain/acceptance.ts";
import type { Application } from "#functions/applications/domain/application.ts";
import type { Change, Command, Given } from "#functions/applications/domain/change.ts";
import { requestCorrection } from "#functions/applications/domain/correction.ts";
import type { ItemRules } from "#functions/applications/domain/item-rules.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { suspendCase } from "#functions/applications/domain/special-procedures.ts";
import { submit } from "#functions/applications/domain/submission.ts";
import type { City } from "#local/city.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { newId } from "#shared/kernel/ids.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { granted, noFindings } from "./applications.ts";
import { type CaseInHand, exampleForm, onPaper } from "./case-steps.ts";
import { fieldKeysOf } from "./field-keys.ts";

/**
 * Cases that came in on an earlier day, for which no test can wait: written by the rules and the adapter of the product, with the
 * city's own field keys, as of that day. All that comes after is done by the functions that are deployed.
 */
export const pastCases = async ({ cloud }: Pick<City, "cloud">) => {
  const physicalId = (type: string, path: string): string =>
    cloud.resources(type).find((resource) => resource.path?.includes(path))?.physicalId ?? "";
  const table = physicalId("AWS::DynamoDB::GlobalTable", "Applications/Table");
  const keys = await fieldKeysOf({ cloud }, "Applications");
  const dynamo = new DynamoDBClient(cloud.operator);
  const client = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  const cipher = fieldCipher(keys.ring);
  const store = dynamoApplications(client, { table, cipher });
  const items = dynamoItems(client, { table, now: systemClock });

  const givenFor = async ({ item }: CaseInHand): Promise<Given> => ({
    rules: await items.version(item.code, item.version),
    settings: defaultSettings,
  });
  const command = (at: string, by: Command["by"]): Command => ({ at, by, key: newId(), fingerprint: newId() });
  const save = async (change: Change): Promise<Application> => {
    await store.save(change);
    return change.state;
  };
  const officer = (hand: CaseInHand, post: "clerk" | "officer") => ({
    client: "past",
    officer: hand.officers[post],
  });

  return {
    async submitted(hand: CaseInHand, at: string, alter = (state: Application) => state): Promise<Application> {
      const materials = onPaper(hand, hand.situation).map(({ material }) => ({ material, onPaper: true as const }));
      const what = { applicant: hand.applicant, situation: hand.situation, form: exampleForm(hand), materials };
      const by = { client: "channel-portal", channel: "portal" as const };
      const change = granted(submit(newId(), await givenFor(hand), what, noFindings, command(at, by)));
      return save({ ...change, state: alter(change.state) });
    },
    accepted: async (hand: CaseInHand, state: Application, at: string) =>
      save(granted(acceptCase(state, await givenFor(hand), undefined, command(at, officer(hand, "clerk"))))),
    /** Returned for one material, on that day. */
    returned: async (hand: CaseInHand, state: Application, at: string, material: string) =>
      save(
        granted(
          requestCorrection(
            state,
            await givenFor(hand),
            [{ material, what: "未提交" }],
            command(at, officer(hand, "clerk")),
          ),
        ),
      ),
    /** An item that no catalogue holds, made of a real one: what the law of no real item says can be seen on it. */
    async invented(hand: CaseInHand, code: string, more: Partial<ItemRules>): Promise<CaseInHand> {
      const { rules } = await givenFor(hand);
      await items.keep({ ...rules, ...more, code });
      return { ...hand, item: { ...hand.item, code } };
    },
    suspended: async (hand: CaseInHand, state: Application, at: string) =>
      save(granted(suspendCase(state, await givenFor(hand), "inspection", command(at, officer(hand, "officer"))))),
    keys,
    stop() {
      dynamo.destroy();
      keys.stop();
    },
  };
};
