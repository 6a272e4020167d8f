import { type Html, html } from "#shared/runtime/html.ts";
import type { Consent, ConsentPurpose, NewConsent } from "../accounts/accounts.ts";
import { consentTexts } from "./consent-texts.ts";
import { tick } from "./fields.ts";
import type { Problem } from "./layout.ts";

const nameOf = (purpose: ConsentPurpose): string => `consent-${purpose}`;

type Values = (name: string) => string;

/** A box for each consent, with its full text below. */
export const consentTicks = (
  purposes: readonly ConsentPurpose[],
  value: Values,
  problems: readonly Problem[],
): readonly Html[] =>
  purposes.map((purpose) => {
    const { sentence, full, optional } = consentTexts[purpose];
    const name = nameOf(purpose);
    return html`<div class="consent">${tick(
      name,
      html`${sentence}${optional && "（可选）"}`,
      problems,
      value(name) === "yes",
    )}<details><summary>查看全文<span class="hide">：${sentence}</span></summary><div>${full}</div></details></div>`;
  });

/** Those that were ticked. */
export const tickedConsents = (purposes: readonly ConsentPurpose[], value: Values): readonly ConsentPurpose[] =>
  purposes.filter((purpose) => value(nameOf(purpose)) === "yes");

/** What is wrong where one that is needed was not ticked. */
export const missingConsents = (purposes: readonly ConsentPurpose[], value: Values): readonly Problem[] =>
  purposes
    .filter((purpose) => !consentTexts[purpose].optional && value(nameOf(purpose)) !== "yes")
    .map((purpose) => ({ field: nameOf(purpose), text: `需要您勾选：${consentTexts[purpose].sentence}` }));

/** Without these there is no account. */
const NEEDED = ["account", "sensitive-data"] as const satisfies ConsentPurpose[];

/** Those that were agreed to elsewhere only, in words that are not ours: an upstream passed on that they were. */
export const neededInOurWording = (consents: readonly Consent[]): readonly ConsentPurpose[] =>
  NEEDED.filter((purpose) => {
    const standing = consents.findLast((consent) => consent.purpose === purpose && !consent.withdrawnAt);
    return !standing || standing.textVersion.startsWith("upstream:");
  });

/** In the wording that was shown. */
export const inCurrentWording = (purposes: readonly ConsentPurpose[]): readonly NewConsent[] =>
  purposes.map((purpose) => ({ purpose, textVersion: consentTexts[purpose].version }));
