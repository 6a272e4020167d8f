import type { TemplateValue } from "./assembly.ts";
import { type Authorizer, createAuthorizer, type Verdict } from "./authorizer.ts";
import { CloudError } from "./cloud-error.ts";
import type { Deployment, Resource } from "./deployment.ts";
import type { Functions, LambdaFunction } from "./functions.ts";
import { createCors } from "./http-cors.ts";
import {
  type ApiPlace,
  authorizerEvent,
  type HttpReply,
  type HttpRequest,
  messageReply,
  proxyEvent,
  replyOf,
} from "./http-event.ts";
import { compileRoutes, parseRoute, type Route } from "./http-routes.ts";
import type { LambdaPermissions } from "./lambda-permissions.ts";

const longestMilliseconds = 30_000;
const mostEventBytes = 6 * 1024 * 1024;

interface Destination {
  fn: LambdaFunction;
  permitted: boolean;
  timeoutMilliseconds: number;
  authorizer: Authorizer | undefined;
}

/** What the HTTP API works with. */
export interface HttpApiContext {
  deployment: Deployment;
  functions: Functions;
  permissions: LambdaPermissions;
}

const integrationOf = (integrations: Resource[], route: Resource): Resource => {
  const id = String(route.properties.Target).replace(/^integrations\//, "");
  const found = integrations.find((integration) => integration.physicalId === id);
  if (!found) throw new CloudError(`Route ${route.properties.RouteKey} has no integration in the stacks that run.`);
  const { IntegrationType, PayloadFormatVersion } = found.properties;
  if (IntegrationType !== "AWS_PROXY" || PayloadFormatVersion !== "2.0")
    throw new CloudError(
      `This cloud knows only AWS_PROXY integrations with payload format 2.0 (${found.logicalId} in ${found.stack}).`,
    );
  return found;
};

const refusals: Record<Exclude<Verdict["kind"], "allowed">, HttpReply> = {
  unauthorized: messageReply(401, "Unauthorized"),
  forbidden: messageReply(403, "Forbidden"),
  failed: messageReply(500, "Internal Server Error"),
};

/**
 * Builds the one HTTP API of the templates; gives the function that answers a request.
 * @throws CloudError when there is more than one API, or for authorisation types and integrations that this cloud does not know
 */
export const createHttpApi = ({ deployment, functions, permissions }: HttpApiContext) => {
  const [api, second] = deployment.ofType("AWS::ApiGatewayV2::Api");
  if (second) throw new CloudError(`This cloud runs one HTTP API, not ${second.logicalId} of ${second.stack} besides.`);
  if (!api) return async () => messageReply(404, "Not Found");
  if (api.properties.ProtocolType !== "HTTP")
    throw new CloudError(`This cloud runs HTTP APIs only (${api.logicalId}).`);
  const { account, region, partition } = deployment.place;
  const stage = deployment.ofType("AWS::ApiGatewayV2::Stage")[0]?.properties.StageName ?? "$default";
  const place: ApiPlace = { account, apiId: api.physicalId, stage };
  const apiArn = `arn:${partition}:execute-api:${region}:${account}:${api.physicalId}`;
  const routeArn = (method: string, key: string) =>
    `${apiArn}/${stage}/${key === "$default" ? "$default" : `${method}${key.slice(key.indexOf(" ") + 1)}`}`;
  const authorizers = new Map(
    deployment.ofType("AWS::ApiGatewayV2::Authorizer").map((resource) => {
      const source = `${apiArn}/authorizers/${resource.physicalId}`;
      const permitted = (name: string) => permissions.allows(name, "apigateway.amazonaws.com", source);
      return [resource.physicalId, createAuthorizer(resource, functions, permitted)] as const;
    }),
  );

  const routeOf = (resource: Resource): Route<Destination> => {
    const { RouteKey, AuthorizationType = "NONE", AuthorizerId } = resource.properties;
    if (AuthorizationType !== "NONE" && AuthorizationType !== "CUSTOM")
      throw new CloudError(`This cloud does not know the authorisation type ${AuthorizationType} (route ${RouteKey}).`);
    const { IntegrationUri, TimeoutInMillis } = integrationOf(
      deployment.ofType("AWS::ApiGatewayV2::Integration"),
      resource,
    ).properties;
    const arn = /functions\/(arn:[^/]+)\/invocations/.exec(String(IntegrationUri))?.[1] ?? String(IntegrationUri);
    const fn = functions.find(arn);
    if (!fn) throw new CloudError(`The function of route ${RouteKey} is not in the stacks that run.`);
    const authorizer = AuthorizationType === "CUSTOM" ? authorizers.get(String(AuthorizerId)) : undefined;
    if (AuthorizationType === "CUSTOM" && !authorizer)
      throw new CloudError(`The authorizer of route ${RouteKey} is not in the stacks that run.`);
    const method = String(RouteKey).split(" ")[0] ?? "ANY";
    return parseRoute(String(RouteKey), {
      fn,
      permitted: permissions.allows(fn.name, "apigateway.amazonaws.com", routeArn(method, String(RouteKey))),
      timeoutMilliseconds: Math.min(longestMilliseconds, Number(TimeoutInMillis ?? longestMilliseconds)),
      authorizer,
    });
  };
  const find = compileRoutes(deployment.ofType("AWS::ApiGatewayV2::Route").map(routeOf));
  const cors = createCors(api.properties.CorsConfiguration);

  const withinTime = async (work: Promise<HttpReply>, milliseconds: number): Promise<HttpReply> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<HttpReply>((resolve) => {
      timer = setTimeout(() => resolve(messageReply(503, "Service Unavailable")), milliseconds);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  };
  const call = async ({ fn, permitted }: Destination, event: TemplateValue): Promise<HttpReply> => {
    if (!permitted) return messageReply(500, "Internal Server Error");
    const payload = JSON.stringify(event);
    // Lambda's limit is below API Gateway's own.
    if (payload.length > mostEventBytes / 4 && Buffer.byteLength(payload) > mostEventBytes)
      return messageReply(413, "Request Entity Too Large");
    const outcome = await functions.invoke(fn, payload);
    return outcome.ok ? replyOf(outcome.payload) : messageReply(500, "Internal Server Error");
  };

  const route = async (request: HttpRequest, path: string): Promise<HttpReply> => {
    const prefix = stage === "$default" ? "" : `/${stage}`;
    if (prefix && path !== prefix && !path.startsWith(`${prefix}/`)) return messageReply(404, "Not Found");
    const found = find(request.method, path.slice(prefix.length) || "/");
    if (!found) return messageReply(404, "Not Found");
    const { key, value } = found.route;
    let context: Record<string, unknown> | undefined;
    if (value.authorizer) {
      const arn = routeArn(request.method, key);
      const verdict = await value.authorizer.decide(request, key, arn, (identity) =>
        authorizerEvent(request, key, found.pathParameters, place, arn, identity),
      );
      if (verdict.kind !== "allowed") return refusals[verdict.kind];
      context = verdict.context;
    }
    const event = proxyEvent(request, key, found.pathParameters, place, context);
    return withinTime(call(value, event), value.timeoutMilliseconds);
  };

  return async (request: HttpRequest, path: string): Promise<HttpReply> => {
    const preflight = cors.preflight(request);
    if (preflight) return preflight;
    const reply = cors.mark(request, await route(request, path));
    return { ...reply, headers: { ...reply.headers, "apigw-requestid": request.requestId } };
  };
};
