import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { StaffRole } from "#shared/contracts/events/identity.ts";
import type { Channel } from "#shared/contracts/http/caller.ts";
import type { Scope } from "#shared/contracts/http/scopes.ts";

export interface Client {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly scopes: readonly Scope[];
  readonly channel?: Channel;
  readonly department?: string;
  readonly division?: string;
}

export interface Staff {
  readonly staff: string;
  readonly name: string;
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

const CHANNELS: readonly { channel: Channel; name: string }[] = [
  { channel: "portal", name: "互联网政务服务门户" },
  { channel: "mobile", name: "移动端小程序" },
  { channel: "terminal", name: "市民之窗自助终端" },
  { channel: "window", name: "综合窗口" },
  { channel: "hotline", name: "12345 热线" },
];

/** Invented people: any likeness is chance. */
const NAMES = ["陈志明", "黄丽珍", "梁国强", "何晓燕", "霍建国", "区美玲", "谭伟雄", "卢婉仪", "邓永康"];

const newSecret = (): string => randomBytes(32).toString("base64url");

/** The channels and departments of the demo city as clients of the issuer; a known secret is kept. */
export const demoClients = (known: Readonly<Record<string, string>>): Client[] => {
  const withSecret = (client: Omit<Client, "secret">): Client => ({
    ...client,
    secret: known[client.id] ?? newSecret(),
  });
  return [
    ...CHANNELS.map(({ channel, name }) =>
      withSecret({ id: `channel-${channel}`, name, channel, scopes: ["applications:submit", "applications:read"] }),
    ),
    ...departments().map(({ uscc, name, division }) =>
      withSecret({
        id: departmentClientId(uscc),
        name,
        department: uscc,
        division,
        scopes: ["applications:read", "applications:decide", "applications:personal", "webhooks:manage"],
      }),
    ),
  ];
};

export const departmentClientId = (uscc: string): string => `department-${uscc.toLowerCase()}`;

const POSTS: readonly (readonly StaffRole[])[] = [["clerk"], ["officer"], ["approver"]];

/** A clerk, an officer and an approver for every department. */
export const demoStaff = (): Staff[] =>
  departments().flatMap(({ uscc, division }, d) =>
    POSTS.map((roles, p) => ({
      staff: `s${division}-${String(d + 1).padStart(2, "0")}${p + 1}`,
      name: NAMES[(d * POSTS.length + p) % NAMES.length] ?? "陈志明",
      department: uscc,
      division,
      roles,
    })),
  );
