import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudError } from "./cloud-error.ts";
import { type HttpReply, type HttpRequest, messageReply, readRequest } from "./http-event.ts";

/** Largest request body of an HTTP API. */
const mostBytes = 10 * 1024 * 1024;

/** The door of the HTTP API: open before anything stands behind it, so that a port in use is known at once. */
export interface HttpServer {
  url: string;
  /** From now on every request goes to `handle`; `path` is as sent. */
  serve(handle: (request: HttpRequest, path: string) => Promise<HttpReply>): void;
  close(): Promise<void>;
}

/** The body, or undefined when it is too large. */
const readBody = async (incoming: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    // What comes after the limit is read and dropped, or the client would never see the answer.
    if (size <= mostBytes) chunks.push(chunk as Buffer);
    else if (size > 10 * mostBytes) incoming.destroy();
  }
  return size > mostBytes ? undefined : Buffer.concat(chunks);
};

/** Opens the server on 127.0.0.1. @throws CloudError when the port is in use */
export const openHttpServer = async (port: number): Promise<HttpServer> => {
  let handle: (request: HttpRequest, path: string) => Promise<HttpReply> = async () =>
    messageReply(503, "Service Unavailable");
  let actualPort = port;

  const answer = async (incoming: IncomingMessage): Promise<HttpReply> => {
    const body = await readBody(incoming);
    if (!body) return messageReply(413, "Request Entity Too Large");
    const url = incoming.url ?? "/";
    const mark = url.indexOf("?");
    const path = mark < 0 ? url : url.slice(0, mark);
    return handle(readRequest(incoming, path, mark < 0 ? "" : url.slice(mark + 1), body, actualPort), path);
  };

  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, outgoing) => {
    answer(incoming)
      .catch(() => messageReply(500, "Internal Server Error"))
      .then(({ status, headers, body }) => {
        const empty = status === 204 || status === 304;
        outgoing.writeHead(status, empty ? headers : { ...headers, "content-length": body.length });
        outgoing.end(incoming.method === "HEAD" || empty ? undefined : body);
      })
      // A client that has gone, or headers from a function that no client may see.
      .catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new CloudError(`Port ${port} of 127.0.0.1 is in use; choose another port, or end what uses it.`)
          : new CloudError(`Cannot listen on port ${port} of 127.0.0.1: ${error.message}.`),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  actualPort = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${actualPort}`,
    serve: (next) => {
      handle = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
