import type { Clock, Instant } from "#shared/kernel/clock.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError, untilNoRace } from "#shared/runtime/outbox.ts";
import { digest } from "../domain/card.ts";
import {
  begin,
  type Desk,
  dueNow,
  goOn,
  hear,
  isGivenUp,
  type Notice,
  newDesk,
  notSent,
  type Outgoing,
  postpone,
  rest,
  sent,
} from "../domain/desk.ts";
import { chatUserOf, type Officer } from "../domain/officer.ts";
import type { Pace } from "../domain/pace.ts";
import type {
  DeskStore,
  NoticeStore,
  OfficerDirectory,
  OfficialsChat,
  Outcome,
  Shown,
  TodoStore,
} from "../domain/ports.ts";
import { inWords } from "../domain/work.ts";
import { todoListOf } from "../todos/todo-list.ts";

export interface TellDeps {
  readonly officers: Pick<OfficerDirectory, "find">;
  readonly notices: NoticeStore;
  readonly desks: DeskStore;
  readonly todos: Pick<TodoStore, "page">;
  readonly chat: OfficialsChat;
  readonly pace: Pace;
  readonly worklistUrl: string;
  readonly now: Clock;
}

/** Notices in one digest; more go with the next. */
const GATHERED_AT_MOST = 250;
/** Officials told at the same time. */
const AT_ONCE = 10;

/** What is being sent to an official, written down. */
interface Begun {
  readonly desk: Desk;
  readonly officer: Officer;
  readonly outgoing: Outgoing;
}

const outcomeOf = (shown: Shown, at: Instant, digest: boolean): Outcome => {
  if (shown.result === "shown") return { status: "sent", at, digest };
  if (shown.result === "refused") return { status: "failed", at, reason: "refused", code: shown.code };
  return { status: "failed", at, reason: "unknown-member" };
};

/**
 * Tells officials: a notice is a row before it is a message, the desk of each official decides when it goes, and what is
 * being sent is written down before it is sent. Whatever dies in between, the sweep goes on from there.
 */
export const officialsTeller = (deps: TellDeps) => {
  const { officers, notices, desks, todos, chat, pace, worklistUrl, now } = deps;

  /**
   * Sends one card to one official and records how it ended. A call for each: what dies between the chat and the record is
   * sent again to that official only, the same to the byte.
   */
  const send = async ({ desk, officer, outgoing }: Begun): Promise<void> => {
    const { card, events, since } = outgoing;
    let shown: Shown;
    try {
      shown = await chat.show({ id: derivedId("card", desk.staff, ...events), at: since, card }, chatUserOf(officer));
    } catch (error) {
      logger.error("notification.not-sent", error, { staff: desk.staff, failures: desk.failures });
      return unlessTakenOver(giveBack(desk, outgoing));
    }
    const at = now();
    const facts = { staff: desk.staff, notices: events.length };
    await notices.settle(desk.staff, events, outcomeOf(shown, at, events.length > 1));
    if (shown.result === "refused") {
      logger.error("notification.refused", { ...facts, errcode: shown.code });
      return unlessTakenOver(desks.save(goOn(desk, at)));
    }
    if (shown.result === "shown") logger.info("notification.sent", facts);
    else logger.warn("notification.unknown-member", facts);
    await unlessTakenOver(desks.save(sent(desk, at, pace)));
  };

  const giveBack = async (desk: Desk, outgoing: Outgoing): Promise<void> => {
    if (!isGivenUp(outgoing, now())) return desks.save(notSent(desk, now()));
    logger.warn("notification.given-up", { staff: desk.staff, notices: outgoing.events.length });
    await notices.settle(desk.staff, outgoing.events, { status: "failed", at: now(), reason: "given-up" });
    await desks.save(goOn(desk, now()));
  };

  const gather = async (officer: Officer, waiting: readonly Notice[], at: Instant): Promise<Outgoing> => {
    const [first] = waiting;
    return {
      card:
        first && waiting.length === 1
          ? first.card
          : digest(
              waiting.map(({ card }) => card),
              inWords(await todoListOf(todos).counts(officer)),
              worklistUrl,
            ),
      events: waiting.map(({ event }) => event),
      since: at,
    };
  };

  return {
    /** Tells each of these officers of it, once. */
    async tell(members: readonly Officer[], about: Omit<Notice, "staff">): Promise<void> {
      const ready = await Promise.all(
        members.map(async (officer) => {
          const notice = { ...about, staff: officer.staff };
          if ((await notices.add(notice)) === "settled") return undefined;
          return untilNoRace(async () => {
            const desk = (await desks.find(officer.staff)) ?? newDesk(officer.staff);
            const heard = hear(desk, notice, now(), pace);
            if (heard) await desks.save(heard);
            return heard?.state.kind === "sending"
              ? { desk: heard, officer, outgoing: heard.state.outgoing }
              : undefined;
          });
        }),
      );
      const told = ready.filter((each) => each !== undefined);
      for (let start = 0; start < told.length; start += AT_ONCE)
        await Promise.all(told.slice(start, start + AT_ONCE).map(send));
    },

    /** Does what is due about one official's desk. */
    async clear(staff: string): Promise<void> {
      const desk = await desks.find(staff);
      if (!desk || desk.state.kind === "quiet" || desk.state.until > now()) return;
      const officer = await officers.find(staff);
      const waiting = desk.state.outgoing ? [] : await notices.waiting(staff, GATHERED_AT_MOST);
      if (!desk.state.outgoing && waiting.length === 0) return desks.save(rest(desk, now()));
      if (!officer || officer.roles.length === 0) {
        const events = desk.state.outgoing?.events ?? waiting.map(({ event }) => event);
        await notices.settle(staff, events, { status: "failed", at: now(), reason: "not-staff" });
        return desks.save(goOn(desk, now()));
      }
      const urgent = waiting.some(({ card }) => card.urgent);
      const due = dueNow(desk, urgent, now(), pace);
      if (!due.now) return due.when === undefined ? undefined : desks.save(postpone(desk, due.when, now()));
      const outgoing = due.outgoing ?? (await gather(officer, waiting, now()));
      const begun = begin(desk, outgoing, now());
      await desks.save(begun);
      await send({ desk: begun, officer, outgoing });
    },
  };
};

/** This one was slow and the sweep has taken the desk over: what it finds settled it does not send again. */
const unlessTakenOver = async (saving: Promise<void>): Promise<void> => {
  try {
    await saving;
  } catch (error) {
    if (!(error instanceof StaleVersionError)) throw error;
  }
};

export type OfficialsTeller = ReturnType<typeof officialsTeller>;
