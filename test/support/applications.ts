import {
  type Actor,
  type Applicant,
  type Application,
  acceptCase,
  type Change,
  type Command,
  concludeCase,
  decideCaseStage,
  declineCase,
  type ItemRules,
  type Status,
  submit,
  withdrawCase,
} from "#functions/applications/domain/application.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";

export const cipher = fieldCipher({ id: "k1", key: "a key for tests, and for nothing else", previous: [] });

export const rules = (more: Partial<ItemRules> = {}): ItemRules => ({
  code: "11440606MB2D26310W4440712002040",
  version: 2,
  name: "存量房转移登记（买卖）",
  department: { uscc: "11440606MB2D26310W", name: "佛山市自然资源局顺德分局" },
  division: "440606",
  handling: "committed",
  applicants: ["natural", "legal"],
  limits: { statutory: 20, promised: 3 },
  stages: ["handling", "review", "approval"],
  ...more,
});

export const instantRules = (more: Partial<ItemRules> = {}): ItemRules =>
  rules({ code: "11440600007039469J3442014901000", handling: "instant", stages: [], ...more });

export const applicant = (more: Partial<Applicant> = {}): Applicant => ({
  kind: "natural",
  name: "欧阳小明",
  idNumber: "440606199003070017",
  phone: "13827712345",
  ...more,
});

export const company: Applicant = {
  kind: "legal",
  name: "佛山市顺德区一门家具有限公司",
  idNumber: "91440606MA4UL8TX3M",
};
export const otherPerson: Applicant = { kind: "natural", name: "李四", idNumber: "440106200102031230" };

export const form = { 房屋坐落: "顺德区大良街道环市东路8号", 建筑面积: 89.5, 共有人: [{ 姓名: "欧阳建国" }] };

/** Every text by which the applicant of a fixture, or what they told, could be known. */
export const personalTexts = [
  "欧阳小明",
  "440606199003070017",
  "13827712345",
  "环市东路8号",
  "欧阳建国",
  "89.5",
] as const;

/** Sunday morning in Shanghai. */
export const RECEIVED = "2026-11-22T02:00:00.000Z";

let commands = 0;
export const command = (more: Partial<Command> = {}): Command => ({
  at: RECEIVED,
  by: { client: "dept", officer: "clerk-1" },
  key: `dept/key-${++commands}`,
  fingerprint: `print-${commands}`,
  ...more,
});

export const byOfficer = (officer: string): { by: Actor } => ({ by: { client: "dept", officer } });

export const granted = <T>(decision: Decision<T, string>): T => {
  if (!decision.ok) throw new Error(`refused: ${decision.refusal.code}`);
  return decision.value;
};

export const submitted = (
  itemRules: ItemRules = rules(),
  { id = derivedId("case"), by = applicant(), at = RECEIVED }: { id?: string; by?: Applicant; at?: string } = {},
): Change =>
  granted(submit(id, itemRules, { applicant: by, form }, command({ at, by: { client: "portal", channel: "portal" } })));

const APPROVE = { outcome: "approve", reasons: [] } as const;
const REFUSE = { outcome: "refuse", reasons: ["材料与登记簿不符"] } as const;

/** A case in each status that a case can be in; an accepted one is at its first stage. */
export const caseIn = (status: Status, itemRules: ItemRules = rules({ stages: ["approval"] })): Application => {
  const first = submitted(itemRules).state;
  const accepted = () => granted(acceptCase(first, undefined, command())).state;
  const decided = (verdict: typeof APPROVE | typeof REFUSE) =>
    granted(decideCaseStage(accepted(), "approval", verdict, command(byOfficer("approver-1")))).state;
  switch (status) {
    case "submitted":
      return first;
    case "declined":
      return granted(declineCase(first, ["不属于本部门职权"], command())).state;
    case "accepted":
      return accepted();
    case "approved":
      return decided(APPROVE);
    case "refused":
      return decided(REFUSE);
    case "concluded":
      return granted(concludeCase(decided(APPROVE), command())).state;
    case "withdrawn":
      return granted(withdrawCase(first, undefined, command())).state;
  }
};
