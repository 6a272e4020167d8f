import { generateKeyPairSync } from "node:crypto";
import wechatpay from "wechatpay-axios-plugin";
import { dynamoDays } from "#functions/payments/adapters/dynamo-days.ts";
import { dynamoOrders } from "#functions/payments/adapters/dynamo-orders.ts";
import { DAY_PARTS } from "#functions/payments/domain/ports.ts";
import { keyPair } from "#local/outside/certificate.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { opened, paid, withAttempt } from "#test/support/payments.ts";
import { inBenchCity } from "./bench-city.ts";
import { findKnee, openLoad } from "./load.ts";
import { publish, quantile, row, setting, TIMES_HEAD } from "./measure.ts";

const { Aes, Formatter, Rsa } = wechatpay;
const DUPLICATES = 0.2;
const FORGERIES = 0.05;
/** `SECONDS=10 RATE=40 npm run bench payments` for a short look without looking for the knee. */
const SECONDS = setting("SECONDS", 120);
const GIVEN_RATE = setting("RATE", undefined);

const apiV3Key = "0123456789abcdef0123456789abcdef";
const [mchid, appid, serial] = ["1900000109", "wx00000000000000", "4A0000000000000000000000000000000000BE11"];
const platform = generateKeyPairSync("rsa", { modulusLength: 2048 });
const platformPem = platform.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const notification = (number: string, amount: number, isForged: boolean) => {
  const now = new Date();
  const resource = JSON.stringify({
    mchid,
    appid,
    out_trade_no: number,
    transaction_id: `42${number.slice(0, 26)}`,
    trade_state: "SUCCESS",
    success_time: now.toISOString().replace(/\.\d{3}/, ""),
    amount: { total: amount, payer_total: amount, currency: "CNY" },
  });
  const nonce = Formatter.nonce(12);
  const ciphertext = Aes.AesGcm.encrypt(resource, apiV3Key, nonce, "transaction");
  const body = JSON.stringify({
    id: derivedId("notification", number),
    create_time: now.toISOString(),
    event_type: "TRANSACTION.SUCCESS",
    resource_type: "encrypt-resource",
    resource: { algorithm: "AEAD_AES_256_GCM", ciphertext, nonce, associated_data: "transaction" },
  });
  const [timestamp, random] = [String(Formatter.timestamp()), Formatter.nonce()];
  return {
    headers: {
      "content-type": "application/json",
      "wechatpay-timestamp": timestamp,
      "wechatpay-nonce": random,
      "wechatpay-serial": serial,
      "wechatpay-signature": Rsa.sign(Formatter.response(timestamp, random, body), platformPem),
    },
    body: isForged ? body.replace("TRANSACTION", "TRANSACTI0N") : body,
  };
};

const settings = {
  wechat: {
    baseUrl: "http://127.0.0.1:9",
    mchid,
    appid,
    apiV3Key,
    serial: "AB",
    privateKey: keyPair().privatePem,
    platformKeys: { [serial]: platform.publicKey.export({ type: "spki", format: "pem" }).toString() },
  },
};

const part = { capability: "Payments", outside: "Providers", settings } as const;
await inBenchCity(part, async ({ url, client, table, cipher }) => {
  const orders = dynamoOrders(client, { table, cipher });

  /** What the provider was asked to collect, in fen, by our number. */
  const amounts = new Map<string, number>();
  const amountOf = (number: string): number => amounts.get(number) ?? 0;
  /** An order that waits for its callback, as a checkout leaves it. */
  const seed = async () => {
    const id = derivedId("bench", String(amounts.size));
    const total = 100 + ((amounts.size * 37) % 20_000);
    amounts.set(`${id}P01`, total);
    const charges = [{ name: "不动产登记费（住宅类）", amount: total, chargeItem: "103044804001" }];
    const { order } = opened({ id, application: id, charges, total }, new Date().toISOString());
    const waiting = withAttempt(order);
    const number = waiting.attempts[0]?.number ?? "";
    if (!amounts.has(number)) throw new Error(`the first attempt is numbered ${number}`);
    await orders.save({ order: { ...waiting, version: 1 }, events: [], movements: [] });
    return number;
  };
  const seeded = async (count: number): Promise<string[]> => {
    const numbers: string[] = [];
    while (numbers.length < count)
      numbers.push(...(await Promise.all(Array.from({ length: Math.min(50, count - numbers.length) }, seed))));
    return numbers;
  };
  const told = new Set<string>();
  let forged = 0;
  let wrong = 0;
  const post = async (number: string, isForged: boolean): Promise<void> => {
    const answer = await fetch(`${url}/callbacks/payments/wechat`, {
      method: "POST",
      ...notification(number, amountOf(number), isForged),
    });
    await answer.arrayBuffer();
    if (answer.status !== (isForged ? 400 : 204)) wrong += 1;
    if (isForged) forged += 1;
    else told.add(number);
    if (answer.status >= 500) throw new Error(`answered ${answer.status}`);
  };
  /** Of 100 callbacks 5 are forged and 20 repeat one that came shortly before. */
  const mixed = (numbers: readonly string[]) => (index: number) => {
    const share = (index * 37) % 100;
    const isForged = share < FORGERIES * 100;
    const isRepeat = !isForged && share < (FORGERIES + DUPLICATES) * 100;
    const at = isRepeat ? Math.max(0, index - 3) : index;
    return post(numbers[at % numbers.length] ?? "", isForged);
  };

  // Its own, beside ours: the same transaction without a function before it.
  const alone = await seeded(200);
  const aloneTimes: number[] = [];
  for (const number of alone) {
    const order = await orders.find(number.slice(0, 26));
    if (!order) throw new Error("not seeded");
    const begun = performance.now();
    await orders.save(paid(order, 0, new Date().toISOString()));
    aloneTimes.push(performance.now() - begun);
  }

  const warm = await seeded(20);
  for (const number of warm) await post(number, false);
  const trials = await seeded(GIVEN_RATE === undefined ? 6_000 : 0);
  const knee = GIVEN_RATE === undefined ? (await findKnee(20, mixed(trials), console.log)).knee : undefined;
  const rate = GIVEN_RATE ?? (knee ?? 20) * 0.7;
  const numbers = await seeded(Math.ceil(rate * SECONDS));
  const result = await openLoad({ rate, seconds: SECONDS }, mixed(numbers));

  const sum = (fen: Iterable<number>): number => [...fen].reduce((total, each) => total + each, 0);
  /** The provider's bill: what it told of, each once. */
  const billed = sum([...told].map(amountOf));
  const settled: number[] = [];
  for (const number of told) {
    const order = await orders.find(number.slice(0, 26));
    if (order?.status === "settled" && order.surplus.length === 0) settled.push(order.total);
  }
  const days = dynamoDays(client, table);
  const moved: number[] = [];
  const isTold = ({ number }: { number: string }) => !alone.includes(number);
  for (const date of new Set(
    [0, 1].map((back) => new Date(Date.now() + 8 * 3_600_000 - back * 86_400_000).toISOString().slice(0, 10)),
  ))
    for (let part = 0; part < DAY_PARTS; part++)
      for await (const page of days.movements("wechat", date, part))
        moved.push(...page.filter(isTold).map(({ amount }) => amount));
  const isExact =
    settled.length === told.size &&
    moved.length === told.size &&
    sum(settled) === billed &&
    sum(moved) === billed &&
    wrong === 0;
  const yuan = (fen: number) => (fen / 100).toFixed(2);

  publish("payments", "Callbacks of WeChat Pay under load", [
    `${SECONDS} s at ${rate.toFixed(0)} callbacks a second${knee === undefined ? "" : `, 70 % of the knee (${knee.toFixed(0)}/s)`}, 20 % of them repeats, 5 % forged; through the gateway, the callback function and DynamoDB Local.`,
    "The other side signs and encrypts with wechatpay-axios-plugin in this same process.",
    "",
    ...TIMES_HEAD,
    row("a callback, from when it should have been sent to its answer", result.times),
    row("the same transaction on DynamoDB Local alone, one at a time", aloneTimes),
    "",
    `p99 of the answer: ${quantile(result.times, 0.99).toFixed(0)} ms (a provider waits 5 s). Failed: ${result.failed}. Forgeries refused: ${forged}. Answers other than they should be: ${wrong}.`,
    "",
    "| books | payments | sum, yuan |",
    "|---|---|---|",
    `| the provider's bill | ${told.size} | ${yuan(billed)} |`,
    `| orders settled, once | ${settled.length} | ${yuan(sum(settled))} |`,
    `| movements of money | ${moved.length} | ${yuan(sum(moved))} |`,
    "",
    isExact ? "They are exact." : "THEY ARE NOT EXACT.",
  ]);
  if (!isExact) process.exitCode = 1;
});
