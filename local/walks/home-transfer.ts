import { createHash } from "node:crypto";
import PDFDocument from "pdfkit";
import { completeFile, readFile, uploadFile } from "#shared/contracts/http/applications/materials.ts";
import {
  type ApplicationView,
  acceptApplication,
  decideStage,
  readApplication,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import { readItem } from "#shared/contracts/http/catalogue/finding.ts";
import { readShipment, requestShipment, sendShipment } from "#shared/contracts/http/logistics.ts";
import { checkOutPaymentOrder, listPaymentOrders } from "#shared/contracts/http/payments.ts";
import { yuanFromFen } from "#shared/kernel/fen.ts";
import { newId } from "#shared/kernel/ids.ts";
import type { City } from "../city.ts";
import { sourceItems } from "../demo-city/registry.ts";
import { until } from "../until.ts";
import { answered, apiAs, numbered, type Print } from "./parts.ts";

const ITEM = "存量房转移登记（买卖）";
/** Invented; the number is GB 11643's own example. */
const buyer = { kind: "natural", name: "何晓燕", idNumber: "11010519491231002X", phone: "13800005678" } as const;
const form = { priceFen: 120_000_000, buyers: 1, sharing: "单独所有" };
const home = {
  name: buyer.name,
  phone: buyer.phone,
  division: "440606",
  region: "广东省佛山市顺德区",
  street: "大良街道示范路 8 号 301 房",
};

/**
 * Walks a paid item whose result comes by courier: a file is uploaded and checked, the bureau decides through the API, fee and
 * carriage are paid at two providers, and the carrier's own pushes conclude the case.
 */
export const walkHomeTransfer = async (city: City, print: Print): Promise<ApplicationView> => {
  const code = sourceItems().find(({ name }) => name === ITEM)?.code;
  if (!code) throw new Error("the demo city lacks the item of this walk");
  const portal = apiAs(city, ({ channel }) => channel === "portal");
  const { department } = await answered(portal(readItem, { path: { code } }));
  const bureau = apiAs(city, (client) => client.department === department.uscc);
  const officer = (role: "clerk" | "officer" | "approver"): string => {
    const found = city.staff.find((member) => member.department === department.uscc && member.roles.includes(role));
    if (!found) throw new Error(`${department.name} has no ${role}`);
    return found.staff;
  };
  const step = numbered(print);
  const key = (what: string) => `walk-${what}-${run}`;
  const run = newId();

  const content = await taxReceipt();
  const announced = await answered(
    portal(uploadFile, {
      key: key("file"),
      body: {
        applicant: buyer,
        name: "契税完税凭证.pdf",
        mediaType: "application/pdf",
        bytes: content.byteLength,
        sha256: createHash("sha256").update(content).digest("hex"),
        material: { itemCode: code, material: "m6" },
      },
    }),
  );
  const { method, url, headers } = announced.upload;
  await fetch(url, { method, headers, body: new Uint8Array(content) });
  const { kind, idNumber } = buyer;
  const whose = { kind, idNumber };
  await answered(portal(completeFile, { path: { id: announced.id }, key: key("done"), body: { applicant: whose } }));
  const file = await until("the file has passed its check", async () => {
    const seen = await answered(portal(readFile, { path: { id: announced.id } }));
    return seen.status === "clean" && seen;
  });
  step("The buyer uploads the tax receipt", [
    `${file.bytes} bytes went to quarantine by a signed link; content checked, scanned, and clean`,
  ]);

  const submitted = await answered(
    portal(submitApplication, {
      key: key("submit"),
      body: {
        itemCode: code,
        applicant: buyer,
        situation: { use: "residential", parties: "natural", certificates: "one" },
        form,
        materials: [
          { material: "m1", onPaper: true },
          { material: "m2", onPaper: true },
          { material: "m3", licence: "居民身份证" },
          { material: "m5", licence: "不动产权证书" },
          { material: "m6", file: file.id },
        ],
      },
    }),
  );
  const path = { id: submitted.id };
  step(`The buyer applies through the portal: ${ITEM}`, [`case number ${submitted.number}; ${department.name}`]);

  let decided = await answered(
    bureau(acceptApplication, { path, key: key("accept"), body: { officer: officer("clerk") } }),
  );
  const { stages } = await answered(portal(readItem, { path: { code } }));
  while (decided.stage) {
    const { stage } = decided;
    const answers = stages.find(({ name }) => name === stage)?.checks.map(({ id }) => ({ check: id, yes: true }));
    decided = await answered(
      bureau(decideStage, {
        path: { ...path, stage },
        key: key(stage),
        body: {
          officer: officer(stage === "approval" ? "approver" : "officer"),
          outcome: "approve",
          reasons: [],
          answers,
        },
      }),
    );
  }
  step("The bureau accepts, and decides on its approval forms", [`the case is ${decided.status}`]);

  const pay = async (purpose: "application" | "shipment", provider: "wechat" | "alipay", desk: string) => {
    const order = await until(`an order for the ${purpose} is open`, async () => {
      const { items } = await answered(portal(listPaymentOrders, { query: { application: submitted.id } }));
      return items.find((each) => each.purpose.kind === purpose && each.status === "open");
    });
    const checkout = await answered(
      portal(checkOutPaymentOrder, { path: { id: order.id }, key: key(purpose), body: { provider, way: "native-qr" } }),
    );
    await fetch(`${desk}/pay/${encodeURIComponent(checkout.number)}`, { method: "POST" });
    const settled = await until("the order is settled", async () => {
      const { items } = await answered(portal(listPaymentOrders, { query: { application: submitted.id } }));
      return items.find(({ id, status }) => id === order.id && status === "settled")?.settled;
    });
    return [
      `${order.charges.map(({ name }) => name).join("、")}: ¥${yuanFromFen(order.total)}`,
      `settled at ${settled.at} by the signed callback of ${settled.provider}`,
    ];
  };
  step("The fee holds the certificate until it is paid", await pay("application", "wechat", city.outside.wechatPay));

  const shipment = await until("the result can be sent for", async () => {
    const answer = await portal(requestShipment, {
      path,
      key: key("shipment"),
      body: { direction: "to-applicant", address: home, carrier: "ems", payment: "online" },
    });
    return answer.ok && answer.value;
  });
  step("The buyer has the certificate sent home", await pay("shipment", "alipay", city.outside.alipay));

  const waybill = `EA${String(Date.now()).slice(-9)}CN`;
  const parcel = { id: shipment.id };
  await until("the parcel may be sent", async () => {
    const { status } = await answered(portal(readShipment, { path: parcel }));
    return status === "to-send";
  });
  await answered(
    bureau(sendShipment, {
      path: parcel,
      key: key("send"),
      body: { officer: officer("clerk"), by: { how: "waybill", carrier: "ems", number: waybill } },
    }),
  );
  for (const state of ["collected", "out-for-delivery", "delivered"])
    await fetch(`${city.outside.ems}/parcels/${waybill}/events`, { method: "POST", body: JSON.stringify({ state }) });
  const delivered = await answered(portal(readShipment, { path: parcel }));
  step(`A clerk enters waybill ${waybill}; EMS pushes where the parcel is`, [
    ...delivered.timeline.map(({ at, state, place }) => `${at}  ${state}${place ? `  ${place}` : ""}`),
    `signed for by ${delivered.proof?.signedBy ?? "whoever the carrier names"}`,
  ]);

  const view = await until("the delivery has concluded the case", async () => {
    const seen = await answered(portal(readApplication, { path }));
    return seen.status === "concluded" && seen;
  });
  step(`The delivery concludes the case: ${view.outcome}`, [
    ...view.timeline.map(({ at, step: what, stage }) => `${at}  ${what}${stage ? ` (${stage})` : ""}`),
  ]);
  return view;
};

/** What the buyer scanned; invented. */
const taxReceipt = (): Promise<Buffer> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const document = new PDFDocument();
    document.on("data", (chunk: Buffer) => chunks.push(chunk));
    document.on("end", () => resolve(Buffer.concat(chunks)));
    document.text("Deed tax receipt (demonstration)");
    document.end();
  });
