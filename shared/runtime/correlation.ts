import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<string>();

/** Runs work under the id of the request that caused it; logs and events of that work carry the id. */
export const correlated = <T>(id: string, work: () => Promise<T>): Promise<T> => current.run(id, work);

export const correlationId = (): string | undefined => current.getStore();
