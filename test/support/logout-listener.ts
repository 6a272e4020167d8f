import { once } from "node:events";
import { createServer } from "node:http";

/** A client's end of back-channel logout. */
export const logoutListener = async () => {
  const tokens: string[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    tokens.push(new URLSearchParams(Buffer.concat(chunks).toString()).get("logout_token") ?? "");
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    tokens,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
    answerWith: (wanted: number) => {
      status = wanted;
    },
    url: () => {
      const address = server.address();
      return typeof address === "object" && address ? `http://127.0.0.1:${address.port}/logout` : "";
    },
  };
};
