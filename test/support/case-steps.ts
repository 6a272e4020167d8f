import { expect } from "vitest";
import type { City } from "#local/city.ts";
import type { Client, Staff } from "#local/demo-city/registry.ts";
import { departmentClientId, sourceItems } from "#local/demo-city/registry.ts";
import { apiClient } from "#local/outside/api-client.ts";
import type { ApiAnswer, DepartmentApi } from "#local/outside/department-api.ts";
import { until } from "#local/until.ts";
import {
  type ApplicationView,
  acceptApplication,
  claimTask,
  concludeApplication,
  correctApplication,
  decideStage,
  declineApplication,
  extendApplication,
  type Receipt,
  readApplication,
  releaseTask,
  requestCorrection,
  resumeApplication,
  submitApplication,
  supplyMaterial,
  suspendApplication,
  verifyCommitment,
  withdrawApplication,
} from "#shared/contracts/http/applications.ts";
import { type ItemInForce, readItem } from "#shared/contracts/http/catalogue/finding.ts";
import type { StageName } from "#shared/contracts/http/catalogue/item.ts";
import { checkOutPaymentOrder, listPaymentOrders } from "#shared/contracts/http/payments.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { clientOf } from "./city.ts";

/** Invented people and an enterprise; whoever breaks a promise is nobody else's applicant. */
export const applicants = {
  person: { kind: "natural", name: "黄丽珍", idNumber: "11010519491231002X", phone: "13800001235" },
  shop: { kind: "legal", name: "佛山市三水区一门早茶店（演示）", idNumber: "92440607YMDEMQ001P" },
  company: { kind: "legal", name: "佛山市三水区一门食品有限公司（演示）", idNumber: "91440607YMDEMQ101G" },
} as const;

type Body = Parameters<typeof submitApplication.body.parse>[0] & Record<string, unknown>;
type Material = { readonly material: string } & Record<string, unknown>;
type Code = "done" | `application.${string}` | `request.${string}`;

/** A city at whose desks nobody works but the test; one client of each kind, each with its token. */
export const deskWork = (city: City) => {
  const apis = new Map<string, DepartmentApi>();
  let keys = 0;
  const as = (id: string): DepartmentApi => {
    const client: Client = clientOf(city, id);
    const known = apis.get(id);
    const api = known ?? apiClient({ apiUrl: city.url, issuer: city.issuer, client, scopes: client.scopes });
    apis.set(id, api);
    return api;
  };
  return { city, as, key: () => `desk-${++keys}` };
};
export type DeskWork = ReturnType<typeof deskWork>;

type Post = "clerk" | "officer" | "approver" | "supervisor";

/** One item with the case that is being carried through, and whoever acts on it. */
export interface CaseInHand {
  readonly work: DeskWork;
  readonly item: ItemInForce;
  readonly officers: Readonly<Record<Post, string>>;
  /** By the item's own department, which names its officers. */
  readonly department: DepartmentApi;
  readonly situation: Readonly<Record<string, string>>;
  readonly applicant: (typeof applicants)[keyof typeof applicants];
  /** What was answered last. */
  receipt?: Receipt;
}

export type Step = (hand: CaseInHand) => Promise<void>;

export const granted = <S>(answer: ApiAnswer<S>): S => {
  if (!answer.ok) throw new Error(`refused: ${answer.code}`);
  return answer.value;
};
export const codeOf = (answer: ApiAnswer<unknown>): string => (answer.ok ? "done" : answer.code);

export const takeInHand = async (
  work: DeskWork,
  name: string,
  { situation = {}, by = "person" }: { situation?: Record<string, string>; by?: keyof typeof applicants },
): Promise<CaseInHand> => {
  const code = sourceItems().find((known) => known.name === name)?.code ?? "";
  const item = granted(await work.as("channel-portal")(readItem, { path: { code } }));
  const { uscc } = item.department;
  const officer = (role: Post): string => {
    const found = work.city.staff.find((one: Staff) => one.department === uscc && one.roles.includes(role));
    if (!found) throw new Error(`${item.department.name} has no ${role}`);
    return found.staff;
  };
  return {
    work,
    item,
    officers: {
      clerk: officer("clerk"),
      officer: officer("officer"),
      approver: officer("approver"),
      supervisor: officer("supervisor"),
    },
    department: work.as(departmentClientId(uscc)),
    situation,
    applicant: applicants[by],
  };
};

const isNeeded = (situation: Readonly<Record<string, string>>) => (material: ItemInForce["materials"][number]) =>
  material.required && (material.when ?? []).every(({ option, anyOf }) => anyOf.includes(situation[option] ?? ""));

/** All that the item asks for in this situation, on paper. */
export const onPaper = ({ item }: Pick<CaseInHand, "item">, situation: Readonly<Record<string, string>>): Material[] =>
  item.materials.filter(isNeeded(situation)).map(({ id }) => ({ material: id, onPaper: true }));

export const exampleForm = ({ item }: Pick<CaseInHand, "item">): Record<string, unknown> => {
  const { examples } = item.form as { examples?: Record<string, unknown>[] };
  const [first] = examples ?? [];
  if (!first) throw new Error(`the form of ${item.name} has no example`);
  return first;
};

/** What a person who has read the guide sends; `more` is what is different. */
export const submissionOf = (hand: CaseInHand, more: Partial<Body> = {}): Body => {
  const situation = (more.situation as Record<string, string> | undefined) ?? hand.situation;
  return {
    itemCode: hand.item.code,
    applicant: hand.applicant,
    situation,
    form: exampleForm(hand),
    materials: onPaper(hand, situation),
    ...more,
  } as Body;
};

const idOf = ({ receipt }: CaseInHand): string => receipt?.id ?? "";

/** A command on the case in hand; done, or refused with this code and nothing else. */
const command =
  <P, Q, B, E extends string>(
    route: Route<P, Q, B, Receipt, E>,
    who: (hand: CaseInHand) => DepartmentApi,
    body: (hand: CaseInHand) => unknown,
    expected: Code,
    path: Readonly<Record<string, string>> = {},
  ): Step =>
  async (hand) => {
    const answer = await who(hand)(route, {
      path: { id: idOf(hand), ...path },
      key: hand.work.key(),
      body: body(hand) as B,
    });
    expect(codeOf(answer), `${hand.item.name}: ${route.operation}`).toBe(expected);
    if (answer.ok) hand.receipt = answer.value;
  };

const department = (hand: CaseInHand) => hand.department;
const portal = ({ work }: CaseInHand) => work.as("channel-portal");
const number = ({ applicant: { kind, idNumber } }: CaseInHand) => ({ applicant: { kind, idNumber } });
const named = (by: Post | `other:${string}`, { officers }: CaseInHand) => ({
  officer: by.startsWith("other:") ? by.slice(6) : officers[by as Post],
});

export const submits = (
  more: Partial<Body> | ((hand: CaseInHand) => Partial<Body>) = {},
  expected: Code = "done",
  channel = "channel-portal",
): Step =>
  command(
    submitApplication,
    ({ work }) => work.as(channel),
    (hand) => submissionOf(hand, typeof more === "function" ? more(hand) : more),
    expected,
  );

const APPROVE = { outcome: "approve", reasons: [] };
const REFUSE = { outcome: "refuse", reasons: ["不符合法定条件"] };
export const verdicts = { approve: APPROVE, refuse: REFUSE, unreasoned: { outcome: "refuse", reasons: [] } };

export const accepts = (expected: Code = "done", decision?: object, by: Post = "clerk"): Step =>
  command(acceptApplication, department, (hand) => ({ ...named(by, hand), ...(decision && { decision }) }), expected);

export const declines = (expected: Code = "done"): Step =>
  command(
    declineApplication,
    department,
    (hand) => ({ ...named("clerk", hand), reasons: ["不属于本部门职权范围"] }),
    expected,
  );

export const asksFor = (material: string, expected: Code = "done"): Step =>
  command(
    requestCorrection,
    department,
    (hand) => ({ ...named("clerk", hand), defects: [{ material, what: "未提交" }] }),
    expected,
  );

export const corrects = (materials: readonly string[], expected: Code = "done"): Step =>
  command(
    correctApplication,
    portal,
    (hand) => ({ ...number(hand), materials: materials.map((material) => ({ material, onPaper: true })) }),
    expected,
  );

export const supplies = (supply: Material, expected: Code = "done", channel = "channel-window"): Step =>
  command(
    supplyMaterial,
    ({ work }) => work.as(channel),
    (hand) => ({ ...number(hand), supply }),
    expected,
  );

export const withdraws = (expected: Code = "done"): Step => command(withdrawApplication, portal, number, expected);

export const claims = (by: Post | `other:${string}`, expected: Code = "done"): Step =>
  command(claimTask, department, (hand) => named(by, hand), expected);

export const releases = (by: Post | `other:${string}`, expected: Code = "done"): Step =>
  command(releaseTask, department, (hand) => named(by, hand), expected);

interface Verdict {
  readonly outcome?: "approve" | "refuse";
  readonly answers?: (all: readonly { check: string; yes: boolean }[]) => readonly object[];
  readonly by?: Post | `other:${string}`;
}

/** Answers the whole approval form of the stage as the outcome wants it, unless told otherwise. */
export const decides = (
  stage: StageName,
  { outcome = "approve", answers, by = stage === "approval" ? "approver" : "officer" }: Verdict = {},
  expected: Code = "done",
): Step =>
  command(
    decideStage,
    department,
    (hand) => {
      const checks = hand.item.stages.find(({ name }) => name === stage)?.checks ?? [];
      const yes = checks.map(({ id }) => ({ check: id, yes: true }));
      const no = yes.map((each, i) => (i === 0 ? { ...each, yes: false, reason: "不符合法定条件" } : each));
      return {
        ...named(by, hand),
        ...(outcome === "approve" ? APPROVE : REFUSE),
        answers: answers?.(yes) ?? (outcome === "approve" ? yes : no),
      };
    },
    expected,
    { stage },
  );

export const suspends = (procedure: "hearing" | "inspection", expected: Code = "done"): Step =>
  command(suspendApplication, department, (hand) => ({ ...named("officer", hand), procedure }), expected);

export const resumes = (expected: Code = "done"): Step =>
  command(resumeApplication, department, (hand) => named("officer", hand), expected);

export const extendsLimit = (expected: Code = "done"): Step =>
  command(
    extendApplication,
    department,
    (hand) => ({ ...named("approver", hand), reason: "案情复杂，需要进一步核查" }),
    expected,
  );

export const verifies = (
  found: "kept" | "broken",
  expected: Code = "done",
  reasons: string[] = ["现场与承诺不符"],
): Step => command(verifyCommitment, department, (hand) => ({ ...named("officer", hand), found, reasons }), expected);

export const concludes = (expected: Code = "done"): Step =>
  command(concludeApplication, department, (hand) => named("clerk", hand), expected);

/** To everybody else's department there is no such case. */
export const isNobodyElses: Step = async (hand) => {
  const other = hand.work.city.clients.find(
    (client) => client.department !== undefined && client.department !== hand.item.department.uscc,
  );
  const stranger = hand.work.as(other?.id ?? "");
  const path = { id: idOf(hand) };
  expect(codeOf(await stranger(readApplication, { path }))).toBe("application.not-found");
  const call = { path, body: named("clerk", hand) };
  expect(codeOf(await stranger(acceptApplication, { ...call, key: hand.work.key() }))).toBe("application.not-found");
  expect(codeOf(await stranger(claimTask, { ...call, key: hand.work.key() }))).toBe("application.not-found");
};

export const readsCase = async (hand: CaseInHand): Promise<ApplicationView> =>
  granted(await portal(hand)(readApplication, { path: { id: idOf(hand) } }));

/** What the applicant sees now. */
export const stands = (expected: Partial<ApplicationView>): Step => {
  return async (hand) => expect(await readsCase(hand), hand.item.name).toMatchObject(expected);
};

/** Pays at the desk of the outside provider, and waits until the case has heard of it. */
export const pays =
  (fen: number): Step =>
  async (hand) => {
    const { city, key } = hand.work;
    const order = await until("the payment order is opened", async () => {
      const { items } = granted(await portal(hand)(listPaymentOrders, { query: { application: idOf(hand) } }));
      return items[0];
    });
    expect(order.total).toBe(fen);
    const checkout = granted(
      await portal(hand)(checkOutPaymentOrder, {
        path: { id: order.id },
        key: key(),
        body: { provider: "wechat", way: "native-qr" },
      }),
    );
    expect((await fetch(`${city.outside.wechatPay}/pay/${checkout.number}`, { method: "POST" })).status).toBe(200);
    await until("the case knows that it is paid", async () => (await readsCase(hand)).fees.every(({ paid }) => paid));
  };
