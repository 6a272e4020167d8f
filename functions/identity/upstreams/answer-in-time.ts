export interface TimelyAnswer {
  readonly status: number;
  /** Undefined when it is not JSON. */
  readonly json: unknown;
}

/** An answer with its body, or undefined when nobody answers, or not wholly in time. */
export const answerInTime = async (
  url: string | URL,
  init: RequestInit,
  milliseconds: number,
): Promise<TimelyAnswer | undefined> => {
  let text: string;
  let status: number;
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(milliseconds) });
    status = answer.status;
    text = await answer.text();
  } catch (error) {
    if (isOutage(error)) return undefined;
    throw error;
  }
  return { status, json: parsed(text) };
};

/** What fetch throws when nobody answers, or not in time; a connection cut within the body comes as `terminated`. */
export const isOutage = (error: unknown): boolean =>
  (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message)) ||
  (error instanceof DOMException && (error.name === "TimeoutError" || error.name === "AbortError"));

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
