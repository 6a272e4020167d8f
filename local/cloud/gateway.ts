import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TemplateValue } from "./assembly.ts";
import { type CorsRule, corsAnswer, corsHeaders } from "./bucket-cors.ts";
import type { Need, Policy } from "./iam.ts";
import { type JsonCall, jsonNeeds, s3Needs } from "./needs.ts";
import { objectCreated, writeFault, writtenObject } from "./object-writes.ts";
import type { Place } from "./place.ts";
import { presignedFault } from "./presigned.ts";
import { type Answer, jsonError, type RawRequest, xmlError } from "./wire.ts";

/** Who calls AWS: a function with its role's policy, or the operator, who may do everything. */
export interface Principal {
  name: string;
  accessKeyId: string;
  secretAccessKey: string;
  policy: Policy | "everything";
}

/** A call that a function's role does not allow. */
export interface Denial {
  function: string;
  action: string;
  resource: string;
}

/** What answers once a call is allowed. */
interface Services {
  dynamodb(request: RawRequest): Promise<Answer>;
  queuesAndBuckets(request: RawRequest): Promise<Answer>;
  events(call: JsonCall): Answer | Promise<Answer>;
  secretsmanager(call: JsonCall): Answer;
  ssm(call: JsonCall): Answer;
  /** Answers POST /2015-03-31/functions/NAME/invocations; `name` is the plain function name. */
  invoke(name: string, request: RawRequest): Promise<Answer>;
  secretArn(id: string): string | undefined;
  corsRules(bucket: string): readonly CorsRule[];
  /** Told of every new object, as S3 tells it; `event` is an envelope without an id. */
  objectCreated(bucket: string, event: TemplateValue): void;
}

/** The AWS endpoint that every function's SDK talks to. It checks each call against the caller's policy, then passes it on. */
export interface Gateway {
  url: string;
  serve(services: Services): void;
  admit(principal: Principal): void;
  /** A call by this very process on behalf of a function, checked like any other. @throws Error with `code`, the AWS error code */
  call(principal: Principal, service: string, target: string, input: TemplateValue): Promise<TemplateValue>;
  /** A call of S3 by this very process on behalf of a function, checked like any other. @throws Error with S3's message */
  callS3(principal: Principal, method: string, bucket: string, key: string, body: string): Promise<void>;
  /** Calls back after every write to the table; gives the function that ends this. */
  onWrite(table: string, listener: () => void): () => void;
  denied(): Denial[];
  close(): Promise<void>;
}

const writes = new Set(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]);
const described = new Set(["DescribeTable", "DescribeStream", "ListStreams"]);
/** Requests and answers that carry ARNs of streams. */
const named = new Set(["DescribeStream", "GetShardIterator", "ListStreams"]);
/** DynamoDB Local's own ARNs carry this place. */
const localArn = "arn:aws:dynamodb:ddblocal:000000000000:";

const readBody = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
};

/** Access key and service of a request, from its signature's credential scope. */
const scopeOf = (request: RawRequest): { accessKeyId: string; service: string; presigned: boolean } | undefined => {
  const header = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? "");
  if (header?.[1] && header[2]) return { accessKeyId: header[1], service: header[2], presigned: false };
  if (!request.url.includes("X-Amz-Credential=")) return undefined;
  const credential = new URL(request.url, "http://aws").searchParams.get("X-Amz-Credential")?.split("/");
  return credential?.[0] && credential[3]
    ? { accessKeyId: credential[0], service: credential[3], presigned: true }
    : undefined;
};

/** Opens the gateway on a free port of 127.0.0.1. It refuses calls until `serve` says what answers them. */
export const openGateway = async (place: Place): Promise<Gateway> => {
  const principals = new Map<string, Principal>();
  const denied = new Map<string, Denial>();
  const listeners = new Map<string, Set<() => void>>();
  const publicArn = `arn:${place.partition}:dynamodb:${place.region}:${place.account}:`;
  let services: Services | undefined;

  /** The sentence of refusal, or undefined if the caller may. */
  const refusal = (principal: Principal, needs: readonly Need[]): string | undefined => {
    if (principal.policy === "everything") return undefined;
    for (const need of needs) {
      if (principal.policy.allows(need)) continue;
      denied.set(`${principal.name} ${need.action} ${need.resource}`, { function: principal.name, ...need });
      return `${principal.name} is not authorized to perform: ${need.action} on resource: ${need.resource} because no identity-based policy allows the ${need.action} action`;
    }
    return undefined;
  };

  const dynamodb = async (available: Services, call: JsonCall, request: RawRequest, needs: Need[]): Promise<Answer> => {
    let { body } = request;
    if (named.has(call.operation)) body = Buffer.from(body.toString().replaceAll(publicArn, localArn));
    const answer = await available.dynamodb({ ...request, body });
    if (answer.status === 200 && writes.has(call.operation))
      for (const need of needs)
        for (const listener of listeners.get(need.resource.slice(need.resource.lastIndexOf("/") + 1)) ?? []) listener();
    if (!described.has(call.operation)) return answer;
    const { "content-length": _length, "x-amz-crc32": _checksum, ...headers } = answer.headers;
    return { ...answer, headers, body: Buffer.from(answer.body.toString().replaceAll(localArn, publicArn)) };
  };

  const json = async (
    available: Services,
    principal: Principal,
    service: string,
    request: RawRequest,
  ): Promise<Answer> => {
    const target = String(request.headers["x-amz-target"] ?? "");
    if (!target)
      return jsonError(
        "UnknownOperationException",
        `This cloud knows only the JSON protocol of ${service} (no x-amz-target).`,
      );
    const call: JsonCall = {
      operation: target.slice(target.lastIndexOf(".") + 1),
      input: JSON.parse(request.body.toString() || "{}"),
    };
    const needs = jsonNeeds(service, call, place, available.secretArn);
    const refused = refusal(principal, needs);
    if (refused) return jsonError("AccessDeniedException", refused);
    switch (service) {
      case "dynamodb":
        return dynamodb(available, call, request, needs);
      case "sqs":
        return available.queuesAndBuckets({ ...request, method: "POST", url: "/" });
      case "events":
        return available.events(call);
      case "secretsmanager":
        return available.secretsmanager(call);
      case "ssm":
        return available.ssm(call);
      default:
        return jsonError("UnknownOperationException", `This cloud does not know the service ${service}.`);
    }
  };

  const s3 = async (available: Services, principal: Principal, request: RawRequest): Promise<Answer> => {
    const needs = s3Needs(request, place);
    const refused = refusal(principal, needs);
    if (refused) return xmlError("AccessDenied", refused, 403);
    const written = writtenObject(request);
    const fault = written && (await writeFault(request, available.queuesAndBuckets));
    if (fault) return fault;
    const answer = await available.queuesAndBuckets(request);
    if (written && answer.status === 200)
      available.objectCreated(written.bucket, objectCreated(written, request, answer, place));
    const [first] = needs;
    if (answer.status === 404 && first?.action === "s3:GetObject") {
      // As on AWS: who may not list a bucket does not learn which keys it has not.
      const bucket = first.resource.split("/")[0] ?? "";
      const mayList =
        principal.policy === "everything" || principal.policy.allows({ action: "s3:ListBucket", resource: bucket });
      if (!mayList)
        return xmlError(
          "AccessDenied",
          `${principal.name} is not authorized to perform: s3:ListBucket on resource: ${bucket}`,
          403,
        );
    }
    return answer;
  };

  const lambda = async (available: Services, principal: Principal, request: RawRequest): Promise<Answer> => {
    const path = /^\/2015-03-31\/functions\/([^/?]+)\/invocations/.exec(request.url)?.[1];
    if (!path) return jsonError("UnknownOperationException", "This cloud knows only Invoke of Lambda.", 404);
    const name =
      decodeURIComponent(path)
        .replace(/^.*:function:/, "")
        .split(":")[0] ?? "";
    const resource = `arn:${place.partition}:lambda:${place.region}:${place.account}:function:${name}`;
    const refused = refusal(principal, [{ action: "lambda:InvokeFunction", resource }]);
    return refused ? jsonError("AccessDeniedException", refused, 403) : available.invoke(name, request);
  };

  const dispatch = async (principal: Principal, service: string, request: RawRequest): Promise<Answer> => {
    if (!services) return jsonError("ServiceUnavailable", "The cloud is starting.", 503);
    if (service === "s3") return s3(services, principal, request);
    if (service === "lambda") return lambda(services, principal, request);
    if (service === "sts") {
      const arn = `arn:${place.partition}:sts::${place.account}:assumed-role/local/${principal.name}`;
      const xml = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>${principal.accessKeyId}</UserId><Account>${place.account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
      return { status: 200, headers: { "content-type": "text/xml" }, body: Buffer.from(xml) };
    }
    return json(services, principal, service, request);
  };

  const receive = async (request: RawRequest): Promise<Answer> => {
    const preflight = request.method === "OPTIONS" && services && corsAnswer(request, services.corsRules);
    if (preflight) return preflight;
    const scope = scopeOf(request);
    if (!scope) return xmlError("AccessDenied", "The request has no signature.", 403);
    const principal = principals.get(scope.accessKeyId);
    const fault = principal
      ? scope.presigned && presignedFault(request, principal.secretAccessKey)
      : "The access key is not known here.";
    if (!principal || fault) {
      const message = String(fault);
      if (scope.service !== "s3") return jsonError("UnrecognizedClientException", message);
      return xmlError(message.includes("expired") ? "AccessDenied" : "SignatureDoesNotMatch", message, 403);
    }
    const answer = await dispatch(principal, scope.service, request);
    return scope.service === "s3" && services && request.headers.origin
      ? { ...answer, headers: { ...answer.headers, ...corsHeaders(request, services.corsRules) } }
      : answer;
  };

  const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0 }, (incoming, outgoing) => {
    readBody(incoming)
      .then((body) =>
        receive({ method: incoming.method ?? "GET", url: incoming.url ?? "/", headers: incoming.headers, body }),
      )
      .catch((error: Error) => jsonError("InternalFailure", error.message, 500))
      .then(({ status, headers, body }) => {
        const {
          connection: _connection,
          "transfer-encoding": _encoding,
          "keep-alive": _keepAlive,
          ...passed
        } = headers;
        if (incoming.method !== "HEAD") passed["content-length"] = body.length;
        outgoing.writeHead(status, passed);
        outgoing.end(body);
      })
      .catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const scopedHeaders = (principal: Principal, service: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=${principal.accessKeyId}/20260101/${place.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  });

  return {
    url,
    serve: (available) => {
      services = available;
    },
    admit: (principal) => principals.set(principal.accessKeyId, principal),
    call: async (principal, service, target, input) => {
      const answer = await dispatch(principal, service, {
        method: "POST",
        url: "/",
        headers: {
          ...scopedHeaders(principal, service),
          "x-amz-target": target,
          "content-type": "application/x-amz-json-1.0",
        },
        body: Buffer.from(JSON.stringify(input)),
      });
      const parsed = JSON.parse(answer.body.toString() || "{}");
      if (answer.status === 200) return parsed;
      const code = String(parsed.__type ?? answer.status)
        .split("#")
        .at(-1);
      throw Object.assign(new Error(parsed.message ?? parsed.Message ?? code), { code });
    },
    callS3: async (principal, method, bucket, key, body) => {
      const answer = await dispatch(principal, "s3", {
        method,
        url: `/${bucket}${key && `/${key.split("/").map(encodeURIComponent).join("/")}`}`,
        headers: { ...scopedHeaders(principal, "s3"), "content-type": "application/json" },
        body: Buffer.from(body),
      });
      if (answer.status !== 200)
        throw new Error(/<Message>(.*)<\/Message>/.exec(answer.body.toString())?.[1] ?? "S3 refused the object.");
    },
    onWrite: (table, listener) => {
      const set = listeners.get(table) ?? new Set();
      listeners.set(table, set.add(listener));
      return () => set.delete(listener);
    },
    denied: () => [...denied.values()],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
