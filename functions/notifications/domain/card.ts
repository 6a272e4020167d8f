import type { Instant } from "#shared/kernel/clock.ts";

/** What the government chat shows: a card with a link into the work list. Nothing of an applicant stands in it. */
export interface Card {
  readonly title: string;
  readonly description: string;
  readonly url: string;
  /** Told at night too, and from the reserve of the day's messages. */
  readonly urgent: boolean;
  /** The case that can be taken by answering from the card. */
  readonly claim?: string | undefined;
}

/** A card on its way to one official: sent again, it is the same to the byte, and no other card is. */
export interface CardMessage {
  readonly id: string;
  /** When it was made. */
  readonly at: Instant;
  readonly card: Card;
}

const LINES_AT_MOST = 5;

/** Many notices as one card: the first few by name, then how much waits in all. */
export const digest = (cards: readonly Card[], waiting: readonly string[], url: string): Card => {
  const count = cards.length > 99 ? "99+" : String(cards.length);
  return {
    title: `您有 ${count} 条新的待办提醒`,
    description: [
      ...cards.slice(0, LINES_AT_MOST).map(({ title, description }) => `${title}：${description.split("\n")[0]}`),
      ...(cards.length > LINES_AT_MOST ? [`……共 ${count} 条`] : []),
      ...(waiting.length > 0 ? [`当前待办：${waiting.join("，")}`] : []),
    ].join("\n"),
    url,
    urgent: cards.some(({ urgent }) => urgent),
  };
};
