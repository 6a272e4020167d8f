import * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { routes } from "#shared/contracts/http/index.ts";
import { Problem, requestRefusals } from "#shared/contracts/http/problems.ts";
import type { RefusalText, Route } from "#shared/contracts/http/route.ts";
import { scopes } from "#shared/contracts/http/scopes.ts";

const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/)
  .describe("A repeat with the same key and body answers the same and writes nothing.");
const IfMatch = z.string().optional().describe("The ETag you last saw; 412 when it has changed since.");

const namesOf = (schema: z.ZodType): string[] => Object.keys((schema as z.ZodObject).shape);

/** Acting on what exists already, the caller may say which version it has seen. */
const takesIfMatch = ({ keyed, pathParams }: Route): boolean => keyed && namesOf(pathParams).length > 0;

/** The refusals that a route can utter before its handler is reached. */
const requestRefusalsOf = (route: Route): Record<string, RefusalText> => {
  const r = requestRefusals;
  const { scopes: needed, keyed, body, query } = route;
  const hasBody = !(body instanceof z.ZodUndefined);
  return {
    "request.fault": r["request.fault"],
    ...(namesOf(route.pathParams).length > 0 && { "request.not-found": r["request.not-found"] }),
    ...(namesOf(query).includes("cursor") && { "request.bad-cursor": r["request.bad-cursor"] }),
    ...(needed.length > 0 && {
      "request.token-missing": r["request.token-missing"],
      "request.token-invalid": r["request.token-invalid"],
      "request.scope-missing": r["request.scope-missing"],
    }),
    ...(keyed && {
      "request.key-missing": r["request.key-missing"],
      "request.key-reused": r["request.key-reused"],
      "request.conflict": r["request.conflict"],
    }),
    ...(takesIfMatch(route) && { "request.stale": r["request.stale"] }),
    ...(hasBody && {
      "request.malformed-json": r["request.malformed-json"],
      "request.not-json": r["request.not-json"],
      "request.too-large": r["request.too-large"],
    }),
    ...((hasBody || namesOf(query).length > 0) && { "request.invalid": r["request.invalid"] }),
  };
};

const problemsOf = (route: Route) => {
  const byStatus = Map.groupBy(
    Object.entries({ ...requestRefusalsOf(route), ...route.refusals }),
    ([, { status }]) => status,
  );
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, refusals]) => [
        `${status}`,
        {
          description: refusals.map(([code, { en, zh }]) => `- \`${code}\` ${zh} ${en}`).join("\n"),
          content: { "application/problem+json": { schema: Problem } },
        },
      ]),
  );
};

const operationOf = (route: Route): ZodOpenApiOperationObject => {
  const { status, schema, version } = route.success;
  const headers = {
    ...(route.keyed && { "Idempotency-Key": IdempotencyKey }),
    ...(takesIfMatch(route) && { "If-Match": IfMatch }),
  };
  return {
    operationId: route.operation,
    tags: [route.tag],
    summary: route.summary,
    ...(route.scopes.length > 0 && { security: [{ oidc: [...route.scopes] }] }),
    requestParams: {
      path: route.pathParams as z.ZodObject,
      query: route.query as z.ZodObject,
      ...(Object.keys(headers).length > 0 && { header: z.object(headers) }),
    },
    ...(!(route.body instanceof z.ZodUndefined) && {
      requestBody: { required: true, content: { "application/json": { schema: route.body } } },
    }),
    responses: {
      [`${status}`]: {
        description: "Success",
        ...(version && { headers: z.object({ ETag: z.string().describe("the version, quoted") }) }),
        ...(!(schema instanceof z.ZodUndefined) && { content: { "application/json": { schema } } }),
      },
      ...problemsOf(route),
    },
  } as ZodOpenApiOperationObject;
};

/** The OpenAPI 3.1 document of the whole API, made from the contracts alone. */
export const openApiDocument = () => {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of Object.values(routes).flat())
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Yimen 一门",
      version: "1",
      description:
        "The API of a city's one-stop government-services platform. Errors are problem details (RFC 9457); lists have opaque cursors and no counts.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      securitySchemes: {
        oidc: {
          type: "oauth2",
          flows: { clientCredentials: { tokenUrl: "/oidc/token", scopes } },
        },
      },
    },
  });
};
