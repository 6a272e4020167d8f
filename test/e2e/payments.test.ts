import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastDayOver } from "#functions/payments/domain/day.ts";
import type { City } from "#local/city.ts";
import { type Cloud, startCloud } from "#local/cloud/index.ts";
import { type PaymentProviders, startPaymentProviders } from "#local/demo-city/payment-providers.ts";
import { demoClients } from "#local/demo-city/registry.ts";
import { until } from "#local/until.ts";
import { ApplicationWithdrawnV1, FeeDueV1 } from "#shared/contracts/events/applications.ts";
import {
  checkOutPaymentOrder,
  decideRefund,
  listDepartmentPaymentOrders,
  listPaymentOrders,
  readFiscalReceipt,
  readPaymentOrder,
  requestRefund,
} from "#shared/contracts/http/payments.ts";
import { newId } from "#shared/kernel/ids.ts";
import { apiOf, clientOf, misbehave } from "../support/city.ts";
import { fieldKeysOf } from "../support/field-keys.ts";
import { ASSEMBLY } from "../support/synthesised.ts";

const DEPARTMENT = "department-11440607ym00000752";

interface Ledger {
  readonly payments: { number: string; amount: number }[];
  readonly refunds: { number: string; amount: number }[];
  readonly callbacks: { sent: number; taken: number; refused: number };
}

describe("money, on the synthesised templates, with providers that misbehave", () => {
  /** Of the city only what money needs: the cloud, the clients of the issuer, and whoever takes money. */
  let city: Pick<City, "cloud" | "url" | "issuer" | "clients"> & { readonly outside: PaymentProviders["addresses"] };
  let outside: PaymentProviders | undefined;
  let cloud: Cloud | undefined;
  const date = lastDayOver(new Date().toISOString());
  const at = `${date}T04:00:00.000Z`;
  beforeAll(async () => {
    cloud = await startCloud({
      assembly: ASSEMBLY,
      stacks: ["data", "platform", "identity", "payments"].map((name) => `yimen-local-${name}`),
      region: "us-east-1",
      account: "000000000000",
      port: 0,
      // What a callback brings and what the sweep finds can be told apart.
      timers: false,
      report: () => {},
    });
    outside = await startPaymentProviders();
    const secrets = new SecretsManagerClient(cloud.operator);
    const { physicalId } =
      cloud.resources("AWS::SecretsManager::Secret").find(({ path }) => path?.includes("Payments/Providers")) ?? {};
    await secrets.send(
      new PutSecretValueCommand({ SecretId: physicalId, SecretString: JSON.stringify(outside.settings) }),
    );
    secrets.destroy();
    const clients = demoClients({});
    await cloud.invoke("Identity/ImportRegistry", { clients, staff: [] });
    city = { cloud, url: cloud.url, issuer: cloud.outputs.Issuer ?? "", clients, outside: outside.addresses };
  });
  afterAll(async () => {
    await outside?.stop();
    await cloud?.stop();
  });

  const portal = () => apiOf(city, "channel-portal");
  const house = () => apiOf(city, DEPARTMENT);
  const good = async <T>(answer: Promise<{ ok: true; value: T } | { ok: false; code: string }>): Promise<T> => {
    const given = await answer;
    if (!given.ok) throw new Error(given.code);
    return given.value;
  };
  const tell = async (contract: { type: string; example: unknown }, subject: string, more: object = {}) => {
    const { department = "", division = "" } = clientOf(city, DEPARTMENT);
    const client = new EventBridgeClient(city.cloud.operator);
    const bus = city.cloud.resources("AWS::Events::EventBus")[0]?.physicalId;
    const event = {
      specversion: "1.0",
      id: `${subject}.${newId()}`,
      source: "/applications",
      type: contract.type,
      time: new Date().toISOString(),
      subject,
      datacontenttype: "application/json",
      // As in a case: what ends it comes after its fee.
      sequence: contract.type === FeeDueV1.type ? 8 : 9,
      department,
      division,
      itemcode: "11440606MB2D26310W4440712002040",
      data: { ...(contract.example as object), ...more },
    };
    const { FailedEntryCount } = await client.send(
      new PutEventsCommand({
        Entries: [
          { EventBusName: bus, Source: "yimen.applications", DetailType: contract.type, Detail: JSON.stringify(event) },
        ],
      }),
    );
    client.destroy();
    expect(FailedEntryCount ?? 0).toBe(0);
  };
  /** A fee falls due for a case of its own. */
  const feeDue = async () => {
    const application = newId();
    await tell(FeeDueV1, application, { applicant: undefined });
    return until(
      "the order is there",
      async () => (await good(portal()(listPaymentOrders, { query: { application } }))).items[0],
    );
  };
  const checkOut = (id: string, provider: "wechat" | "alipay" | "unionpay" | "nontax", key = newId()) =>
    good(
      portal()(checkOutPaymentOrder, {
        path: { id },
        key,
        body: { provider, way: "native-qr", payer: { name: "陈示例" } },
      }),
    );
  const serverOf = (provider: string) =>
    ({
      wechat: city.outside.wechatPay,
      alipay: city.outside.alipay,
      unionpay: city.outside.unionPay,
      nontax: city.outside.treasury,
    })[provider] ?? "";
  const pay = async (provider: string, number: string) => {
    const answer = await fetch(`${serverOf(provider)}/pay/${number}`, { method: "POST", body: JSON.stringify({ at }) });
    expect(answer.status).toBe(200);
  };
  const read = (id: string) => good(portal()(readPaymentOrder, { path: { id } }));
  const settled = (id: string) => until(`order ${id} is settled`, async () => (await read(id)).status === "settled");
  /** As every minute does. */
  const sweep = () => city.cloud.fireSchedule("Payments/EveryMinute");
  const ledger = async (provider: string) => (await (await fetch(`${serverOf(provider)}/ledger`)).json()) as Ledger;
  const dayRow = async (provider: string) => {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(city.cloud.operator));
    const TableName = city.cloud
      .resources("AWS::DynamoDB::GlobalTable")
      .find(({ path }) => path?.includes("Payments/Table"))?.physicalId;
    const { Item } = await client.send(
      new GetCommand({ TableName, Key: { pk: `day#${provider}#${date}`, sk: "day" } }),
    );
    client.destroy();
    return Item;
  };

  it.each(["wechat", "alipay", "unionpay", "nontax"] as const)(
    "a fee is paid at %s, told in parallel and forged, and settled once",
    async (provider) => {
      const order = await feeDue();
      const key = newId();
      const [first, again] = await Promise.all([
        checkOut(order.id, provider, key),
        checkOut(order.id, provider, key).catch(() => undefined),
      ]);
      if (again) expect(again).toEqual(first);
      await misbehave(serverOf(provider), { mode: provider === "wechat" ? "parallel" : "forged", times: 1 });
      await pay(provider, first.number);
      await settled(order.id);
      expect((await read(order.id)).settled).toMatchObject({ provider, at });
      const refused = await portal()(checkOutPaymentOrder, {
        path: { id: order.id },
        key: newId(),
        body: { provider: "wechat", way: "native-qr" },
      });
      expect(refused).toMatchObject({ ok: false, code: "payment.order-settled" });
    },
  );

  it("money that comes twice, or after the case has ended, goes back by itself", async () => {
    const twice = await feeDue();
    const [one, two] = [await checkOut(twice.id, "wechat"), await checkOut(twice.id, "alipay")];
    await Promise.all([pay("wechat", one.number), pay("alipay", two.number)]);
    const late = await feeDue();
    const code = await checkOut(late.id, "wechat");
    await tell(ApplicationWithdrawnV1, late.application);
    await until("the order is closed", async () => (await read(late.id)).status === "closed");
    await pay("wechat", code.number);
    for (const { id, application } of [twice, late]) {
      await until("the surplus is known", async () => (await read(id)).refunds.length === 1);
      await until("it is given back", async () => {
        await sweep();
        return (await read(id)).refunds[0]?.state === "completed";
      });
      const [seen] = (await good(house()(listDepartmentPaymentOrders, { query: { application } }))).items;
      expect(seen).toMatchObject({ surplus: [{ amount: 8000 }], attention: [] });
    }
  });

  it("a receipt is made out; a refund asked for by one and approved by another voids it", async () => {
    const order = await feeDue();
    await misbehave(city.outside.wechatPay, { mode: "slow", times: 1, milliseconds: 200 });
    const { number } = await checkOut(order.id, "wechat");
    await pay("wechat", number);
    await settled(order.id);
    await until("the receipt is made out", async () => {
      await sweep();
      return (await read(order.id)).receipt === "issued";
    });
    const receipt = await good(portal()(readFiscalReceipt, { path: { id: order.id } }));
    expect(receipt).toMatchObject({ payer: "陈示例", total: 8000, code: expect.stringMatching(/^\d{8}$/) });
    const pdf = await fetch(receipt.pdf);
    expect([pdf.status, pdf.headers.get("content-type")]).toEqual([200, "application/pdf"]);
    expect(
      Buffer.from(await pdf.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe("%PDF-");
    expect((await fetch(receipt.pdf.replace(/.\.pdf/, "!.pdf"))).status).toBe(404);

    const asked = await good(
      house()(requestRefund, {
        path: { id: order.id },
        key: newId(),
        body: { amount: 8000, reason: "多收", officer: "a-1" },
      }),
    );
    const refund = asked.refunds[0]?.id ?? "";
    const decide = (officer: string) =>
      house()(decideRefund, { path: { id: order.id, refund }, key: newId(), body: { approve: true, officer } });
    expect(await decide("a-1")).toMatchObject({ ok: false, code: "refund.own-request" });
    await good(decide("b-1"));
    await until("the money is back and the receipt void", async () => {
      await sweep();
      const { refunds, receipt: state } = await read(order.id);
      return refunds[0]?.state === "completed" && state === "voided";
    });
  });

  it("a payment of which no callback comes is found in the bill at the latest, and the day's books are exact", async () => {
    const order = await feeDue();
    const { number } = await checkOut(order.id, "wechat");
    await misbehave(city.outside.wechatPay, { mode: "lost-callback", times: 1 });
    await pay("wechat", number);
    expect((await read(order.id)).status).toBe("open");
    await city.cloud.fireSchedule("Payments/BillHours");
    for (const provider of ["wechat", "alipay", "unionpay", "nontax"]) {
      const day = await until(`the day of ${provider} is compared`, async () => {
        const row = await dayRow(provider);
        return row?.status === "closed" && row;
      });
      const { payments } = await ledger(provider);
      expect(day.found).toMatchObject({
        differences: [],
        here: { payments: payments.reduce((sum, { amount }) => sum + amount, 0), count: payments.length },
      });
      expect(day.found.there).toEqual(day.found.here);
    }
    expect((await read(order.id)).status).toBe("settled");
  }, 60_000);

  it("payers stay known when the keys are rotated", async () => {
    const keys = await fieldKeysOf(city, "Payments");
    await keys.putNewKey();
    const first = await keys.rotate();
    expect(first.left).toBe(0);
    expect(first.rewritten).toBeGreaterThan(3);
    expect(await keys.rotate()).toMatchObject({ rewritten: 0, left: 0 });
    keys.stop();
  });

  it("and no function was refused a call", () => expect(city.cloud.deniedCalls()).toEqual([]));
});
