import { pagesStage } from "#test/support/pages-stage.ts";
import { pageBrowser } from "./page-browser.ts";

export const CLIENT = "https://portal.example.gov.cn";

/** A browser that a client has sent to a page. */
export const visit = (
  asked: Parameters<ReturnType<typeof pagesStage>["open"]>[0] = {},
  staged: Parameters<typeof pagesStage>[0] = {},
) => {
  const stage = pagesStage(staged);
  const browser = pageBrowser(stage.answer, stage.origin);
  const { path, cookie, uid } = stage.open(asked);
  browser.keep([cookie]);
  return { stage, browser, path, uid };
};

/** A browser in which someone is signed in. */
export const atHome = (
  subject?: { kind: "person"; person: string } | { kind: "staff"; staff: string },
  staged: Parameters<typeof pagesStage>[0] = {},
) => {
  const stage = pagesStage(staged);
  const browser = pageBrowser(stage.answer, stage.origin);
  browser.keep([stage.signIn(subject)]);
  return { stage, browser };
};

/** The input of a field, as the page has it. */
export const fieldIn = (page: string, name: string) => new RegExp(`<input id="${name}"[^>]*>`).exec(page)?.[0] ?? "";
