import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { type Cloud, type CloudOptions, startCloud } from "./cloud/index.ts";
import { keep, readKept } from "./demo-city/kept.ts";
import { type OutsideWorld, startOutsideWorld } from "./demo-city/outside-world.ts";
import { registerResidents } from "./demo-city/register-residents.ts";
import {
  type App,
  type Client,
  demoApps,
  demoClients,
  demoStaff,
  departmentClientId,
  departments,
  itemData,
  NOTIFICATIONS_CLIENT,
  type Staff,
  sourceItems,
} from "./demo-city/registry.ts";
import {
  DEMO_PASSWORD,
  type DemoOrganisation,
  organisations,
  type Resident,
  withAccount,
} from "./demo-city/residents.ts";
import { apiClient } from "./outside/api-client.ts";
import { startDepartmentSystem } from "./outside/department-system.ts";
import { startWechatSubscription } from "./outside/wechat-subscription.ts";
import { startWecomServer } from "./outside/wecom-server.ts";
import { until } from "./until.ts";

export interface CityOptions extends Pick<CloudOptions, "assembly" | "port" | "timers" | "changeTemplate" | "onLog"> {
  /** Keep everything here over restarts; without it, everything is in memory. */
  readonly dataDir?: string;
  readonly report: (line: string) => void;
  /** Name of the department whose own system runs beside the platform and handles its cases by itself. */
  readonly systemOf?: string;
}

/** A city at work on this machine: the cloud from the templates, the outside world, the demo city's data. */
export interface City {
  readonly cloud: Cloud;
  readonly url: string;
  readonly issuer: string;
  readonly clients: readonly Client[];
  /** In which people and staff sign in. */
  readonly apps: readonly App[];
  readonly staff: readonly Staff[];
  /** Residents who can sign in, all with the same password. */
  readonly residents: readonly (Resident & { readonly password: string })[];
  readonly organisations: readonly DemoOrganisation[];
  readonly outside: OutsideWorld["addresses"] & {
    readonly wecom: string;
    readonly wechat: string;
    readonly department?: string;
  };
  stop(): Promise<void>;
}

/** Starts everything or nothing: what was started before a failure is stopped again. */
export const startCity = async (options: CityOptions): Promise<City> => {
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const { report, assembly, port, timers, changeTemplate, onLog, dataDir } = options;
    const kept = readKept(dataDir);
    const clients = demoClients(kept.clientSecrets);
    const staff = demoStaff();

    const cloud = await startCloud({
      assembly,
      region: "us-east-1",
      account: "000000000000",
      port,
      report,
      ...(timers !== undefined && { timers }),
      ...(dataDir && { dataDir: join(dataDir, "cloud") }),
      ...(changeTemplate && { changeTemplate }),
      ...(onLog && { onLog }),
    });
    undo.push(() => cloud.stop());
    const issuer = cloud.outputs.Issuer ?? "";

    const chatCallback = {
      token: randomBytes(12).toString("hex"),
      // 43 characters that are 32 bytes in base64.
      encodingAesKey: randomBytes(32).toString("base64").slice(0, 43),
    };
    const wecom = await startWecomServer({
      corpId: WECOM_CORP_ID,
      corpSecret: kept.wecomSecret,
      agentId: WECOM_AGENT_ID,
      members: staff.map((member) => member.staff),
      trustedOrigin: cloud.url,
      callback: { url: `${cloud.url}/callbacks/chat/wecom`, ...chatCallback },
      robotKey: ROBOT_KEY,
      port: 0,
    });
    undo.push(() => wecom.stop());
    const chat = {
      baseUrl: wecom.url,
      corpid: WECOM_CORP_ID,
      agentid: WECOM_AGENT_ID,
      corpsecret: kept.wecomSecret,
    };
    const wechat = await startWechatSubscription({
      ...WECHAT,
      templates: { "T-PROGRESS": ["thing1", "time2"] },
      port: 0,
    });
    undo.push(() => wechat.stop());
    const world = await startOutsideWorld(cloud.url, chat);
    undo.push(() => world.stop());
    await fillSecrets(cloud, {
      "Notifications/WecomApp": {
        ...chat,
        callbackToken: chatCallback.token,
        encodingAesKey: chatCallback.encodingAesKey,
        robotKey: ROBOT_KEY,
      },
      "Notifications/People": {
        service: {
          clientId: NOTIFICATIONS_CLIENT,
          clientSecret: clients.find(({ id }) => id === NOTIFICATIONS_CLIENT)?.secret,
        },
        sms: world.settings.sms,
        wechat: {
          baseUrl: wechat.url,
          ...WECHAT,
          templates: { submitted: { id: "T-PROGRESS", fields: { item: "thing1", date: "time2" } } },
        },
      },
      "Identity/Outside": world.settings,
      "Payments/Providers": world.payments,
      "Logistics/Outside": world.carriers,
    });

    report("Loading the demo city: clients, staff and service items.");
    await importAll(cloud, "Identity/ImportRegistry", { clients: [...clients, ...demoApps] });
    const portal = clients.find(({ id }) => id === "channel-portal");
    if (!portal) throw new Error("the demo city has no portal");
    const system =
      options.systemOf !== undefined &&
      (await startSystem(options.systemOf, kept.departmentPort, { url: cloud.url, issuer, clients, staff }));
    if (system) undo.push(() => system.stop());
    await Promise.all([
      importAll(cloud, "Identity/ImportRegistry", { staff }).then(() => publishItems(cloud)),
      registerResidents(
        apiClient({ apiUrl: cloud.url, issuer, client: portal, scopes: ["persons:register"] }),
        world.addresses.sms,
        withAccount.filter(({ subject }) => !kept.registered.includes(subject)),
      ),
    ]);
    keep(dataDir, {
      ...kept,
      registered: withAccount.map(({ subject }) => subject),
      clientSecrets: Object.fromEntries(clients.map(({ id, secret }) => [id, secret])),
      ...(system && { departmentPort: Number(new URL(system.url).port) }),
    });
    await until("the capabilities know staff and items", () => isLoaded(cloud, staff), { seconds: 120 });

    return {
      cloud,
      url: cloud.url,
      issuer,
      clients,
      apps: demoApps,
      staff,
      residents: withAccount.map((resident) => ({ ...resident, password: DEMO_PASSWORD })),
      organisations,
      outside: { ...world.addresses, wecom: wecom.url, wechat: wechat.url, ...(system && { department: system.url }) },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const WECOM_CORP_ID = "wwdemocity00000000";
const WECOM_AGENT_ID = 1000002;
const WECHAT = { appid: "wxdemocity00000000", secret: randomBytes(16).toString("hex") };
const ROBOT_KEY = "693axxx6-demo-robot";

const physicalId = (cloud: Cloud, type: string, path: string): string => {
  const found = cloud.resources(type).find((resource) => resource.path?.includes(path));
  if (!found) throw new Error(`there is no ${type} at ${path} in the templates`);
  return found.physicalId;
};

/** What an operator does once after the first deployment: gives the platform its accounts in the outside world. */
const fillSecrets = async (cloud: Cloud, secrets: Readonly<Record<string, unknown>>): Promise<void> => {
  const client = new SecretsManagerClient(cloud.operator);
  for (const [path, value] of Object.entries(secrets)) {
    const SecretId = physicalId(cloud, "AWS::SecretsManager::Secret", path);
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(value) }));
  }
  client.destroy();
};

const ImportedRow = z
  .object({ result: z.string(), problems: z.array(z.object({ code: z.string() }).loose()).optional() })
  .loose();

/** Runs an import function as an operator does, and tells what it did not take. */
const importRows = async (cloud: Cloud, path: string, payload: unknown) => {
  const report = z.record(z.string(), z.array(ImportedRow)).parse(await cloud.invoke(path, payload));
  return Object.values(report)
    .flat()
    .filter(({ result }) => result === "rejected");
};

/** What keeps an item back while not all of a department's staff are known. */
const FOR_LACK_OF_STAFF = [
  "item.acceptance-undecidable",
  "item.stage-undecidable",
  "item.approver-is-only-clerk",
  "item.commitment-unverifiable",
  "item.department-code-assumed",
];

/** A stage that nobody can decide keeps an item back: staff reach the catalogue as events, a moment after they were registered. */
const publishItems = (cloud: Cloud): Promise<true> =>
  until("the catalogue knows the officers of every department", async () => {
    const rejected = await importRows(cloud, "Catalogue/ImportItems", itemData());
    const waits = rejected.filter(({ problems = [] }) =>
      problems.every(({ code }) => FOR_LACK_OF_STAFF.includes(code)),
    );
    if (waits.length < rejected.length)
      throw new Error(`the catalogue rejected demo data: ${JSON.stringify(rejected)}`);
    return rejected.length === 0;
  });

/** Runs an import and insists that it takes every row. */
const importAll = async (cloud: Cloud, path: string, payload: unknown): Promise<void> => {
  const rejected = await importRows(cloud, path, payload);
  if (rejected.length > 0) throw new Error(`${path} rejected demo data: ${JSON.stringify(rejected)}`);
};

/** Items and staff travel from capability to capability as events; a case is only submitted when they have arrived. */
const isLoaded = async (cloud: Cloud, staff: readonly Staff[]): Promise<boolean> => {
  const dynamo = new DynamoDBClient(cloud.operator);
  const exists = async (table: string, pk: string, sk: string): Promise<boolean> => {
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: sk } } }));
    return Item !== undefined;
  };
  const table = (capability: string) => physicalId(cloud, "AWS::DynamoDB::GlobalTable", `${capability}/Table`);
  const [applications, notifications] = [table("Applications"), table("Notifications")];
  const rows = await Promise.all([
    ...sourceItems().map(({ code }) => exists(applications, `item#${code}`, "item")),
    ...staff.map((member) => exists(notifications, `staff#${member.staff}`, "officer")),
  ]);
  dynamo.destroy();
  return rows.every(Boolean);
};

/** Starts the own system of a department, found by its name. @throws Error when the city has none of that name */
export const startSystem = (
  name: string,
  port: number,
  { url, issuer, clients, staff }: Pick<City, "url" | "issuer" | "clients" | "staff">,
) => {
  const department = departments().find((known) => known.name === name);
  const client = department && clients.find(({ id }) => id === departmentClientId(department.uscc));
  if (!department || !client) throw new Error(`the demo city has no department called ${name}`);
  const officer = (role: Staff["roles"][number]): string => {
    const found = staff.find((member) => member.department === department.uscc && member.roles.includes(role));
    if (!found) throw new Error(`${name} has no ${role}`);
    return found.staff;
  };
  return startDepartmentSystem({
    name: `${name}业务系统`,
    apiUrl: url,
    issuer,
    client,
    officers: { accept: officer("clerk"), handle: officer("officer"), approve: officer("approver") },
    decideAutomatically: true,
    port,
  });
};
