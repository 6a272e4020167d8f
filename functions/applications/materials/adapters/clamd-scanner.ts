import { connect } from "node:net";
import type { Scanner } from "../domain/ports.ts";

const CHUNK_BYTES = 256 * 1024;
const TIMEOUT_MS = 60_000;
/** clamd answers in one line; more is not one. */
const ANSWER_BYTES_AT_MOST = 4_096;

/** The engine did not say what it found. */
class ScannerError extends Error {
  override readonly name = "ScannerError";
}

const frame = (chunk: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(chunk.length);
  return Buffer.concat([length, chunk]);
};

/** Sends a stream and gives the daemon's one line. @throws Error when it does not answer in time */
const ask = (host: string, port: number, content: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const answer: Buffer[] = [];
    let size = 0;
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new ScannerError("clamd is silent")));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      answer.push(chunk);
      size += chunk.length;
      if (size > ANSWER_BYTES_AT_MOST) socket.destroy(new ScannerError("clamd talks nonsense"));
    });
    socket.on("close", () => resolve(Buffer.concat(answer).toString("utf8").replace(/\0.*$/s, "").trim()));
    socket.on("connect", () => {
      socket.write("zINSTREAM\0");
      for (let at = 0; at < content.length; at += CHUNK_BYTES)
        socket.write(frame(content.subarray(at, at + CHUNK_BYTES)));
      socket.write(Buffer.alloc(4));
    });
  });

/**
 * An engine that speaks the protocol of ClamAV's daemon (INSTREAM, clamd(8)): ClamAV itself, or one of the commercial ones
 * that offer it. Throws when it does not answer plainly, so that the scan is tried again: silence is never "clean".
 */
export const clamdScanner = (address: string): Scanner => {
  const { hostname, port } = new URL(`tcp://${address}`);
  return {
    async scan(_id, { content }) {
      const answer = await ask(hostname, Number(port || 3310), content);
      if (/^stream: OK$/.test(answer)) return "clean";
      if (/^stream: .+ FOUND$/.test(answer)) return "malware";
      throw new ScannerError(`clamd answered "${answer.slice(0, 100)}"`);
    },
  };
};
