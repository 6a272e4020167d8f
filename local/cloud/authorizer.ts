import type { TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import type { Resource } from "./deployment.ts";
import type { Functions } from "./functions.ts";
import type { HttpRequest } from "./http-event.ts";
import { compilePolicy } from "./iam.ts";

/** What an authorizer decided about a request. */
export type Verdict =
  | { kind: "allowed"; context: Record<string, unknown> }
  | { kind: "unauthorized" | "forbidden" | "failed" };

/** A Lambda authorizer of the API. */
export interface Authorizer {
  decide(
    request: HttpRequest,
    routeKey: string,
    routeArn: string,
    event: (identity: string[]) => TemplateValue,
  ): Promise<Verdict>;
}

const identityReader = (
  source: string,
  where: string,
): ((request: HttpRequest, routeKey: string) => string | undefined) => {
  const [, kind, name = ""] = /^\$(?:request\.)?(header|querystring|context)\.(.+)$/.exec(source) ?? [];
  if (kind === "header") return (request) => request.headers[name.toLowerCase()];
  if (kind === "querystring") return (request) => request.query[name];
  if (kind === "context" && name === "routeKey") return (_request, routeKey) => routeKey;
  throw new CloudError(`This cloud does not know the identity source ${source} (in ${where}).`);
};

/** An authorizer's answer, or undefined when it makes no sense (which API Gateway answers with 500). */
const verdictOf = (answer: TemplateValue, simple: boolean, routeArn: string, where: string): Verdict => {
  if (answer === null || typeof answer !== "object") return { kind: "failed" };
  if (simple) {
    if (typeof answer.isAuthorized !== "boolean") return { kind: "failed" };
    return answer.isAuthorized ? { kind: "allowed", context: answer.context ?? {} } : { kind: "forbidden" };
  }
  if (!answer.policyDocument) return { kind: "failed" };
  const allowed = compilePolicy([answer.policyDocument], where).allows({
    action: "execute-api:Invoke",
    resource: routeArn,
  });
  return allowed ? { kind: "allowed", context: answer.context ?? {} } : { kind: "forbidden" };
};

const mostCached = 10_000;

/**
 * Builds a REQUEST authorizer with its cache. A cached answer serves every route, unless `$context.routeKey` is an identity source.
 * Source: "Control access to HTTP APIs with AWS Lambda authorizers", Amazon API Gateway Developer Guide.
 * @throws CloudError for other types of authorizer and for payload format 1.0
 */
export const createAuthorizer = (
  resource: Resource,
  functions: Functions,
  mayInvoke: (functionName: string) => boolean,
): Authorizer => {
  const { properties, logicalId } = resource;
  if (properties.AuthorizerType !== "REQUEST" || properties.AuthorizerPayloadFormatVersion !== "2.0")
    throw new CloudError(
      `This cloud knows only REQUEST authorizers with payload format 2.0 (${logicalId} in ${resource.stack}).`,
    );
  const arn = /functions\/(arn:[^/]+)\/invocations/.exec(String(properties.AuthorizerUri))?.[1] ?? "";
  const fn = functions.find(arn);
  if (!fn) throw new CloudError(`The function of authorizer ${logicalId} is not in the stacks that run.`);
  const readers = ((properties.IdentitySource ?? []) as string[]).map((source) => identityReader(source, logicalId));
  const seconds = Number(properties.AuthorizerResultTtlInSeconds ?? 300);
  const simple = properties.EnableSimpleResponses === true;
  const cached = new Map<string, { until: number; answer: TemplateValue }>();

  return {
    decide: async (request, routeKey, routeArn, event) => {
      const identity = readers.map((read) => read(request, routeKey));
      if (identity.some((value) => !value)) return { kind: "unauthorized" };
      const key = seconds > 0 && readers.length > 0 ? JSON.stringify(identity) : undefined;
      const before = key === undefined ? undefined : cached.get(key);
      if (before && before.until > Date.now()) return verdictOf(before.answer, simple, routeArn, logicalId);
      if (!mayInvoke(fn.name)) return { kind: "failed" };
      const outcome = await functions.invoke(fn, JSON.stringify(event(identity as string[])));
      // "Unauthorized" as an error is the one failure that API Gateway tells the client about.
      if (!outcome.ok) return { kind: outcome.error.errorMessage === "Unauthorized" ? "unauthorized" : "failed" };
      const answer = JSON.parse(outcome.payload);
      if (key !== undefined) {
        if (cached.size >= mostCached) cached.delete(cached.keys().next().value as string);
        cached.set(key, { until: Date.now() + seconds * 1000, answer });
      }
      return verdictOf(answer, simple, routeArn, logicalId);
    },
  };
};
