import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { StaffRole } from "#shared/contracts/events/identity.ts";
import type { Channel } from "#shared/contracts/http/caller.ts";
import { type Scope, staffScopes } from "#shared/contracts/http/scopes.ts";
import { DEMO_PASSWORD } from "./residents.ts";

export interface Client {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly scopes: readonly Scope[];
  readonly channel?: Channel;
  readonly department?: string;
  readonly division?: string;
}

/** A program in which people sign in on the issuer's pages. Public: what anyone can read out of an app proves nothing. */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly channel?: Channel;
  readonly authentication: "none";
  /** Its redirect address is on this machine, at any port. */
  readonly application: "native";
  readonly grants: readonly string[];
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly firstParty: boolean;
  readonly users: "persons" | "staff";
}

export interface Staff {
  readonly staff: string;
  readonly name: string;
  /** Those who have both can sign in without the government chat. */
  readonly phone?: string;
  readonly password?: string;
  readonly department: string;
  readonly division: string;
  readonly roles: readonly StaffRole[];
}

interface Department {
  readonly uscc: string;
  readonly name: string;
  readonly division: string;
}

const read = <T>(file: string): T => JSON.parse(readFileSync(file, "utf8")) as T;

export const departments = (): Department[] => read("data/departments.json");
export const sourceItems = (): { code: string; name: string; department: { name: string } }[] =>
  read("data/service-items.json");

/** What the catalogue is told of the city, and its items. */
export const itemData = () => ({
  items: sourceItems(),
  departments: departments(),
  divisions: read<{ divisions: unknown[] }>("data/divisions.json").divisions,
  licenceTypes: read<unknown[]>("data/licence-types.json"),
  basicItems: read<unknown[]>("data/basic-items.json"),
});

const CHANNELS: readonly { channel: Channel; name: string }[] = [
  { channel: "portal", name: "互联网政务服务门户" },
  { channel: "mobile", name: "移动端小程序" },
  { channel: "terminal", name: "市民之窗自助终端" },
  { channel: "window", name: "综合窗口" },
  { channel: "hotline", name: "12345 热线" },
];

/** Invented people: any likeness is chance. */
const NAMES = ["陈志明", "黄丽珍", "梁国强", "何晓燕", "霍建国", "区美玲", "谭伟雄", "卢婉仪", "邓永康"];

/** With which notifications asks identity where people can be reached. */
export const NOTIFICATIONS_CLIENT = "service-notifications";

const newSecret = (): string => randomBytes(32).toString("base64url");

/** The channels and departments of the demo city as clients of the issuer; a known secret is kept. */
export const demoClients = (known: Readonly<Record<string, string>>): Client[] => {
  const withSecret = (client: Omit<Client, "secret">): Client => ({
    ...client,
    secret: known[client.id] ?? newSecret(),
  });
  return [
    ...CHANNELS.map(({ channel, name }) =>
      withSecret({
        id: `channel-${channel}`,
        name,
        channel,
        scopes: ["applications:submit", "applications:read", "payments:pay", "shipments:request", "persons:register"],
      }),
    ),
    withSecret({ id: NOTIFICATIONS_CLIENT, name: "消息中心", scopes: ["persons:contact"] }),
    ...departments().map(({ uscc, name, division }) =>
      withSecret({
        id: departmentClientId(uscc),
        name,
        department: uscc,
        division,
        scopes: [
          "applications:read",
          "applications:decide",
          "applications:personal",
          "payments:refund",
          "shipments:manage",
          "catalogue:manage",
          "webhooks:manage",
          "events:read",
        ],
      }),
    ),
  ];
};

const onThisMachine = {
  authentication: "none",
  application: "native",
  redirectUris: ["http://127.0.0.1/callback"],
  postLogoutRedirectUris: ["http://127.0.0.1/"],
} as const;

const SIGN_IN = ["authorization_code", "refresh_token"];

/** One of our own for people, one of a stranger that has to ask them, one for staff. */
export const demoApps: readonly App[] = [
  {
    ...onThisMachine,
    id: "app-citizen",
    name: "一门掌上办（演示）",
    channel: "mobile",
    scopes: [
      "persons:self",
      "persons:manage",
      "organisations:manage",
      "mandates:manage",
      "applications:submit",
      "applications:read",
      "payments:pay",
      "shipments:request",
      "messages:read",
    ],
    grants: [...SIGN_IN, "urn:ietf:params:oauth:grant-type:device_code"],
    firstParty: true,
    users: "persons",
  },
  {
    ...onThisMachine,
    id: "app-partner",
    name: "某银行便民服务（演示）",
    channel: "partner",
    scopes: ["persons:self"],
    grants: SIGN_IN,
    firstParty: false,
    users: "persons",
  },
  {
    ...onThisMachine,
    id: "app-workbench",
    name: "一门工作台（演示）",
    scopes: Object.keys(staffScopes) as Scope[],
    grants: SIGN_IN,
    firstParty: true,
    users: "staff",
  },
];

export const departmentClientId = (uscc: string): string => `department-${uscc.toLowerCase()}`;

const POSTS: readonly (readonly StaffRole[])[] = [["clerk"], ["officer"], ["approver"], ["supervisor"]];

/** Those of the platform and the first department's can sign in by password. */
const WITH_PASSWORD = 2 + POSTS.length;

/** One of each post for every department, and the platform's own operator and catalogue manager. */
export const demoStaff = (): Staff[] => {
  const known = departments();
  const appointed = known.flatMap(({ uscc, division }, d) =>
    POSTS.map(
      (roles, p): Staff => ({
        staff: `s${division}-${String(d + 1).padStart(2, "0")}${p + 1}`,
        name: NAMES[(d * POSTS.length + p) % NAMES.length] ?? "陈志明",
        department: uscc,
        division,
        roles,
      }),
    ),
  );
  const [first] = known;
  const own: readonly (readonly [StaffRole, string])[] = [
    ["operator", "欧阳管"],
    ["catalogue-manager", "司徒目"],
  ];
  const platform = first
    ? own.map(
        ([role, name]): Staff => ({
          staff: `s${first.division}-${role}`,
          name,
          department: first.uscc,
          division: first.division,
          roles: [role],
        }),
      )
    : [];
  return [...platform, ...appointed].map((member, index) =>
    index < WITH_PASSWORD ? { ...member, phone: `1390000000${index}`, password: DEMO_PASSWORD } : member,
  );
};
