import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jsqr from "jsqr";
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { cloudEventsOf } from "#functions/applications/adapters/application-events.ts";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { memoryItems } from "#functions/applications/adapters/memory-items.ts";
import { acceptCase } from "#functions/applications/domain/acceptance.ts";
import type { Application } from "#functions/applications/domain/application.ts";
import { calendarChange } from "#functions/applications/domain/calendar.ts";
import { correct, requestCorrection } from "#functions/applications/domain/correction.ts";
import { supplyMaterial } from "#functions/applications/domain/deferred-materials.ts";
import { settleFee } from "#functions/applications/domain/fees.ts";
import { decideCaseStage } from "#functions/applications/domain/stages.ts";
import { memoryFiles } from "#functions/applications/materials/adapters/memory-files.ts";
import { memoryReceiptBytes, memoryReceipts } from "#functions/applications/receipts/adapters/memory-receipts.ts";
import { pdfPrinter } from "#functions/applications/receipts/adapters/pdf-printer.ts";
import { onReceiptDue } from "#functions/applications/receipts/consumers/on-receipt-due.ts";
import type { CaseFacts, Occasion } from "#functions/applications/receipts/domain/receipt.ts";
import { writeReceipt } from "#functions/applications/receipts/domain/write-receipt.ts";
import { receiptEndpoints } from "#functions/applications/receipts/http/reading.ts";
import { ApplicationAcceptedV1, ApplicationDeclinedV1 } from "#shared/contracts/events/applications.ts";
import { downloadReceipt, listReceipts } from "#shared/contracts/http/applications/receipts.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import {
  APPROVE,
  applicant,
  byOfficer,
  cipher,
  command,
  givenOf,
  granted,
  materialRules,
  otherPerson,
  RECEIVED,
  rules,
  stages,
  submitted,
} from "#test/support/applications.ts";
import { department, otherDepartment, portal } from "#test/support/applications-api.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import { textOf } from "#test/support/pdf-text.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const printer = pdfPrinter(
  readFileSync("node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"),
);
/** Its types speak of an ES module, which it is not. */
const decodeQr = jsqr as unknown as typeof jsqr.default;

const PROGRESS = "https://api.example.gov.cn/progress";
const day = { date: "2026-12-18", provisional: false };
const facts: CaseFacts = {
  isLicence: true,
  id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D",
  number: "11440600007039469J4440131906000202611227Z3K9M2QX4B",
  itemCode: "11440600007039469J4440131906000",
  itemName: "食品经营许可（新办）",
  department: "佛山市市场监督管理局",
  applicant: { kind: "natural", name: "欧阳小明", idNumber: "440606199003070017" },
  receivedAt: "2026-11-22T02:00:00.000Z",
  reasons: ["经营场所平面图未标注操作流程"],
  received: ["经营场所平面图", "食品安全管理制度", "营业执照"],
  following: [{ name: "健康证明", days: 7 }],
  promised: [],
  absent: [],
  paid: false,
  corrected: false,
};
/** A minute after midnight in Shanghai, and the day before in UTC. */
const AT = "2026-11-23T16:01:00.000Z";

const said32 = "《中华人民共和国行政许可法》第三十二条";
const remedy = ["《中华人民共和国行政复议法》第二十条", "六十日", "《中华人民共和国行政诉讼法》第四十六条", "六个月"];

describe("each receipt, as another program reads it", () => {
  const cases: [string, Occasion, readonly string[]][] = [
    [
      "受理通知书",
      { kind: "acceptance", promisedBy: day, decideBy: day },
      [
        `根据${said32}第一款第（五）项`,
        "2026年12月18日",
        "1．经营场所平面图",
        "2．食品安全管理制度",
        "健康证明（自受理之日起7个工作日内补交）",
      ],
    ],
    [
      "受理通知书",
      { kind: "acceptance", promisedBy: day, decideBy: day, deemed: true },
      ["第（四）项", "收到申请材料之日起即为受理"],
    ],
    [
      "补正材料告知书",
      { kind: "correction", correctBy: day },
      [`${said32}第一款第（四）项`, "一次性告知", facts.reasons[0] ?? ""],
    ],
    ["不予受理决定书", { kind: "decline" }, [said32, facts.reasons[0] ?? "", ...remedy]],
    ["特别程序告知书", { kind: "suspension", procedure: "inspection", expectedBy: day }, ["第四十五条", "检验"]],
    [
      "延长办理期限告知书",
      { kind: "extension", decideBy: { date: "2027-01-04", provisional: true } },
      ["第四十二条第一款", "尚未公布"],
    ],
    [
      "准予行政许可决定书",
      { kind: "decision", outcome: "approved", deliverBy: day },
      ["第三十八条第一款", "第四十四条"],
    ],
    ["准予行政许可决定书", { kind: "decision", outcome: "approved", deliverBy: day, tacit: true }, ["视为准予"]],
    [
      "不予行政许可决定书",
      { kind: "decision", outcome: "refused", deliverBy: day },
      ["第三十八条第二款", facts.reasons[0] ?? "", ...remedy],
    ],
    ["撤销行政许可决定书", { kind: "revocation" }, ["第六十九条第二款", ...remedy]],
    ["送达回证", { kind: "delivery", outcome: "approved" }, ["第四十四条", "受送达人签名或者盖章"]],
  ];
  it.each(cases)("%s: %j", async (title, occasion, sentences) => {
    const { text, pages } = await textOf(
      await printer.print(writeReceipt(occasion, facts, AT), `${PROGRESS}/${facts.id}`),
    );
    for (const part of [
      title,
      ...sentences,
      facts.number,
      facts.itemName,
      facts.department,
      "欧阳小明",
      "2026年11月24日",
      "此处加盖",
    ])
      expect(text).toContain(part);
    expect(text).not.toContain(facts.applicant.idNumber);
    expect(text).toContain("0017");
    expect(pages).toBe(1);
  });

  const accepting = { kind: "acceptance", promisedBy: day, decideBy: day } as const;
  const WHOLE = "申请材料齐全，符合法定形式";
  it.each([
    ["all is there", {}, [WHOLE], ["容缺", "承诺代替"]],
    ["something follows", { following: facts.following }, ["可以容缺", "容缺受理的规定"], [WHOLE, "承诺代替"]],
    [
      "a promise stands for something",
      { promised: ["场地证明"] },
      ["书面承诺代替", "告知承诺制的规定", "1．场地证明"],
      [WHOLE, "容缺"],
    ],
    [
      "there are both",
      { following: facts.following, promised: ["场地证明"] },
      ["可以容缺", "书面承诺代替", "容缺受理和告知承诺制的规定", "1．场地证明"],
      [WHOLE],
    ],
    ["something is absent", { absent: ["平面图"] }, ["下列材料尚未提交", "1．平面图"], [WHOLE, "容缺", "承诺代替"]],
    [
      "something follows, and something is absent",
      { following: facts.following, absent: ["平面图"] },
      ["可以容缺", "下列材料尚未提交", "1．平面图"],
      [WHOLE, "承诺代替"],
    ],
  ] as const)("says of an acceptance what is so, when %s", (_what, more, said, unsaid) => {
    const document = writeReceipt(accepting, { ...facts, following: [], ...more }, AT);
    const text = [...document.paragraphs, ...document.rows.flat()].join();
    for (const part of said) expect(text).toContain(part);
    for (const part of unsaid) expect(text).not.toContain(part);
    expect(text).toContain("第三十二条第一款第（五）项");
  });

  it("counts a deemed acceptance from the payment where a fee held it", () => {
    const [first] = writeReceipt({ ...accepting, deemed: true }, { ...facts, paid: true }, AT).paragraphs;
    expect(first).toContain("自收到申请材料且费用缴清之日起即为受理");
  });

  it.each([false, true])(
    "counts a deemed acceptance from what was brought after a correction, fee paid: %s",
    (paid) => {
      const document = writeReceipt({ ...accepting, deemed: true }, { ...facts, corrected: true, paid }, AT);
      const [first] = document.paragraphs;
      expect(first).toContain("自收到补正材料之日起五个工作日内未作出是否受理的答复");
      expect(first).toContain("自收到补正材料之日起即为受理");
      for (const part of ["未告知需要补正", "收到申请材料", "费用缴清"]) expect(first).not.toContain(part);
    },
  );

  it("names no day for the delivery while the fee of the issue is unpaid: its period begins with the payment", async () => {
    const held = { kind: "decision", outcome: "approved", deliverBy: day, held: true } as const;
    const { text } = await textOf(await printer.print(writeReceipt(held, facts, AT), PROGRESS));
    for (const part of ["自费用缴清之日起十个工作日内", "准予行政许可"]) expect(text).toContain(part);
    for (const part of ["2026年12月18日", "自作出决定之日起十个工作日内"]) expect(text).not.toContain(part);
  });

  it("keeps to the Licensing Law by analogy where the item is no licence", async () => {
    const document = writeReceipt(
      { kind: "decision", outcome: "approved", deliverBy: day },
      { ...facts, isLicence: false },
      AT,
    );
    expect(document.title).toBe("准予办理决定书");
    expect(document.paragraphs[0]).toContain("参照《中华人民共和国行政许可法》");
  });

  it("goes on to a further page with sixty materials, and lists them all", async () => {
    const received = Array.from({ length: 60 }, (_, n) => `第${n + 1}件${"材料名称".repeat(4)}`);
    const document = writeReceipt(
      { kind: "acceptance", promisedBy: day, decideBy: day },
      { ...facts, received, following: [] },
      AT,
    );
    const { text, pages } = await textOf(await printer.print(document, PROGRESS));
    expect(pages).toBeGreaterThan(1);
    for (const [n, name] of received.entries()) expect(text).toContain(`${n + 1}．${name}`);
    expect(text).not.toContain("容缺受理的材料");
  });

  it("goes on to further pages with forty reasons and a name of a hundred characters", async () => {
    const long = {
      ...facts,
      reasons: Array.from({ length: 40 }, (_, n) => `第${n + 1}项材料不符合要求，${"请重新提供".repeat(12)}`),
      applicant: { ...facts.applicant, name: "长".repeat(100) },
    };
    const { text, pages } = await textOf(await printer.print(writeReceipt({ kind: "decline" }, long, AT), PROGRESS));
    expect(pages).toBeGreaterThan(2);
    expect(text).toContain("第40项材料");
    expect(text).toContain(`共${pages}页`);
  });
});

it("prints the same bytes again", async () => {
  const document = writeReceipt({ kind: "decline" }, facts, AT);
  const [first, second] = await Promise.all([printer.print(document, PROGRESS), printer.print(document, PROGRESS)]);
  expect(first.equals(second)).toBe(true);
});

it("leads by its QR code to the progress of the case", async () => {
  const folder = mkdtempSync(join(tmpdir(), "yimen-receipt-"));
  try {
    const pdf = await printer.print(writeReceipt({ kind: "decline" }, facts, AT), `${PROGRESS}/${facts.id}`);
    writeFileSync(join(folder, "r.pdf"), pdf);
    execFileSync("pdftoppm", ["-r", "150", "-png", "-singlefile", join(folder, "r.pdf"), join(folder, "r")]);
    const { data, width, height } = PNG.sync.read(readFileSync(join(folder, "r.png")));
    expect(decodeQr(new Uint8ClampedArray(data), width, height)?.data).toBe(`${PROGRESS}/${facts.id}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const asking = rules({
  stages: stages("approval"),
  materials: [
    materialRules(),
    materialRules({ id: "m2", name: "结婚证", deferrable: true, deferDays: 7 }),
    materialRules({ id: "m3", name: "户口簿", deferrable: true, deferDays: 3 }),
  ],
});

const stage = () => {
  const applications = memoryApplications(cipher);
  const receipts = memoryReceipts();
  const bytes = memoryReceiptBytes();
  const files = memoryFiles(cipher);
  const deps = { applications, items: memoryItems([asking]), receipts, bytes, printer, progressUrl: PROGRESS };
  const lambda = httpLambda(
    receiptEndpoints({ applications, receipts, receiptBytes: bytes, files, now: () => RECEIVED }),
  );
  return { applications, receipts, bytes, files, deps, lambda, consumer: onReceiptDue(deps) };
};

const extensions = { department: department.department, division: department.division, itemcode: facts.itemCode };
const eventOf = (
  contract: typeof ApplicationAcceptedV1 | typeof ApplicationDeclinedV1,
  subject: string,
  version: number,
) =>
  eventsOf({ source: "/applications", subject, version, at: RECEIVED, extensions }, [
    { contract, data: { ...contract.example } },
  ])[0];

describe("receipts of a case", () => {
  it("are made once of each event, told twice and out of order, and let the case be found by its number", async () => {
    const { applications, receipts, bytes, consumer } = stage();
    const change = submitted();
    await applications.save(change);
    const { id, number } = change.state;
    const accepted = eventOf(ApplicationAcceptedV1, id, 2);
    const declined = eventOf(ApplicationDeclinedV1, id, 12);
    const said = await consumer(fromBus(declined, accepted, accepted, cloudEventsOf(change)[0]), context);
    expect(said.batchItemFailures).toEqual([]);
    const before = new Map(bytes.kept);
    await consumer(fromBus(accepted), context);
    expect(await receipts.ofCase(id, { limit: 9 })).toMatchObject({
      items: [{ kind: "acceptance" }, { kind: "decline" }],
    });
    expect(bytes.kept).toEqual(before);
    expect(await receipts.caseOf(number)).toBe(id);
  });

  it("of an acceptance list by name what came and what may follow, as it was then, whenever they are made", async () => {
    const { applications, bytes, consumer } = stage();
    const given = givenOf(asking);
    const change = submitted(asking, {
      materials: [
        { material: "m1", onPaper: true },
        { material: "m2", deferred: true },
        { material: "m3", deferred: true },
      ],
    });
    await applications.save(change);
    const window = { client: "window", channel: "window" } as const;
    const bring = (material: string, state: Application, at: string) =>
      granted(supplyMaterial(state, given, { material, onPaper: true }, new Map(), command({ at, by: window })));
    const early = bring("m3", change.state, RECEIVED);
    await applications.save(early);
    const at = "2026-11-23T02:00:00.000Z";
    const accepted = granted(acceptCase(early.state, given, undefined, command({ at })));
    await applications.save(accepted);
    const event = cloudEventsOf(accepted)[0];
    await consumer(fromBus(event), context);
    const [first] = bytes.kept.values();
    const { text } = await textOf(first ?? Buffer.of());
    for (const part of ["收到的申请材料", "1．居民身份证；2．户口簿", "1．结婚证（自受理之日起7个工作日内补交）"])
      expect(text).toContain(part);
    expect(text).not.toContain("户口簿（自受理之日起");
    await applications.save(bring("m2", accepted.state, "2026-11-24T02:00:00.000Z"));
    await consumer(fromBus(event), context);
    expect([...bytes.kept.values()]).toEqual([first]);
  });

  it("of an acceptance on a promise name what it stands for, and of a decision that a fee is waited for", async () => {
    const item = rules({
      ...asking,
      commitment: true,
      fees: [{ name: "登记费", amount: 8000, due: "issue" }],
    });
    const { applications, bytes, deps } = stage();
    const consumer = onReceiptDue({ ...deps, items: memoryItems([item]) });
    const given = givenOf(item);
    const change = submitted(item, {
      materials: [{ material: "m1", onPaper: true }],
      commitment: { statement: "承诺符合全部许可条件" },
    });
    const accepted = granted(acceptCase(change.state, given, undefined, command()));
    const by = command({ at: "2026-11-23T02:00:00.000Z", ...byOfficer("approver-1") });
    const decided = granted(decideCaseStage(accepted.state, given, "approval", APPROVE, by));
    for (const each of [change, accepted, decided]) await applications.save(each);
    await consumer(fromBus(cloudEventsOf(accepted)[0], cloudEventsOf(decided)[0]), context);
    const [first = "", second = ""] = await Promise.all(
      [...bytes.kept.values()].map(async (pdf) => (await textOf(pdf)).text),
    );
    for (const part of ["书面承诺代替", "1．结婚证；2．户口簿"]) expect(first).toContain(part);
    expect(second).toContain("自费用缴清之日起十个工作日内");
  });

  it("of a deemed acceptance tell from when it counts, after a fee and a correction", async () => {
    const item = rules({ ...asking, fees: [{ name: "登记费", amount: 8000, due: "acceptance" }] });
    const { applications, bytes, deps } = stage();
    const consumer = onReceiptDue({ ...deps, items: memoryItems([item]) });
    const given = givenOf(item);
    const on = (day: string, more = {}) => command({ at: `2026-11-${day}T02:00:00.000Z`, ...more });
    const change = submitted(item, { materials: ["m1", "m2", "m3"].map((material) => ({ material, onPaper: true })) });
    const settled = { due: "acceptance", order: "order-1", settledAt: "2026-11-23T02:00:00.000Z" } as const;
    const paid = granted(settleFee(change.state, given, settled, on("23")));
    const returned = granted(requestCorrection(paid.state, given, [{ material: "m1", what: "不清" }], on("24")));
    const again = { materials: [{ material: "m1", onPaper: true }] } as const;
    const found = { formFaults: [], files: new Map() };
    const corrected = granted(correct(returned.state, given, again, found, on("25")));
    const deemed = calendarChange(corrected.state, given, "2026-12-02T16:00:00.000Z");
    if (!deemed) throw new Error("nothing has come about");
    for (const each of [change, paid, returned, corrected, deemed]) await applications.save(each);
    await consumer(fromBus(cloudEventsOf(deemed).find(({ type }) => type === ApplicationAcceptedV1.type)), context);
    const [pdf] = bytes.kept.values();
    const { text } = await textOf(pdf ?? Buffer.of());
    expect(text).toContain("自收到补正材料之日起即为受理");
    expect(text).not.toContain("费用缴清");
  });

  it("of an acceptance name what is still absent of a case that a window has taken in as it was", async () => {
    const { applications, bytes, consumer } = stage();
    const window = { client: "window", channel: "window" } as const;
    const change = submitted(asking, { materials: [{ material: "m2", onPaper: true }], actor: window });
    const accepted = granted(acceptCase(change.state, givenOf(asking), undefined, command()));
    for (const each of [change, accepted]) await applications.save(each);
    await consumer(fromBus(cloudEventsOf(accepted)[0]), context);
    const [pdf] = bytes.kept.values();
    const { text } = await textOf(pdf ?? Buffer.of());
    for (const part of ["下列材料尚未提交", "1．居民身份证；2．户口簿"]) expect(text).toContain(part);
    expect(text).not.toContain("申请材料齐全");
  });

  it("take up where they died: between file and row", async () => {
    const { applications, receipts, bytes, deps } = stage();
    const change = submitted();
    await applications.save(change);
    let dies = true;
    const consumer = onReceiptDue({
      ...deps,
      receipts: {
        ...receipts,
        note: async (application, receipt) => {
          if (dies) throw new Error("killed");
          await receipts.note(application, receipt);
        },
      },
    });
    const event = eventOf(ApplicationAcceptedV1, change.state.id, 2);
    expect((await consumer(fromBus(event), context)).batchItemFailures).toHaveLength(1);
    const [orphan] = bytes.kept.values();
    dies = false;
    await consumer(fromBus(event), context);
    expect([...bytes.kept.values()]).toEqual([orphan]);
    expect(await receipts.ofCase(change.state.id, { limit: 9 })).toMatchObject({ items: [{}] });
  });

  it("fail and come back when there is no such case (yet)", async () => {
    const { consumer } = stage();
    const event = eventOf(ApplicationAcceptedV1, facts.id, 2);
    expect((await consumer(fromBus(event), context)).batchItemFailures).toHaveLength(1);
  });

  it("are listed and given to the applicant and the department, to nobody else, and on record first", async () => {
    const { applications, consumer, lambda, files } = stage();
    const change = submitted();
    await applications.save(change);
    const { id } = change.state;
    await consumer(fromBus(eventOf(ApplicationAcceptedV1, id, 2)), context);
    const list = async (verdict: Verdict) => said(await lambda(requestTo(listReceipts, { verdict, params: { id } })));
    const receipt = `${id}.2.0`;
    const fetch = async (verdict: Verdict, body: unknown, wanted = receipt) =>
      said(await lambda(requestTo(downloadReceipt, { verdict, params: { id, receipt: wanted }, body })));

    expect((await list(portal)).body.items).toMatchObject([{ id: receipt, kind: "acceptance", title: "受理通知书" }]);
    expect((await list(department)).status).toBe(200);
    expect((await list(otherDepartment)).status).toBe(404);

    const { kind, idNumber } = applicant();
    const own = await fetch(portal, { applicant: { kind, idNumber } });
    expect(own.body).toMatchObject({
      title: "受理通知书",
      mediaType: "application/pdf",
      url: expect.stringContaining(receipt),
    });
    const stranger = { kind: otherPerson.kind, idNumber: otherPerson.idNumber };
    expect((await fetch(portal, { applicant: stranger })).body.type).toBe("/problems/application.not-found");
    expect((await fetch(portal, {})).body.type).toBe("/problems/application.applicant-required");
    expect((await fetch(department, {})).body.type).toBe("/problems/file.purpose-missing");
    expect((await fetch(otherDepartment, { purpose: "decision", officer: "x" })).status).toBe(404);
    expect((await fetch(department, { purpose: "decision", officer: "x" })).status).toBe(200);
    const another = `${id}.9.0`;
    expect((await fetch(portal, { applicant: { kind, idNumber } }, another)).body.type).toBe(
      "/problems/receipt.not-found",
    );
    expect(files.published().map(({ type }) => type)).toEqual(Array(2).fill("gov.yimen.application.file-read.v1"));
  });
});
