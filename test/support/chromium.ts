import { accessSync, constants } from "node:fs";
import { chromium } from "playwright-core";

/** Debian's package, unless CHROMIUM names another. */
const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

const isInstalled = (): boolean => {
  try {
    accessSync(EXECUTABLE, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Whether there is a browser to test with. In CI there must be; elsewhere its absence is said aloud. */
export const hasChromium = (): boolean => {
  if (isInstalled()) return true;
  const missing = `no Chromium at ${EXECUTABLE}: apt-get install -y chromium fonts-noto-cjk, or set CHROMIUM`;
  if (process.env.CI) throw new Error(missing);
  process.stderr.write(`\n*** BROWSER TESTS SKIPPED: ${missing} ***\n\n`);
  return false;
};

export const launchChromium = () =>
  chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
