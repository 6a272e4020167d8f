import { acceptCase, declineCase } from "#functions/applications/domain/acceptance.ts";
import type {
  Actor,
  Applicant,
  Application,
  CaseMaterial,
  Status,
} from "#functions/applications/domain/application.ts";
import { calendarChange } from "#functions/applications/domain/calendar.ts";
import type { Change, Command, Given } from "#functions/applications/domain/change.ts";
import { verifyCommitment } from "#functions/applications/domain/commitments.ts";
import { concludeCase, withdrawCase } from "#functions/applications/domain/conclusion.ts";
import { requestCorrection } from "#functions/applications/domain/correction.ts";
import type { ItemRules, StageName } from "#functions/applications/domain/item-rules.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { suspendCase } from "#functions/applications/domain/special-procedures.ts";
import { decideCaseStage } from "#functions/applications/domain/stages.ts";
import { type Findings, submit } from "#functions/applications/domain/submission.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";

export const cipher = fieldCipher({ id: "k1", key: "a key for tests, and for nothing else", previous: [] });

export const stages = (...names: StageName[]): ItemRules["stages"] => names.map((name) => ({ name, checks: [] }));

export const rules = (more: Partial<ItemRules> = {}): ItemRules => ({
  code: "11440606MB2D26310W4440712002040",
  version: 2,
  name: "存量房转移登记（买卖）",
  department: { uscc: "11440606MB2D26310W", name: "佛山市自然资源局顺德分局" },
  division: "440606",
  kind: "07",
  handling: "committed",
  applicants: ["natural", "legal"],
  limits: { statutory: 20, promised: 3 },
  stages: stages("handling", "review", "approval"),
  options: [],
  form: { type: "object" },
  materials: [],
  fees: [],
  specialProcedures: [{ kind: "inspection", workingDays: 10 }],
  tacit: "none",
  commitment: false,
  deliverable: true,
  ...more,
});

export const instantRules = (more: Partial<ItemRules> = {}): ItemRules =>
  rules({ code: "11440600007039469J3442014901000", handling: "instant", stages: [], ...more });

export const givenOf = (itemRules: ItemRules = rules()): Given => ({ rules: itemRules, settings: defaultSettings });

/** What an item asks for, of each kind there is. */
export const materialRules = (more: Partial<ItemRules["materials"][number]> = {}): ItemRules["materials"][number] => ({
  id: "m1",
  name: "居民身份证",
  required: true,
  grade: "C",
  licenceTypes: ["居民身份证"],
  formats: ["application/pdf", "image/png"],
  maxBytes: 1_000_000,
  deferrable: false,
  ...more,
});

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

export const codeOf = (decision: Decision<unknown, string>): string =>
  decision.ok ? "done" : decision.refusal.code.replace("application.", "");

export const noFindings: Findings = {
  formFaults: [],
  files: new Map(),
  duplicates: [],
  hasBrokenCommitment: false,
};

export const submitted = (
  itemRules: ItemRules = rules(),
  {
    id = derivedId("case"),
    by = applicant(),
    at = RECEIVED,
    materials = [],
    commitment,
    actor = { client: "portal", channel: "portal" },
  }: {
    id?: string;
    by?: Applicant;
    at?: string;
    materials?: readonly CaseMaterial[];
    commitment?: { statement: string };
    actor?: Actor;
  } = {},
): Change =>
  granted(
    submit(
      id,
      givenOf(itemRules),
      { applicant: by, situation: {}, form, materials, commitment },
      noFindings,
      command({ at, by: actor }),
    ),
  );

export const APPROVE = { outcome: "approve", reasons: [], answers: [] } as const;
export const REFUSE = { outcome: "refuse", reasons: ["材料与登记簿不符"], answers: [] } as const;

/** A case in each status that a case can be in; an accepted one is at its first stage. */
export const caseIn = (
  status: Status,
  itemRules: ItemRules = rules({ stages: stages("approval"), commitment: status === "revoked" }),
): Application => {
  const given = givenOf(itemRules);
  const promise = status === "revoked" ? { commitment: { statement: "承诺符合全部许可条件" } } : {};
  const first = submitted(itemRules, promise).state;
  const accepted = () => granted(acceptCase(first, given, undefined, command())).state;
  const decided = (verdict: typeof APPROVE | typeof REFUSE) =>
    granted(decideCaseStage(accepted(), given, "approval", verdict, command(byOfficer("approver-1")))).state;
  const returned = () => granted(requestCorrection(first, given, [{ what: "缺身份证" }], command())).state;
  switch (status) {
    case "submitted":
      return first;
    case "returned":
      return returned();
    case "declined":
      return granted(declineCase(first, given, ["不属于本部门职权"], command())).state;
    case "accepted":
      return accepted();
    case "suspended":
      return granted(suspendCase(accepted(), given, "inspection", command())).state;
    case "approved":
      return decided(APPROVE);
    case "refused":
      return decided(REFUSE);
    case "concluded":
      return granted(concludeCase(decided(APPROVE), given, command())).state;
    case "revoked":
      return granted(
        verifyCommitment(decided(APPROVE), given, { found: "broken", reasons: ["现场与承诺不符"] }, command()),
      ).state;
    case "withdrawn":
      return granted(withdrawCase(first, given, undefined, command())).state;
    case "lapsed": {
      const lapsed = calendarChange(returned(), given, "2027-03-01T00:00:00.000Z");
      if (!lapsed) throw new Error("it did not lapse");
      return lapsed.state;
    }
  }
};
