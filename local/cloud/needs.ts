import type { TemplateValue } from "./assembly.ts";
import type { Need } from "./iam.ts";
import type { Place } from "./place.ts";

/** A request to a service with a JSON protocol: the operation's name and its parsed input. */
export interface JsonCall {
  operation: string;
  input: TemplateValue;
}

const lastOf = (text: unknown, separator: string) =>
  String(text ?? "")
    .split(separator)
    .at(-1) ?? "";

const dynamodbNeeds = ({ operation, input }: JsonCall, place: Place): Need[] => {
  const table = (name: unknown) =>
    `arn:${place.partition}:dynamodb:${place.region}:${place.account}:table/${lastOf(name, ":table/")}`;
  const needs = (action: string, ...names: unknown[]) =>
    [...new Set(names)].map((name) => ({ action: `dynamodb:${action}`, resource: table(name) }));
  switch (operation) {
    case "Query":
    case "Scan":
      return needs(
        operation,
        input.IndexName ? `${lastOf(input.TableName, ":table/")}/index/${input.IndexName}` : input.TableName,
      );
    case "BatchGetItem":
    case "BatchWriteItem":
      return needs(operation, ...Object.keys(input.RequestItems ?? {}));
    case "TransactGetItems":
      return needs("GetItem", ...(input.TransactItems ?? []).map((item: TemplateValue) => item.Get?.TableName));
    case "TransactWriteItems":
      return (input.TransactItems ?? []).flatMap((item: TemplateValue) => {
        const [[kind, body]] = Object.entries<TemplateValue>(item) as [[string, TemplateValue]];
        const action = {
          ConditionCheck: "ConditionCheckItem",
          Put: "PutItem",
          Update: "UpdateItem",
          Delete: "DeleteItem",
        }[kind];
        return needs(action ?? kind, body?.TableName);
      });
    case "GetRecords":
      return needs(operation, String(input.ShardIterator ?? "").split("|")[0]);
    case "GetShardIterator":
    case "DescribeStream":
      return needs(operation, input.StreamArn);
    case "ListStreams":
      // Lambda asks for the stream it reads: a grant on that stream alone is enough, as CDK's TableV2 gives it.
      return needs(operation, input.ExclusiveStartStreamArn ?? `${input.TableName ?? "*"}/stream/*`);
    case "ListTables":
      return [{ action: `dynamodb:${operation}`, resource: "*" }];
    default:
      return needs(operation, input.TableName ?? input.ResourceArn);
  }
};

const sqsNeeds = ({ operation, input }: JsonCall, place: Place): Need[] => {
  if (operation === "ListQueues") return [{ action: "sqs:ListQueues", resource: "*" }];
  const name = lastOf(input.QueueUrl ?? input.QueueName, "/");
  return [
    {
      action: `sqs:${operation.replace(/Batch$/, "")}`,
      resource: `arn:${place.partition}:sqs:${place.region}:${place.account}:${name}`,
    },
  ];
};

const eventsNeeds = ({ operation, input }: JsonCall, place: Place): Need[] => {
  const bus = (name: unknown) =>
    `arn:${place.partition}:events:${place.region}:${place.account}:event-bus/${lastOf(name ?? "default", "/")}`;
  const buses = new Set((input.Entries ?? [{}]).map((entry: TemplateValue) => bus(entry.EventBusName)));
  return [...buses].map((resource) => ({ action: `events:${operation}`, resource: String(resource) }));
};

/** What a call to a JSON service needs; `secretArn` finds a secret's full ARN from whatever names it. */
export const jsonNeeds = (
  service: string,
  call: JsonCall,
  place: Place,
  secretArn: (id: string) => string | undefined,
): Need[] => {
  const local = (name: string) => `arn:${place.partition}:${service}:${place.region}:${place.account}:${name}`;
  switch (service) {
    case "dynamodb":
      return dynamodbNeeds(call, place);
    case "sqs":
      return sqsNeeds(call, place);
    case "events":
      return eventsNeeds(call, place);
    case "secretsmanager": {
      const id = String(call.input.SecretId ?? "");
      return [{ action: `secretsmanager:${call.operation}`, resource: secretArn(id) ?? local(`secret:${id}`) }];
    }
    case "ssm": {
      const names: unknown[] = call.input.Names ?? [call.input.Name];
      return names.map((name) => ({
        action: `ssm:${call.operation}`,
        resource: local(`parameter/${String(name).replace(/^\//, "")}`),
      }));
    }
    default:
      return [{ action: `${service}:${call.operation}`, resource: "*" }];
  }
};

/** What an S3 request (path style) needs. `body` is read only for DeleteObjects. */
export const s3Needs = (
  request: { method: string; url: string; headers: Record<string, string | string[] | undefined>; body: Buffer },
  place: Place,
): Need[] => {
  const { pathname, searchParams } = new URL(request.url, "http://s3");
  const [bucket = "", ...rest] = pathname.slice(1).split("/");
  const key = rest.map((part) => decodeURIComponent(part)).join("/");
  const arn = (path: string) => `arn:${place.partition}:s3:::${path}`;
  const need = (action: string, path: string): Need => ({ action: `s3:${action}`, resource: arn(path) });
  const has = (name: string) => searchParams.has(name);
  if (!bucket) return [{ action: "s3:ListAllMyBuckets", resource: "*" }];
  if (!key) {
    if (request.method === "POST" && has("delete"))
      return [...request.body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) =>
        need("DeleteObject", `${bucket}/${match[1]}`),
      );
    if (request.method === "POST") return [need("PutObject", `${bucket}/*`)];
    if (request.method === "GET" && has("location")) return [need("GetBucketLocation", bucket)];
    if (request.method === "GET" && has("uploads")) return [need("ListBucketMultipartUploads", bucket)];
    if (request.method === "GET" || request.method === "HEAD") return [need("ListBucket", bucket)];
    return [need(request.method === "PUT" ? "CreateBucket" : "DeleteBucket", bucket)];
  }
  const object = `${bucket}/${key}`;
  const suffix = has("tagging") ? "Tagging" : has("acl") ? "Acl" : "";
  switch (request.method) {
    case "GET":
    case "HEAD":
      return [need(has("uploadId") ? "ListMultipartUploadParts" : `GetObject${suffix}`, object)];
    case "DELETE":
      return [need(has("uploadId") ? "AbortMultipartUpload" : `DeleteObject${suffix}`, object)];
    default: {
      const source = request.headers["x-amz-copy-source"];
      const copied = source ? [need("GetObject", decodeURIComponent(String(source)).replace(/^\//, ""))] : [];
      return [need(`PutObject${suffix}`, object), ...copied];
    }
  }
};
