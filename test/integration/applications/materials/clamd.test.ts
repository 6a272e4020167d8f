import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { clamdScanner } from "#functions/applications/materials/adapters/clamd-scanner.ts";
import { eicar } from "#test/support/sample-files.ts";

/** A daemon in miniature, after clamd(8): reads an INSTREAM to its end and answers in one line. */
const daemon = async (answer: (content: Buffer) => string | undefined) => {
  const server = createServer((socket) => {
    const chunks: Buffer[] = [];
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      let rest = Buffer.concat(chunks);
      const command = "zINSTREAM\0";
      if (rest.length < command.length) return;
      if (rest.subarray(0, command.length).toString() !== command) return void socket.end("UNKNOWN COMMAND\0");
      rest = rest.subarray(command.length);
      const parts: Buffer[] = [];
      while (rest.length >= 4) {
        const length = rest.readUInt32BE(0);
        if (length === 0) {
          const line = answer(Buffer.concat(parts));
          return void (line === undefined ? socket.destroy() : socket.end(`${line}\0`));
        }
        if (rest.length < 4 + length) return;
        parts.push(rest.subarray(4, 4 + length));
        rest = rest.subarray(4 + length);
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { scanner: clamdScanner(`127.0.0.1:${port}`), close: () => server.close() };
};

const scan = async (content: Buffer, answer: (content: Buffer) => string | undefined) => {
  const { scanner, close } = await daemon(answer);
  try {
    return await scanner.scan("01KB0M5Q2W8ZC3T7N4XJ6VHR9D", { etag: "", size: content.length, content });
  } finally {
    close();
  }
};

describe("an engine that speaks clamd's protocol", () => {
  it("gets every byte, in chunks, and is believed", async () => {
    const large = Buffer.alloc(3_000_001, 7);
    expect(await scan(large, (content) => (content.equals(large) ? "stream: OK" : "stream: bytes lost ERROR"))).toBe(
      "clean",
    );
    const engine = (content: Buffer) => (content.includes(eicar) ? "stream: Eicar-Signature FOUND" : "stream: OK");
    expect(await scan(eicar, engine)).toBe("malware");
    expect(await scan(Buffer.alloc(0), engine)).toBe("clean");
  });

  it.each([
    ["says nothing", () => undefined],
    ["refuses", () => "INSTREAM size limit exceeded. ERROR"],
    ["answers something else", () => "stream: OK or not"],
  ])("is not taken for clean when it %s", async (_, answer) => {
    await expect(scan(Buffer.from("x"), answer)).rejects.toThrow();
  });

  it("is not taken for clean when nobody is there", async () => {
    const { scanner, close } = await daemon(() => "stream: OK");
    close();
    await expect(scanner.scan("x", { etag: "", size: 1, content: Buffer.from("x") })).rejects.toThrow();
  });
});
