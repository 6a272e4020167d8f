// A receiver of Yimen's webhooks, for Node 24 without any package: `SECRET=whsec_... node receiver.ts`. A start, not a product.
import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";

const secret = process.env.SECRET ?? "";
const publicKey = process.env.PUBLIC_KEY; // whpk_..., only for who prefers v1a
const TOLERANCE_SECONDS = 300;
const BODY_BYTES_AT_MOST = 20_000;

/** SubjectPublicKeyInfo around the 32 bytes of an ed25519 key (RFC 8410). */
const ed25519 = (whpk: string) =>
  createPublicKey({
    key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(whpk.slice(5), "base64")]),
    format: "der",
    type: "spki",
  });

/** Whether the platform has signed this, just now. During a rotation the header holds more than one signature. */
const isGenuine = (headers: IncomingHttpHeaders, body: Buffer): boolean => {
  const id = String(headers["webhook-id"] ?? "");
  const timestamp = String(headers["webhook-timestamp"] ?? "");
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) return false;
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const expected = createHmac("sha256", Buffer.from(secret.replace("whsec_", ""), "base64"))
    .update(content)
    .digest();
  return String(headers["webhook-signature"] ?? "")
    .split(" ")
    .some((each) => {
      const [version, text = ""] = each.split(",");
      const given = Buffer.from(text, "base64");
      if (version === "v1a" && publicKey) return verify(null, content, ed25519(publicKey), given);
      return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
    });
};

const seen = new Set<string>(); // yours is a table with webhook-id as its key
const inbox: string[] = []; // and this is a queue or a table that outlives the process

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_AT_MOST) {
      response.writeHead(413).end();
      return;
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (!isGenuine(request.headers, body)) {
    response.writeHead(401).end();
    return;
  }
  // Keep it and say so: what takes longer comes later, or the platform sends it again after 15 seconds.
  const id = String(request.headers["webhook-id"]);
  if (!seen.has(id)) inbox.push(body.toString());
  seen.add(id);
  response.writeHead(204).end();
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  const address = server.address();
  console.log(`listening on ${typeof address === "object" && address?.port}`);
});

// Elsewhere: take events from the inbox one by one and ignore those whose sequence is not newer than what you know of the case.
setInterval(() => {
  for (let text = inbox.shift(); text; text = inbox.shift()) {
    const { type, subject, sequence } = JSON.parse(text);
    console.log(`${type} ${subject} ${sequence}`);
  }
}, 50).unref();
