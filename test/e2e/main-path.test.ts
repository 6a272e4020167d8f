import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import type { ShownCard } from "#local/outside/wecom-server.ts";
import { until } from "#local/until.ts";
import { walkFoodLicence } from "#local/walks/food-licence.ts";
import { walkHomeTransfer } from "#local/walks/home-transfer.ts";
import { listWorklist, searchApplications, submitApplication } from "#shared/contracts/http/applications.ts";
import { listShipments } from "#shared/contracts/http/logistics.ts";
import { listPaymentOrders } from "#shared/contracts/http/payments.ts";
import { listDeliveries, listEndpoints, testEndpoint } from "#shared/contracts/http/webhooks/endpoints.ts";
import { acknowledgeEvents } from "#shared/contracts/http/webhooks/feed.ts";
import {
  apiOf,
  receivedBy,
  submission,
  submitDemo,
  testCity,
  tokenOf,
  untilConcluded,
  untilReceived,
} from "../support/city.ts";

interface FeedItem {
  readonly cursor: string;
  readonly event: { readonly id: string; readonly subject: string; readonly sequence: number };
}

const DEPARTMENT = "department-11440607ym00000752";

describe("the main path, on the synthesised templates", () => {
  let city: City;
  beforeAll(async () => {
    city = await testCity();
  });
  afterAll(() => city.stop());

  it("carries a real service item from the portal to the department and back", async () => {
    const lines: string[] = [];
    const view = await walkFoodLicence(city, (line) => lines.push(line));

    expect(view.status).toBe("concluded");
    expect(view.timeline.map(({ step, stage }) => `${step} ${stage ?? ""}`.trim())).toEqual([
      "submitted",
      "accepted",
      "stage-decided handling",
      "approved approval",
      "concluded",
    ]);
    expect(await untilReceived(city.outside.department, view.id, 5)).toEqual([1, 2, 3, 4, 5]);
    expect((await receivedBy(city.outside.department)).refused).toBe(0);
    expect(lines.join("\n")).toContain("verified by the standardwebhooks library");
  });

  it("carries a paid item whose result goes home by courier: fee, payment, decision, parcel and delivery follow from each other", async () => {
    const lines: string[] = [];
    const view = await walkHomeTransfer(city, (line) => lines.push(line));
    expect([view.status, view.outcome]).toEqual(["concluded", "approved"]);
    expect(view.timeline.at(-1)?.step).toBe("concluded");

    const portal = apiOf(city, "channel-portal");
    const orders = await portal(listPaymentOrders, { query: { application: view.id } });
    if (!orders.ok) throw new Error(orders.code);
    const paid = orders.value.items.map(({ purpose, status, total, settled }) => ({
      purpose: purpose.kind,
      status,
      by: settled?.provider,
      exact: total > 0,
    }));
    expect(paid).toHaveLength(2);
    expect(paid).toContainEqual({ purpose: "application", status: "settled", by: "wechat", exact: true });
    expect(paid).toContainEqual({ purpose: "shipment", status: "settled", by: "alipay", exact: true });

    const shipments = await portal(listShipments, { path: { id: view.id } });
    if (!shipments.ok) throw new Error(shipments.code);
    expect(shipments.value.items).toHaveLength(1);
    const [shipment] = shipments.value.items;
    expect(shipment).toMatchObject({ status: "delivered", carrier: "ems", attention: [], payment: { kind: "online" } });
    expect(shipment?.payment.settledAt).toBeDefined();
    expect(shipment?.proof?.signedBy).toBe("本人收");
    const states: readonly string[] = shipment?.timeline.map(({ state }) => state) ?? [];
    // Carriers tell whole seconds: what they tell of the second in which it was sent may stand before it.
    const ours = ["requested", "ready", "sent"];
    expect(states.filter((state) => ours.includes(state))).toEqual(ours);
    expect(states.filter((state) => !ours.includes(state))).toEqual(["collected", "out-for-delivery", "delivered"]);
    expect(lines.join("\n")).toContain("by the signed callback of alipay");
  });

  it("tells nobody outside who the applicant is", async () => {
    const { id } = await submitDemo(city, "e2e-privacy");
    await untilReceived(city.outside.department, id, 5);
    const { events } = await receivedBy(city.outside.department);
    const { cards } = (await (await fetch(`${city.outside.wecom}/inbox`)).json()) as { cards: ShownCard[] };
    const told = JSON.stringify([events, cards]);
    const { name, idNumber, phone } = submission.applicant;
    for (const secret of [name, idNumber, phone, submission.form.premises, submission.form.legalRepresentative])
      expect(told).not.toContain(secret);
  });

  it("answers a repeated submission with the same bytes and makes no second case", async () => {
    const portal = apiOf(city, "channel-portal");
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => portal(submitApplication, { key: "e2e-repeat", body: submission })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toHaveLength(1);
    const [first] = answers;
    if (!first?.ok) throw new Error("it was refused");
    expect(await untilReceived(city.outside.department, first.value.id, 5)).toHaveLength(5);
  });

  it("keeps a delivery log for the department", async () => {
    const { id } = await submitDemo(city, "e2e-log");
    await untilConcluded(city, id);
    const department = apiOf(city, DEPARTMENT);
    const endpoints = await department(listEndpoints, {});
    if (!endpoints.ok) throw new Error(endpoints.code);
    const endpoint = endpoints.value.items[0]?.id ?? "";
    const mine = await until("all five deliveries are logged as delivered", async () => {
      const log = await department(listDeliveries, { path: { id: endpoint }, query: { limit: "100" } });
      if (!log.ok) throw new Error(log.code);
      const found = log.value.items.filter(({ subject, status }) => subject === id && status === "delivered");
      return found.length === 5 && found;
    });
    for (const { attempts } of mine) expect(attempts.at(-1)?.status).toBe(204);
  });

  it("keeps the same events in a feed, byte for byte, for departments that pull", async () => {
    const { id } = await submitDemo(city, "e2e-feed");
    await untilReceived(city.outside.department, id, 5);
    const token = await tokenOf(city, DEPARTMENT, "events:read");
    const pull = async (query: string) => {
      const answer = await fetch(`${city.url}/v1/events?${query}`, { headers: { authorization: `Bearer ${token}` } });
      return { text: await answer.clone().text(), page: (await answer.json()) as { next: string; items: FeedItem[] } };
    };
    let after = "";
    const texts: string[] = [];
    const items: FeedItem[] = [];
    for (;;) {
      const { text, page } = await pull(`limit=100${after && `&after=${after}`}`);
      texts.push(text);
      items.push(...page.items);
      if (page.items.length === 0) break;
      after = page.next;
    }
    const { events } = await receivedBy(city.outside.department);
    // Each once, none missing, and what was pushed is among them as it was pushed.
    expect(new Set(items.map(({ event }) => event.id))).toHaveLength(items.length);
    for (const { event } of events) expect(texts.join()).toContain(`"event":${JSON.stringify(event)}`);

    const waiting = pull(`after=${after}&wait=20`);
    const next = await submitDemo(city, "e2e-feed-wait");
    expect((await waiting).page.items[0]?.event).toMatchObject({ subject: next.id, sequence: 1 });
    const department = apiOf(city, DEPARTMENT);
    const told = await department(acknowledgeEvents, { path: { name: "e2e" }, body: { acknowledged: after } });
    expect(told).toMatchObject({ ok: true, value: { name: "e2e" } });
  });

  it("sends a test event to an endpoint the way every event goes", async () => {
    const department = apiOf(city, DEPARTMENT);
    const endpoints = await department(listEndpoints, {});
    if (!endpoints.ok) throw new Error(endpoints.code);
    const id = endpoints.value.items[0]?.id ?? "";
    const tested = await department(testEndpoint, { path: { id }, key: "e2e-test" });
    if (!tested.ok) throw new Error(tested.code);
    await until("the test event is received", async () => {
      const { events } = await receivedBy(city.outside.department);
      return events.some(({ event }) => event.id === tested.value.event);
    });
  });

  it("shows open cases in the worklist and an applicant's cases on every channel", async () => {
    const quiet = apiOf(city, "department-11440605ym0000024w");
    const window = apiOf(city, "channel-window");
    const applicant = { kind: "natural" as const, name: "黄丽珍", idNumber: "440524188001010014" };
    const submitted = await apiOf(city, "channel-mobile")(submitApplication, {
      key: "e2e-worklist",
      body: {
        itemCode: "11440605007040232D4440508902000",
        applicant,
        form: { livesAt: "南海区桂城街道" },
        materials: ["m1", "m2", "m3", "m4", "m5", "m6"].map((material) => ({ material, onPaper: true as const })),
      },
    });
    if (!submitted.ok) throw new Error(submitted.code);
    const { id } = submitted.value;

    const worklist = await quiet(listWorklist, {});
    if (!worklist.ok) throw new Error(worklist.code);
    expect(worklist.value.items.map((item) => item.id)).toContain(id);

    const { kind, idNumber } = applicant;
    const found = await window(searchApplications, { body: { applicant: { kind, idNumber } } });
    if (!found.ok) throw new Error(found.code);
    expect(found.value.items.map((item) => item.id)).toEqual([id]);
  });

  it("has no function that was refused a call, and no grant but those for faults that the main path does not need", () => {
    expect(city.cloud.deniedCalls()).toEqual([]);
    const unused = city.cloud.unusedGrants().filter(({ function: name, action }) => {
      // Cases with fees, drafts, deadlines and keys: twelve-items.test.ts holds these functions to all that they are granted.
      if (name.includes("-applications-")) return false;
      // People do not sign in on this path; test/infra holds each of these functions to the actions it needs.
      if (name.includes("local-identity") && !name.includes("Relay")) return false;
      // Items are not changed on this path: twelve-items.test.ts, and test/infra for each function's actions.
      if (name.includes("-catalogue-")) return false;
      const reserved = Object.entries(FOR_FAULTS).flatMap(([of, actions]) => (name.includes(of) ? actions : []));
      return ![...reserved, ...FOR_FAULTS.everyone].includes(action);
    });
    expect(unused).toEqual([]);
  });
});

/** Rights that are needed only when something fails, or by routes that other tests call. */
const FOR_FAULTS: Record<string, string[]> & { everyone: string[] } = {
  // CDK grants them to every function that a queue feeds; Lambda uses them when it gives a message back.
  everyone: ["sqs:ChangeMessageVisibility", "sqs:GetQueueUrl"],
  Relay: ["s3:PutObject"],
  // No key is rotated: payments.test.ts and logistics.test.ts.
  RotateKeys: ["dynamodb:PutItem", "dynamodb:Scan", "secretsmanager:GetSecretValue"],
  // Lists are asked for by test/e2e/notifications.test.ts.
  NotificationsHttp: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "secretsmanager:GetSecretValue"],
  // The applicant of this path has no account.
  NotificationsOnProgress: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
  NotificationsChatCallback: [
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:Query",
    "secretsmanager:GetSecretValue",
  ],
  NotificationsOnAlarm: ["secretsmanager:GetSecretValue"],
  NotificationsRelay: ["events:PutEvents", "s3:ListBucket", "s3:PutObject"],
  NotificationsOnTasksChanged: ["dynamodb:DeleteItem"],
  // Notices of one official are gathered when several wait.
  NotificationsOnWorkChanged: ["dynamodb:Query"],
  // The minute that wakes it may not have passed.
  NotificationsSweepDue: [
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:Query",
    "secretsmanager:GetSecretValue",
  ],
  // Nothing is parked, listed, or looked at after days: logistics.test.ts.
  LogisticsCallbacks: ["dynamodb:Query"],
  LogisticsHttp: ["dynamodb:Query"],
  LogisticsOnShipmentChanged: ["dynamodb:PutItem"],
  LogisticsLookAtShipments: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "secretsmanager:GetSecretValue"],
  // Files are not listed, given out or shown on their way: materials.test.ts.
  MaterialsHttp: ["dynamodb:Query", "s3:GetObject", "s3:ListBucket"],
  MaterialsOnFileUploaded: ["s3:ListBucket"],
  MaterialsProgress: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "secretsmanager:GetSecretValue"],
  // No day is compared, nothing is given back, no receipt is shown: payments.test.ts.
  PaymentsBillsReady: ["dynamodb:GetItem", "secretsmanager:GetSecretValue", "sqs:SendMessage"],
  PaymentsHttp: ["sqs:SendMessage"],
  PaymentsOnComparisonDue: [
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "secretsmanager:GetSecretValue",
    "sqs:DeleteMessage",
  ],
  PaymentsOnPaymentNeedless: [
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "secretsmanager:GetSecretValue",
    "sqs:DeleteMessage",
  ],
  PaymentsReceipts: ["dynamodb:GetItem", "secretsmanager:GetSecretValue"],
  // The minute that wakes it may not have passed.
  PaymentsSweepOrders: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "secretsmanager:GetSecretValue"],
  WebhooksHttp: ["dynamodb:DeleteItem", "sqs:SendMessage"],
  WebhooksPullEvents: ["dynamodb:GetItem", "dynamodb:PutItem"],
  WebhooksOnLaneWoken: ["dynamodb:DeleteItem", "sqs:SendMessage"],
  WebhooksOnSlowLaneWoken: [
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:DeleteItem",
    "secretsmanager:GetSecretValue",
    "sqs:DeleteMessage",
    "sqs:SendMessage",
  ],
  WebhooksSweepDue: ["dynamodb:Query", "sqs:SendMessage"],
  WebhooksNoteTails: ["dynamodb:Query", "dynamodb:PutItem"],
};
