import { mkdirSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { memoryAttempts } from "#functions/applications/progress/attempts.ts";
import { progressPages } from "#functions/applications/progress/pages.ts";
import { memoryReceipts } from "#functions/applications/receipts/adapters/memory-receipts.ts";
import { cipher, RECEIVED, submitted } from "#test/support/applications.ts";
import { hasChromium, launchChromium } from "#test/support/chromium.ts";
import { payloadV2Server } from "#test/support/payload-v2-server.ts";

const SCREENSHOTS = new URL("../../.yimen/screenshots/", import.meta.url).pathname;

describe.runIf(hasChromium())("the progress page on a phone", () => {
  const change = submitted();
  const { state } = change;
  let browser: Browser;
  let page: Page;
  let server: Awaited<ReturnType<typeof payloadV2Server>>;
  const faults: string[] = [];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const applications = memoryApplications(cipher);
    const receipts = memoryReceipts();
    await applications.save(change);
    await receipts.note(state.id, {
      id: `${state.id}.2.0`,
      kind: "acceptance",
      title: "受理通知书",
      issuedAt: RECEIVED,
      bytes: 1,
      sha256: "",
    });
    server = await payloadV2Server(
      progressPages({ applications, receipts, attempts: memoryAttempts(), now: () => RECEIVED }),
    );
    browser = await launchChromium();
    page = await (
      await browser.newContext({ viewport: { width: 360, height: 740 }, javaScriptEnabled: true })
    ).newPage();
    page.on("console", (message) => {
      // A browser reports the status of a page that says "not found"; all else is a fault of ours.
      if (message.type() === "error" && !message.text().includes("status of 404")) faults.push(message.text());
    });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  const check = async (name: string) => {
    // A click waits until the next page begins; what looks through a page needs all of it.
    await page.waitForLoadState("load");
    await page.screenshot({ path: `${SCREENSHOTS}progress-${name}.png`, fullPage: true });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow).toBe(0);
  };

  it("asks, says what is wrong, and shows how far the case is; each accessible, none wider than the screen", async () => {
    await page.goto(`${server.url}/progress/${state.id}`);
    await check("form");
    await page.getByLabel("证件号码后四位").fill("0000");
    await page.getByRole("button", { name: "查询" }).click();
    expect(await page.getByRole("alert").innerText()).toContain("没有查到");
    await check("wrong");
    await page.getByLabel("证件号码后四位").fill(state.applicant.idNumber.slice(-4));
    await page.getByRole("button", { name: "查询" }).click();
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toContain("已提交申请");
    expect(page.url()).not.toContain(state.applicant.idNumber.slice(-4));
    await check("timeline");
    await page.goto(`${server.url}/progress`);
    await check("empty");
    expect(faults).toEqual([]);
  });
});
