import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Wire } from "#shared/runtime/provider-call.ts";
import { ProviderUnavailable } from "../domain/ports.ts";

/** The bill is not what its hash says: cut short on the way, or another file. */
export class BillDamaged extends Error {
  override readonly name = "BillDamaged";
}

/** A download as a stream. Throws ProviderUnavailable unless it is a 200; `timeout` is for the whole of it. */
export const download = async (
  { fetch: send, timeout }: Wire,
  url: string | URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<Readable> => {
  let answer: Response;
  try {
    answer = await send(url, { headers: { ...headers }, redirect: "error", signal: AbortSignal.timeout(timeout) });
  } catch (error) {
    throw new ProviderUnavailable("the bill cannot be fetched", { cause: error });
  }
  if (answer.status !== 200 || !answer.body) throw new ProviderUnavailable(`the bill: ${answer.status}`);
  return Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]);
};

/** Passes bytes on and, after the last, throws BillDamaged unless they have that hash: nobody uses what came before it ended. */
export async function* hashChecked(
  bytes: AsyncIterable<Buffer>,
  algorithm: "sha1" | "sha256",
  expected: string,
): AsyncGenerator<Buffer> {
  const hash = createHash(algorithm);
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== expected.toLowerCase()) throw new BillDamaged("the hash differs");
}

/** Lines of a UTF-8 stream, without their ends. Throws for bytes that are none. */
export async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
  }
  rest += decoder.decode();
  if (rest) yield rest;
}
