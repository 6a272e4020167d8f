import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { PersonMessage, Preferences } from "../domain/person-message.ts";
import type { MessageKey, PersonMessages, PreferenceStore } from "../domain/ports.ts";

export const memoryPersonMessages = (): PersonMessages & { readonly rows: () => readonly PersonMessage[] } => {
  const rows = new Map<string, PersonMessage>();
  const keyOf = ({ recipient, at, event }: MessageKey) => `${recipient.kind} ${recipient.id} ${at}#${event}`;
  return {
    rows: () => [...rows.values()],
    async add(message) {
      if (rows.has(keyOf(message))) return false;
      rows.set(keyOf(message), message);
      return true;
    },
    find: async (key) => rows.get(keyOf(key)),
    async save(message) {
      if (rows.get(keyOf(message))?.version !== message.version - 1) throw new StaleVersionError(keyOf(message));
      rows.set(keyOf(message), message);
    },
    async page({ kind, id }, { limit, cursor }) {
      const before = cursor === undefined ? undefined : positionOf(cursor)?.sk;
      if (cursor !== undefined && (typeof before !== "string" || before === "")) return undefined;
      const all = [...rows.values()]
        .filter(({ recipient }) => recipient.kind === kind && recipient.id === id)
        .map((message) => ({ message, sk: `${message.at}#${message.event}` }))
        .filter(({ sk }) => typeof before !== "string" || sk < before)
        .sort((a, b) => (a.sk < b.sk ? 1 : -1));
      const last = all.length > limit ? all[limit - 1] : undefined;
      return {
        items: all.slice(0, limit).map(({ message }) => message),
        ...(last && { next: cursorOf({ sk: last.sk }) }),
      };
    },
    async *due(by) {
      const due = [...rows.values()].filter(({ nextAt }) => nextAt !== undefined && nextAt <= by);
      if (due.length > 0) yield due;
    },
  };
};

export const memoryPreferences = (): PreferenceStore => {
  const rows = new Map<string, Preferences & { openId?: string | undefined }>();
  return {
    find: async (person) => rows.get(person),
    async save(person, preferences) {
      rows.set(person, preferences);
    },
  };
};
