import type { Block } from "../domain/feed.ts";
import type { FeedLog } from "../domain/feed-ports.ts";
import { blockOf } from "./feed-event.ts";

export const memoryFeedLog = (): FeedLog => {
  const logs = new Map<string, Block[]>();
  const claims = new Map<string, { department: string; id: string; source: string; after: number }>();
  const logOf = (department: string) => logs.get(department) ?? [];
  const tailOf = (department: string): number => {
    const last = logOf(department).at(-1);
    return last ? last.first + last.events.length - 1 : 0;
  };
  return {
    async claim(department, { id, source }, after) {
      const key = JSON.stringify([department, source, id]);
      const known = claims.get(key);
      if (known) return { mine: false, after: known.after };
      claims.set(key, { department, id, source, after });
      return { mine: true, after };
    },
    claimsOf: async (department, id) =>
      [...claims.values()].filter((claim) => claim.department === department && claim.id === id),
    tail: async (department) => tailOf(department),
    async put(department, { first, at, bodies }) {
      // As on DynamoDB: only what stands at the very place is in the way.
      if (logOf(department).some((block) => block.first === first)) return false;
      logs.set(department, [...logOf(department), blockOf({ first, at, bodies })]);
      return true;
    },
    read: async (department, after, limit) =>
      logOf(department)
        .filter((block) => block.first + block.events.length - 1 > after)
        .slice(0, limit),
    noteTails: async () => logs.size,
  };
};
