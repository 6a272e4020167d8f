import type { Clock, Instant } from "#shared/kernel/clock.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { logger } from "#shared/runtime/logger.ts";
import { type ChatCommand, REPLIES } from "../domain/chat-command.ts";
import type { Officer } from "../domain/officer.ts";
import type { ChatAccounts, ChatMessages, TodoStore } from "../domain/ports.ts";
import type { Todo } from "../domain/todo.ts";
import { inWords } from "../domain/work.ts";
import { todoListOf } from "../todos/todo-list.ts";

interface Deps {
  readonly accounts: ChatAccounts;
  readonly messages: ChatMessages;
  readonly todos: Pick<TodoStore, "page" | "find">;
  readonly now: Clock;
}

const CASES = "/applications";

const mayTake = (todo: Todo, officer: Officer): boolean =>
  todo.department === officer.department &&
  (todo.division === undefined || isWithin(todo.division, officer.division)) &&
  todo.tasks.some(({ role, claimedBy }) => claimedBy === undefined && officer.roles.includes(role));

/**
 * Answers what an official says in the chat. What was said is recorded together with what it asks for, once: the same
 * message again is answered as before.
 */
export const chatAnswerer = ({ accounts, messages, todos, now }: Deps) => {
  const todoList = todoListOf(todos);

  const list = async (officer: Officer): Promise<string> => {
    const waiting = inWords(await todoList.counts(officer));
    return waiting.length === 0 ? "当前没有待办。" : waiting.join("，");
  };

  const findByNumber = async (
    officer: Officer,
    number: string,
  ): Promise<Todo | "not-yours" | "ambiguous" | "too-many-cases"> => {
    const { found, more } = await todoList.search(
      officer,
      (entry) => entry.source === CASES && entry.number?.toUpperCase().endsWith(number) === true,
    );
    const [subject, ...others] = new Set(found.map((entry) => entry.subject));
    if (subject === undefined) return more ? "too-many-cases" : "not-yours";
    if (others.length > 0) return "ambiguous";
    return (await todos.find({ source: CASES, subject })) ?? "not-yours";
  };

  const claim = async (id: string, officer: Officer, todo: Todo | undefined, at: Instant): Promise<string> => {
    if (!todo) return messages.answered(id, REPLIES["not-yours"], at);
    if (!mayTake(todo, officer)) {
      const isTaken = todo.department === officer.department;
      return messages.answered(id, isTaken ? REPLIES.taken : REPLIES["not-yours"], at);
    }
    logger.info("chat.claim-asked", { case: todo.subject, staff: officer.staff });
    return messages.claimAsked(id, REPLIES.asked, at, { case: todo.subject, caseSequence: todo.sequence, officer });
  };

  /** @param id what the chat knows the message by, so that a repeat of it is known */
  return async (id: string, user: string, command: ChatCommand): Promise<string> => {
    const before = await messages.find(id);
    if (before !== undefined) return before;
    const at = now();
    if (command.kind === "bind") {
      const result = await accounts.bind(user, command.code, at);
      logger.info("chat.bind", { result });
      return messages.answered(id, REPLIES[result], at);
    }
    if (command.kind === "help") return messages.answered(id, REPLIES.help, at);
    const officer = await accounts.officerOf(user);
    if (!officer) return messages.answered(id, REPLIES.unbound, at);
    if (command.kind === "list") return messages.answered(id, await list(officer), at);
    if (command.kind === "claim")
      return claim(id, officer, await todos.find({ source: CASES, subject: command.case }), at);
    const found = await findByNumber(officer, command.number);
    return typeof found === "string" ? messages.answered(id, REPLIES[found], at) : claim(id, officer, found, at);
  };
};
export type ChatAnswerer = ReturnType<typeof chatAnswerer>;
