import { correlated } from "./correlation.ts";
import { type Endpoint, type HttpRequest, type HttpResponse, refused } from "./endpoint.ts";
import { logger } from "./logger.ts";

type Answer = (request: HttpRequest) => Promise<HttpResponse>;

/** Something to read at an address of its own, beside the contracts. */
export interface Page {
  readonly path: string;
  readonly answer: Answer;
}

/** One function for all routes of a capability. The gateway has matched the route already: its key is the router. */
export const httpLambda = (
  endpoints: readonly Endpoint[],
  also: { readonly pages?: readonly Page[]; readonly otherwise?: Answer } = {},
): Answer => {
  const table = new Map<string, Answer>([
    ...endpoints.map(({ contract, handle }) => [`${contract.method} ${contract.path}`, handle] as const),
    ...(also.pages ?? []).map(({ path, answer }) => [`GET ${path}`, guarded(answer)] as const),
    ...(also.otherwise ? [["$default", guarded(also.otherwise)] as const] : []),
  ]);
  return (request) => {
    const answer = table.get(request.routeKey);
    if (!answer) throw new Error(`no endpoint for ${request.routeKey}: the deployed routes and the code differ`);
    return answer(request);
  };
};

const guarded =
  (answer: Answer): Answer =>
  (request) =>
    correlated(request.requestContext.requestId, async () => {
      try {
        return await answer(request);
      } catch (error) {
        logger.error("request.failed", error, { route: request.routeKey });
        return refused(request, { code: "request.fault" });
      }
    });
