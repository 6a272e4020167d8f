import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { addressRules } from "#functions/webhooks/adapters/address-rules.ts";
import { guardedPost } from "#functions/webhooks/adapters/guarded-post.ts";
import { httpsCourier } from "#functions/webhooks/adapters/https-courier.ts";
import { until } from "#local/until.ts";
import { caseEvent, vault } from "#test/support/webhooks-stage.ts";

const works = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** Single-file Java needs a compiler, which a runtime alone has not. CI must have Python; a compiler it need not. */
const receivers = [
  { name: "TypeScript", command: process.execPath, file: "receiver.ts", there: true, asymmetric: true },
  {
    name: "Python",
    command: "python3",
    file: "receiver.py",
    there: works("python3", "--version") || Boolean(process.env.CI),
    asymmetric: false,
  },
  { name: "Java", command: "java", file: "Receiver.java", there: works("javac", "-version"), asymmetric: true },
].filter(({ name, there }) => {
  if (!there) process.emitWarning(`The receiver in ${name} is not run: what it needs is not on this machine.`);
  return there;
});

let running: ChildProcess | undefined;
afterEach(() => {
  running?.kill();
  running = undefined;
});

const start = async (command: string, file: string, environment: Record<string, string>) => {
  const child = spawn(command, [`docs/receivers/${file}`], {
    env: { ...process.env, NODE_OPTIONS: "", PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running = child;
  let said = "";
  let wrong = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    wrong += text;
  });
  const port = await until(
    `${file} listens`,
    () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${wrong}`);
      return /listening on (\d+)/.exec(said)?.[1];
    },
    { seconds: 50 },
  );
  return { url: `http://127.0.0.1:${port}/events`, said: () => said };
};

const courier = httpsCourier(guardedPost({ rules: addressRules("127.0.0.1:*"), timeout: 10_000 }), vault);
const event = caseEvent("CASE", 7, { time: new Date().toISOString(), data: { name: "食品经营许可" } });
const message = { endpoint: "E", id: event.id, body: JSON.stringify(event) };

describe.each(receivers)("the receiver in $name", ({ command, file, asymmetric }) => {
  it("takes what the platform signs, also while keys are rotated, once, and nothing else", async () => {
    const [own, next, stranger] = [vault.create("E", "a"), vault.create("E", "b"), vault.create("E", "c")];
    const { url, said } = await start(command, file, { SECRET: vault.secretOf("E", own) });
    expect(await courier.deliver({ ...message, url, keys: [stranger] })).toMatchObject({ status: 401 });
    expect(await courier.deliver({ ...message, url, keys: [own] })).toMatchObject({ status: 204 });
    expect(await courier.deliver({ ...message, url, keys: [next, own] })).toMatchObject({ status: 204 });
    expect(await courier.deliver({ ...message, id: "second", url, keys: [next, own] })).toMatchObject({ status: 204 });
    const large = { ...message, body: "x".repeat(20_001) };
    expect(await courier.deliver({ ...large, url, keys: [own] })).toMatchObject({ status: 413 });
    expect((await fetch(url, { method: "POST", body: message.body })).status).toBe(401);
    const old = httpsCourier(
      guardedPost({ rules: addressRules("127.0.0.1:*"), timeout: 10_000 }),
      vault,
      () => new Date(Date.now() - 600_000),
    );
    expect(await old.deliver({ ...message, url, keys: [own] })).toMatchObject({ status: 401 });
    const count = () => said().split("gov.yimen.application.submitted.v1").length - 1;
    await until("both are worked on", () => count() === 2);
  });

  it.runIf(asymmetric)("verifies v1a with the public key alone", async () => {
    const [own, stranger] = [vault.create("E", "a"), vault.create("E", "b")];
    const other = vault.secretOf("E", stranger);
    const { url } = await start(command, file, { SECRET: other, PUBLIC_KEY: own.publicKey });
    expect(await courier.deliver({ ...message, url, keys: [own] })).toMatchObject({ status: 204 });
    expect(await courier.deliver({ ...message, url, keys: [vault.create("E", "c")] })).toMatchObject({ status: 401 });
  });
});
