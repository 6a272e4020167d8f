import type { LegalDate } from "#shared/kernel/clock.ts";

/** A card with a link, as the government chat shows it (text card, 文本卡片). */
export interface Card {
  readonly title: string;
  readonly description: string;
  readonly url: string;
}

export interface CaseToAccept {
  readonly id: string;
  readonly number: string;
  readonly itemName: string;
  readonly acceptBy: { readonly date: LegalDate; readonly provisional: boolean };
}

/** Tells an officer that a case waits for acceptance (受理); nothing of the applicant stands in it. */
export const acceptanceCard = (waiting: CaseToAccept, worklistUrl: string): Card => ({
  title: "有新办件待受理",
  description: [
    waiting.itemName,
    `办件编号：${waiting.number}`,
    `受理截止：${waiting.acceptBy.date}${waiting.acceptBy.provisional ? "（暂定，以国务院放假安排为准）" : ""}`,
  ].join("\n"),
  url: `${worklistUrl}${encodeURIComponent(waiting.id)}`,
});
